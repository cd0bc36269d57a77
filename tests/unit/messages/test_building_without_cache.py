"""A builder keeps nothing of what it has built: it is fast enough without a cache of templates (row ERN-23).

`benchmarks/message_build.py` tells how fast it is, against bare lxml; `benchmarks/message_growth.py` how much memory
stays.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import MessagePlan
from distro_sdk.testing.plans import example_plan

MESSAGES = 1000
FIRST = 100
MOST_BLOCKS = 500
"""Objects by which a process may grow all the same: less than one for every second message."""

WRITING = ("distro_plugins.ern", "distro_sdk.ern")
BUILDERS: tuple[type[MessageBuilder], ...] = (Ern382Builder, Ern42Builder, Ern43Builder, Ern432Builder)
PLAN = example_plan()


def plan_of(number: int) -> MessagePlan:
    """The example with words of its own."""
    release = PLAN.release.model_copy(update={"title": f"Title {number}", "display_artist": f"Artist {number}"})
    return PLAN.model_copy(update={"message_id": f"MSG-{number}", "release": release})


def kept() -> dict[str, int]:
    """How much every container and every cache of the modules that write holds."""
    return {
        f"{module}.{name}": size
        for module, loaded in sorted(sys.modules.items())
        if module.startswith(WRITING)
        for name, value in vars(loaded).items()
        for size in sizes(value)
    }


def sizes(value: object) -> Iterator[int]:
    if isinstance(value, dict | list | set):
        yield len(value)
    elif hasattr(value, "cache_info"):
        yield value.cache_info().currsize


@pytest.mark.proves("ERN-23")
@pytest.mark.parametrize("make", BUILDERS)
def test_nothing_of_a_thousand_messages_stays(make: type[MessageBuilder]) -> None:
    builder = make()
    for number in range(FIRST):
        builder.build(plan_of(number))
    gc.collect()
    state, held, blocks = repr(vars(builder)), kept(), sys.getallocatedblocks()

    for number in range(FIRST, FIRST + MESSAGES):
        builder.build(plan_of(number))

    gc.collect()
    assert sys.getallocatedblocks() - blocks < MOST_BLOCKS
    assert repr(vars(builder)) == state
    assert kept() == held != {}


@pytest.mark.proves("ERN-23")
@pytest.mark.parametrize("make", BUILDERS)
def test_what_was_built_before_changes_nothing(make: type[MessageBuilder]) -> None:
    used = make()
    for number in range(20):
        used.build(plan_of(number))

    assert used.build(PLAN) == make().build(PLAN)
    assert used.build(plan_of(7)) == make().build(plan_of(7)) != used.build(plan_of(8))
