"""What plugins answer before a delivery, taken together: whoever fails or answers nonsense stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.delivery_answers import Verdict, read_answer, sum_up
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.deliveries import Postpone, Proceed, SidecarFile
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.plugin import PluginContext
from distro_sdk.testing.plans import example_plan
from tests.delivery.label import Label
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed, reaction

NOW = datetime(2026, 9, 28, 12, 0, tzinfo=UTC)
LYRICS = SidecarFile(name="lyrics.txt", content=b"la la la")
CREDITS = SidecarFile(name="credits.txt", content=b"by all")


def plugin(name: str, act: Callable[[Any], Awaitable[Any]]) -> Implementation:
    async def hook(context: PluginContext, value: Any) -> Any:
        return await act(value)

    return Implementation(name, hook, PluginContext("label", name))


def answering(answer: object) -> Callable[[Any], Awaitable[Any]]:
    async def act(_: Any) -> object:
        return answer

    return act


async def endless(_: Any) -> None:
    await asyncio.sleep(60)


async def break_down(_: Any) -> None:
    raise ZeroDivisionError("oops")


async def refuse(_: Any) -> None:
    raise DomainError("TOO_LOUD", "it is too loud")


async def ask(*plugins: Implementation, timeout: float = 5) -> Verdict:
    answers = await Dispatcher(timeout).consult("before_delivery", plugins, example_plan(), read_answer)
    return sum_up(answers, NOW)


@pytest.mark.proves("PLG-09")
async def test_files_of_all_plugins_come_together_in_their_order() -> None:
    verdict = await ask(
        plugin("a", answering(Proceed(files=(LYRICS,)))),
        plugin("b", answering(None)),
        plugin("c", answering(Proceed(files=(CREDITS,)))),
    )

    assert [(each.plugin, each.file) for each in verdict.files] == [("a", LYRICS), ("c", CREDITS)]
    assert verdict.not_yet is None


async def test_as_long_as_one_says_not_yet_the_delivery_waits_for_the_last_of_them() -> None:
    tomorrow = NOW + timedelta(days=1)

    verdict = await ask(
        plugin("a", answering(Postpone(reason="the label copy is checked", until=tomorrow))),
        plugin("b", answering(Proceed(files=(LYRICS,)))),
        plugin("c", answering(Postpone(reason="spotify comes first", retry_after=60))),
    )

    assert verdict.files == ()
    assert verdict.not_yet is not None
    assert verdict.not_yet.reason == "a: the label copy is checked; c: spotify comes first"
    assert verdict.not_yet.until == tomorrow


async def test_a_refusal_counts_more_than_not_yet() -> None:
    with pytest.raises(DomainErrors) as caught:
        await ask(plugin("a", answering(Postpone(reason="later"))), plugin("b", refuse))

    assert [error.code for error in caught.value.errors] == ["TOO_LOUD"]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (break_down, "ZeroDivisionError: oops"),
        (endless, "TimeoutError: no answer within 0.05 seconds"),
        (answering(True), "TypeError: it answered bool, neither Proceed nor Postpone"),
        (answering(Proceed().model_copy(update={"files": ("lyrics.txt",)})), "ValidationError: "),
        (answering(Postpone.model_construct(reason="later", retry_after=-1)), "ValidationError: "),
    ],
    ids=["raises", "hangs", "nonsense", "unchecked files", "unchecked moment"],
)
async def test_who_fails_or_answers_nonsense_stops_the_delivery(act: Any, reason: str) -> None:
    with pytest.raises(DomainErrors) as caught:
        await ask(plugin("a", answering(Proceed())), plugin("bad", act), timeout=0.05)

    (error,) = caught.value.errors
    assert error.code == "PLUGIN_FAILED"
    assert error.message.startswith(f"plugin bad failed in before_delivery: {reason}")


def test_a_moment_without_a_zone_and_a_wait_without_a_reason_are_refused() -> None:
    for wrong in (
        {"reason": ""},
        {"reason": "later", "until": "2026-01-01T00:00:00"},
        {"reason": "x", "retry_after": 0},
    ):
        with pytest.raises(ValueError, match="validation error"):
            Postpone.model_validate(wrong)


def test_a_plugin_without_a_database_sees_no_deliveries() -> None:
    with pytest.raises(DomainError) as caught:
        _ = PluginContext("label", "notes").deliveries

    assert caught.value.code == "PLUGIN_DELIVERIES_UNAVAILABLE"


@pytest.fixture
def tenants(platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument) -> Sequence[TenantDocument]:
    """Two tenants, of which the first has the plugin."""
    return (tenant_a, tenant_b)


@pytest.fixture
def receivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders of receivers may lie."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return tmp_path


@pytest.mark.proves("PLG-09")
@pytest.mark.hook("before_delivery")
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (break_down, "ZeroDivisionError: oops"),
        (endless, "TimeoutError: no answer within 0.2 seconds"),
        (answering("tomorrow"), "TypeError: it answered str, neither Proceed nor Postpone"),
    ],
    ids=["raises", "hangs", "nonsense"],
)
async def test_a_delivery_of_a_label_whose_plugin_fails_is_stopped_and_another_tenants_goes(
    settings: Settings, tenants: Sequence[TenantDocument], receivers: Path, act: Any, reason: str
) -> None:
    bad = installed(reaction("bad", "before_delivery", act))
    brisk = settings.model_copy(update={"plugin_timeout": 0.2})
    async with open_platform(brisk, find=lambda: (*find_plugins(), bad)) as running:
        await (await PluginsOf(running)(tenants[0].id)).enable("bad")
        made = []
        for tenant in tenants:
            running.memory.forget(tenant.id)
            folder = receivers / tenant.key
            folder.mkdir()
            label = Label(await running.scope(tenant.id, SYSTEM_ACTOR), folder)
            release, target = await label.release(), await label.target()
            made.append(await label.deliver([release.id], target.id))

    ours, theirs = made
    assert (ours.status, theirs.status) == (DeliveryStatus.NEEDS_ATTENTION, DeliveryStatus.DISTRIBUTED)
    assert ours.error is not None
    assert ours.error.message == f"PLUGIN_FAILED: plugin bad failed in before_delivery: {reason}"
    assert list((receivers / tenants[0].key).iterdir()) == []
