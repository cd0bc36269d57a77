"""The dispatcher: one plugin at a time, each with a timeout, none taking another with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import Release
from distro_sdk.plugin import PluginContext
from tests.jumping_loop import JumpingLoop, run_jumping
from tests.plugins.sample_plugins import break_down, refuse

RELEASE = Release(id="r1", title="Arrival")


def plugin(name: str, act: Callable[[Any], Awaitable[Any]]) -> Implementation:
    async def function(context: PluginContext, value: Any) -> Any:
        assert context.plugin_id == name
        return await act(value)

    return Implementation(name, function, PluginContext("t1", name))


def suffix(text: str) -> Callable[[Any], Awaitable[Any]]:
    async def act(release: Release) -> Release:
        await asyncio.sleep(0)
        return release.model_copy(update={"title": release.title + text})

    return act


def returning(value: Any) -> Callable[[Any], Awaitable[Any]]:
    async def act(_: Any) -> Any:
        return value

    return act


async def endless(_: Any) -> None:
    await asyncio.Event().wait()


async def chain(*implementations: Implementation, timeout: float = 5) -> Release:
    return await Dispatcher(timeout).chain("before_release", implementations, RELEASE, identity="id")


@pytest.mark.proves("PLG-06")
async def test_each_plugin_gets_what_the_one_before_it_returned() -> None:
    result = await chain(plugin("a", suffix(" A")), plugin("b", suffix(" B")), plugin("c", suffix(" C")))

    assert result.title == "Arrival A B C"


async def test_a_refusal_stops_the_chain_and_reaches_the_caller_as_it_is() -> None:
    asked: list[str] = []

    async def ask(release: Release) -> Release:
        asked.append(release.title)
        return release

    with pytest.raises(DomainError) as caught:
        await chain(plugin("a", suffix(" A")), plugin("b", refuse), plugin("c", ask))

    assert (caught.value.code, caught.value.path) == ("TITLE_TOO_LOUD", ("title",))
    assert asked == []


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (break_down, "ZeroDivisionError: oops"),
        (endless, "TimeoutError: no answer within 0.01 seconds"),
        (returning(None), "it returned NoneType, not Release"),
        (returning("Arrival"), "it returned str, not Release"),
        (returning(Release(id="r2", title="Arrival")), "it changed id"),
        (returning(RELEASE.model_copy(update={"title": ""})), "it returned an invalid Release: "),
    ],
)
async def test_a_plugin_that_fails_in_a_chain_is_named_and_nothing_goes_on_unchecked(act: Any, reason: str) -> None:
    with pytest.raises(DomainError) as caught:
        await chain(plugin("a", suffix(" A")), plugin("bad", act), plugin("c", suffix(" C")), timeout=0.01)

    assert caught.value.code == "PLUGIN_FAILED"
    assert caught.value.message.startswith(f"plugin bad failed in before_release: {reason}")


async def test_all_reasons_of_all_who_are_asked_are_collected() -> None:
    async def refuse_twice(_: Any) -> None:
        raise DomainErrors([DomainError("COVER_UGLY", "ugly"), DomainError("COVER_SMALL", "small")])

    with pytest.raises(DomainErrors) as caught:
        await Dispatcher().ask(
            "before_delivery",
            [plugin("a", refuse), plugin("b", returning(None)), plugin("c", refuse_twice), plugin("d", break_down)],
            RELEASE,
        )

    assert [error.code for error in caught.value.errors] == [
        "TITLE_TOO_LOUD",
        "COVER_UGLY",
        "COVER_SMALL",
        "PLUGIN_FAILED",
    ]
    assert "plugin d failed in before_delivery: ZeroDivisionError: oops" in caught.value.message


async def test_who_is_told_and_fails_is_logged_and_keeps_nobody_from_being_told() -> None:
    told: list[str] = []

    async def listen(release: Release) -> None:
        told.append(release.title)

    with capture_logs() as logs:
        everybody = await Dispatcher(0.01).tell(
            "on_event",
            [plugin("a", break_down), plugin("b", listen), plugin("c", endless), plugin("d", listen)],
            RELEASE,
        )

    assert everybody is False
    assert told == ["Arrival", "Arrival"]
    assert [(line["plugin"], line["error"]) for line in logs] == [
        ("a", "ZeroDivisionError: oops"),
        ("c", "TimeoutError: no answer within 0.01 seconds"),
    ]


async def test_a_plugins_own_timeout_is_told_apart_from_ours() -> None:
    async def give_up(_: Any) -> None:
        raise TimeoutError("the shop did not answer")

    (outcome,) = await Dispatcher(5).walk("on_event", [plugin("a", give_up)], RELEASE)

    assert str(outcome.error) == "the shop did not answer"


async def test_plugins_run_one_at_a_time_and_each_outcome_is_named() -> None:
    running: list[str] = []

    def busy(name: str) -> Callable[[Any], Awaitable[Any]]:
        async def act(_: Any) -> str:
            running.append(f"{name} begins")
            await asyncio.sleep(0.001)
            running.append(f"{name} ends")
            return name.upper()

        return act

    outcomes = await Dispatcher().walk("on_event", [plugin("a", busy("a")), plugin("b", busy("b"))], RELEASE)

    assert running == ["a begins", "a ends", "b begins", "b ends"]
    assert [(outcome.plugin, outcome.result, outcome.error) for outcome in outcomes] == [
        ("a", "A", None),
        ("b", "B", None),
    ]


async def test_when_the_caller_is_cancelled_so_is_the_plugin() -> None:
    begun = asyncio.Event()

    async def wait(_: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    telling = asyncio.create_task(Dispatcher().tell("on_event", [plugin("a", wait)], RELEASE))
    await begun.wait()
    telling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await telling


async def test_a_plugin_that_cancels_itself_does_not_cancel_the_caller() -> None:
    async def await_something_cancelled(_: Any) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    (outcome,) = await Dispatcher().walk("on_event", [plugin("a", await_something_cancelled)], RELEASE)

    assert isinstance(outcome.error, RuntimeError)


async def test_every_call_can_be_traced() -> None:
    with capture_logs() as logs:
        await Dispatcher(trace=True).tell("on_event", [plugin("a", returning(None)), plugin("b", break_down)], RELEASE)

    traced = [line for line in logs if line["event"] == "plugin_called"]
    assert [(line["plugin"], line["hook"], line["tenant_id"], line["error"]) for line in traced] == [
        ("a", "on_event", "t1", None),
        ("b", "on_event", "t1", "ZeroDivisionError: oops"),
    ]
    assert all(line["microseconds"] >= 0 for line in traced)


async def test_nothing_is_traced_unless_asked_for() -> None:
    with capture_logs() as logs:
        await Dispatcher().tell("on_event", [plugin("a", returning(None))], RELEASE)

    assert logs == []


async def test_a_plugin_that_will_not_be_stopped_has_still_failed() -> None:
    async def ignore_cancellation(_: Any) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "done after all"
        return "never"

    (outcome,) = await Dispatcher(0.01).walk("on_event", [plugin("a", ignore_cancellation)], RELEASE)

    assert outcome.result is None
    assert str(outcome.error) == "no answer within 0.01 seconds"
    await asyncio.sleep(0)


def test_each_plugin_has_the_whole_time_for_itself() -> None:
    async def story(loop: JumpingLoop) -> None:
        async def nearly_late(_: Any) -> str:
            await loop.jump(400)
            return "in time"

        async def too_late(_: Any) -> str:
            await loop.jump(1000)
            return "too late"

        slow = [plugin(name, nearly_late) for name in ("a", "b", "c")]

        outcomes = await Dispatcher(1000).walk("on_event", [*slow, plugin("d", too_late)], RELEASE)

        assert [outcome.result for outcome in outcomes] == ["in time", "in time", "in time", None]
        assert isinstance(outcomes[3].error, TimeoutError)

    run_jumping(story)


async def test_the_time_limit_of_a_caller_stays_the_callers() -> None:
    with pytest.raises(TimeoutError, match=r"^$"):
        async with asyncio.timeout(0.01):
            await Dispatcher(5).walk("on_event", [plugin("a", endless)], RELEASE)


async def test_a_caller_who_is_being_cancelled_may_still_call_plugins() -> None:
    heard: list[str] = []

    async def say_goodbye(_: Any) -> None:
        await asyncio.sleep(0)
        heard.append("goodbye")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await Dispatcher().walk("shutdown", [plugin("a", say_goodbye)], RELEASE)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == ["goodbye"]
