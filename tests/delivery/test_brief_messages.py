"""Small messages are written, judged and laid out where the delivery runs; everything else has a thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from distro_core.brief_work import BRIEF_TRACKS, run_work
from distro_core.delivery.engine import run_batch
from distro_core.validation import pipeline
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.transports import with_registry


@dataclass
class WatchingRules:
    """Rules without a finding, which note whether they were asked in a thread of their own."""

    only_reads: bool = True
    name: str = "watching"
    stage: ValidationStage = ValidationStage.BUSINESS_RULES
    formats: frozenset[str] = frozenset({"ern/4.3"})
    in_thread: list[bool] = field(default_factory=list)

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        self.in_thread.append(threading.current_thread() is not threading.main_thread())
        return ()


async def deliver(label: Label, rules: WatchingRules, *, tracks: int = 1) -> None:
    """Deliver a release to a target of its own, judged by these rules too."""
    release = await label.release(*(tone(440 + place) for place in range(tracks)))
    target = await label.target(name=f"DSP {release.id}")
    (made,) = await label.deliveries.create([release.id], target.id)
    await run_batch(with_registry(label.scope, validators=(*label.scope.plugins.validators, rules)), made.batch_id)


async def test_a_small_message_needs_no_thread_once_the_schema_has_been_read(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_JUDGED_BEFORE", set())
    rules = WatchingRules()

    await deliver(label, rules)
    await deliver(label, rules, tracks=BRIEF_TRACKS)

    assert rules.in_thread == [True, False]


async def test_the_message_of_a_larger_release_has_a_thread(label: Label) -> None:
    rules = WatchingRules()

    await deliver(label, rules)
    await deliver(label, rules, tracks=BRIEF_TRACKS + 1)

    assert rules.in_thread[1:] == [True]


async def test_rules_that_may_wait_have_a_thread_whatever_the_size(label: Label) -> None:
    rules = WatchingRules(only_reads=False)

    await deliver(label, rules)
    await deliver(label, rules)

    assert rules.in_thread == [True, True]


@pytest.mark.parametrize("brief", [True, False])
async def test_what_work_gives_and_raises_comes_out_wherever_it_is_done(*, brief: bool) -> None:
    def refuse() -> int:
        raise ValueError("no")

    assert await run_work(lambda: 7, brief=brief) == 7
    with pytest.raises(ValueError, match="no"):
        await run_work(refuse, brief=brief)
