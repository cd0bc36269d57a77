"""Readers of messages: brought by plugins, one for each format and each namespace."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from distro_core.messages.standalone import open_plugins
from distro_core.plugins.registry import Registries
from distro_plugins.ern43 import Ern43Plugin
from distro_sdk.errors import PluginError
from distro_sdk.messages import ReadMessage
from distro_sdk.models.message import MessageType
from distro_sdk.plugin import Plugin
from distro_sdk.xml import ParsedMessage, parse_message


class OwnReader:
    """Reads messages of a format of one's own."""

    format = "own/1"
    namespaces = frozenset({"urn:own"})

    def read(self, message: ParsedMessage) -> ReadMessage:
        """A message that says nothing."""
        return ReadMessage(
            format=self.format,
            message_id=message.name,
            type=MessageType.NEW_RELEASE,
            sender="",
            recipients=(),
            created_at=None,
            test=False,
            profile=None,
            releases=(),
        )


class OwnPlugin(Plugin):
    """A stranger's plugin that reads."""

    id: ClassVar[str] = "own"

    def register_message_readers(self) -> Any:
        return (OwnReader(),)


@pytest.mark.hook("register_message_readers")
def test_a_plugin_adds_a_reader() -> None:
    registries = Registries()

    registries.collect(OwnPlugin())

    reader = registries.message_readers.offered_by(["own"])["own/1"]
    assert reader.read(parse_message(b'<m xmlns="urn:own"/>')).message_id == "m"
    assert dict(registries.message_readers.offered_by(["somebody-else"])) == {}


def test_no_two_plugins_read_one_format() -> None:
    class Rival(Plugin):
        id: ClassVar[str] = "rival"

        def register_message_readers(self) -> Any:
            return Ern43Plugin().register_message_readers()

    registries = Registries()
    registries.collect(Ern43Plugin())

    with pytest.raises(PluginError, match=r"its message reader ern/4\.3 is already provided by plugin ern43"):
        registries.collect(Rival())


async def test_the_built_in_plugins_read_every_version() -> None:
    async with open_plugins() as plugins:
        readers = plugins.message_readers

    assert sorted(readers) == ["ern/3.8.2", "ern/4.1.1", "ern/4.2", "ern/4.3", "ern/4.3.2"]
    namespaces = [namespace for reader in readers.values() for namespace in reader.namespaces]
    assert len(namespaces) == len(set(namespaces))
