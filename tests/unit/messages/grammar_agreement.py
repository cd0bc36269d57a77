"""How often our grammar and the official schema say the same of a message, for a test and a benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from lxml.etree import _Element

from distro_core.validation.grammars import grammar_judge
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessageType
from distro_sdk.models.planned_releases import Withdrawal
from distro_sdk.xml import parse_message
from tests.any_plan import plans
from tests.message_mutations import mutations
from tests.unit.messages.ern382_plans import carried

Change = Callable[[MessagePlan, Random], MessagePlan]
WEB_POLICY = {"several_images": True, "web_policy": {"more_than_percent": "10", "embedding": True}}


@dataclass
class Agreement:
    """What was counted. `refused`: messages that the schema refuses; `differing`: kind and place, by how often."""

    judged: int = 0
    agreed: int = 0
    refused: int = 0
    kinds: set[str] = field(default_factory=set)
    differing: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """How often both said the same, from 0 to 1."""
        return self.agreed / self.judged


def as_it_is(plan: MessagePlan, random: Random) -> MessagePlan:
    """Any plan: ERN 4 can tell all of them."""
    return plan


def for_3_8_2(plan: MessagePlan, random: Random) -> MessagePlan:
    """A plan that ERN 3.8.2 can tell, with the settings and forms of takedown that it alone has."""
    mended = carried(plan, random.choice((None, WEB_POLICY)))
    if mended.subtype is not MessageSubtype.TAKEDOWN or mended.type is MessageType.PURGE_RELEASE:
        return mended
    withdrawal = random.choice((None, *Withdrawal))
    deals = tuple(deal.model_copy(update={"withdrawal": withdrawal}) for deal in mended.deals)
    return mended.model_copy(update={"deals": deals})


BUILDERS: Mapping[str, tuple[MessageBuilder, Change]] = {
    builder.format: (builder, change)
    for builder, change in (
        (Ern382Builder(), for_3_8_2),
        (Ern42Builder(), as_it_is),
        (Ern43Builder(), as_it_is),
        (Ern432Builder(), as_it_is),
    )
}


def messages(format: str, count: int, start: int) -> list[_Element]:
    """Messages of any plans of five tracks at most, the same ones for the same start."""
    builder, change = BUILDERS[format]
    built: list[_Element] = []
    random = Random(start)
    for plan in any_plans(count, start):
        with suppress(DomainErrors):
            built.append(parse_message(builder.build(change(plan, random))).root)
    return built


@cache
def any_plans(count: int, start: int) -> Sequence[MessagePlan]:
    """Plans of five tracks at most, made up once for all formats: that takes longer than to write and to judge them."""
    made: list[MessagePlan] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plans(max_tracks=5))
    def keep(plan: MessagePlan) -> None:
        made.append(plan)

    keep()
    return made


def measure(format: str, ddex_folder: Path, *, count: int, changes: int, start: int) -> Agreement:
    """Change each of `count` messages in `changes` ways, one at a time, and let both judge."""
    builder, _ = BUILDERS[format]
    official = SchemaLibrary(ddex_folder).find(builder.schema)
    if official is None or builder.grammar is None:
        raise LookupError(format)
    own, random, found = grammar_judge(builder.grammar), Random(start), Agreement()
    for message in messages(format, count, start):
        for mutation in mutations(message, changes, random):
            valid = official.compiled.validate(mutation.root)
            same = own.compiled.validate(mutation.root) == valid
            found.judged += 1
            found.agreed += same
            found.refused += not valid
            found.kinds.add(mutation.kind)
            found.differing.update([] if same else [(mutation.kind, mutation.place)])
    return found
