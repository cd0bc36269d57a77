"""Registries: what plugins add, by key, without doubles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from distro_core.plugins.registry import Registries
from distro_sdk.errors import PluginError
from distro_sdk.plugin import Plugin
from tests.plugins.sample_plugins import Carrier, NoTransport, RivalCarrier


def test_what_a_plugin_adds_is_found_by_its_key() -> None:
    registries = Registries()

    registries.collect(Carrier())

    assert registries.transports.provider("pigeon") == "carrier"
    assert list(registries.transports.offered_by(["carrier"])) == ["pigeon"]
    assert dict(registries.transports.offered_by(["somebody-else"])) == {}


def test_a_key_that_is_taken_is_refused_with_the_names_of_both_plugins() -> None:
    registries = Registries()
    registries.collect(Carrier())

    with pytest.raises(PluginError) as caught:
        registries.collect(RivalCarrier())

    assert str(caught.value) == "plugin rival-carrier: its transport pigeon is already provided by plugin carrier"


def test_a_refused_plugin_leaves_nothing_behind() -> None:
    registries = Registries()
    registries.collect(Carrier())

    with pytest.raises(PluginError):
        registries.collect(RivalCarrier())

    assert registries.transports.provider("stork") is None
    assert registries.transports.provider("pigeon") == "carrier"


def test_one_plugin_cannot_add_the_same_key_twice() -> None:
    class Twice(Plugin):
        id: ClassVar[str] = "twice"

        def register_transports(self) -> Any:
            return [NoTransport("a"), NoTransport("a")]

    with pytest.raises(PluginError, match="its transport a is already provided by plugin twice"):
        Registries().collect(Twice())


def test_plugins_are_asked_in_the_order_in_which_they_are_named() -> None:
    class Second(Plugin):
        id: ClassVar[str] = "second"

        def register_transports(self) -> Any:
            return [NoTransport("b")]

    registries = Registries()
    registries.collect(Carrier())
    registries.collect(Second())

    assert list(registries.transports.offered_by(["second", "carrier"])) == ["b", "pigeon"]


def test_a_copy_grows_by_itself() -> None:
    registries = Registries()
    registries.collect(Carrier())

    copy = registries.copy()
    copy.drop("carrier")

    assert registries.transports.provider("pigeon") == "carrier"
    assert copy.transports.provider("pigeon") is None


class _Wordless:
    key = "wordless"
    title = "It cannot connect"


class _Nameless(NoTransport):
    def __init__(self) -> None:
        super().__init__("")


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (lambda: [_Wordless()], "its transport _Wordless lacks capabilities, configuration, connect"),
        (lambda: [_Nameless()], "its transport _Nameless has no key"),
        (lambda: None, "register_transports failed: TypeError: 'NoneType' object is not iterable"),
        (lambda: 1 / 0, "register_transports failed: ZeroDivisionError: division by zero"),
    ],
)
def test_what_breaks_the_contract_is_refused_in_plain_words(offered: Any, reason: str) -> None:
    class Broken(Plugin):
        id: ClassVar[str] = "broken"

        def register_transports(self) -> Sequence[Any]:
            found: Sequence[Any] = offered()
            return found

    with pytest.raises(PluginError) as caught:
        Registries().collect(Broken())

    assert caught.value.message == reason
