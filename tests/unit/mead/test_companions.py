"""Messages that travel beside a release: built first, then named in the plan with their hashes."""

from __future__ import annotations

import hashlib

import pytest

from distro_core.messages.companions import build_companions
from distro_plugins.mead11 import Mead11Builder
from distro_sdk.errors import DomainErrors
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype
from distro_sdk.testing.plans import ICPN, example_plan
from tests.unit.mead.examples import FULL, enriched_plan

BUILDERS = {"mead/1.1": Mead11Builder()}
NAME = f"MEAD_{ICPN}_20260115120000000.xml"


def asking_for(plan: MessagePlan, *formats: str) -> MessagePlan:
    """The plan of a target that wants these companions."""
    return plan.model_copy(update={"options": MessageOptions(companions=formats)})


def uri(kind: FileKind, name: str) -> str:
    """Where a choreography could put a file."""
    return f"{kind.value}/{name}"


def test_a_companion_is_built_and_named_with_place_size_and_hashes() -> None:
    plan = asking_for(enriched_plan(FULL), "mead/1.1")
    accompanied = build_companions(plan, BUILDERS, uri)
    (message,), (named,) = accompanied.companions, accompanied.plan.companions

    assert (message.format, message.name) == ("mead/1.1", NAME)
    assert message.content == Mead11Builder().build(plan)
    assert (named.format, named.uri) == ("mead/1.1", f"companion/{NAME}")
    assert (named.file.uri, named.file.name, named.file.size) == (named.uri, NAME, len(message.content))
    assert named.file.hashes.md5 == hashlib.md5(message.content).hexdigest()
    assert named.file.hashes.sha1 == hashlib.sha1(message.content).hexdigest()
    assert named.file.hashes.sha256 == hashlib.sha256(message.content).hexdigest()
    assert accompanied.plan.model_copy(update={"companions": ()}) == plan


@pytest.mark.parametrize(
    "plan",
    [
        enriched_plan(FULL),
        asking_for(example_plan(), "mead/1.1"),
        asking_for(enriched_plan(FULL, subtype=MessageSubtype.TAKEDOWN), "mead/1.1"),
    ],
    ids=["nobody asks", "nothing to say", "a takedown"],
)
def test_no_companion_where_none_is_wanted_or_none_has_anything_to_say(plan: MessagePlan) -> None:
    accompanied = build_companions(plan, BUILDERS, uri)

    assert accompanied.companions == ()
    assert accompanied.plan == plan


def test_a_companion_asked_for_twice_travels_once() -> None:
    accompanied = build_companions(asking_for(enriched_plan(FULL), "mead/1.1", "mead/1.1"), BUILDERS, uri)

    assert len(accompanied.companions) == len(accompanied.plan.companions) == 1


def test_companions_that_nobody_builds_are_refused_all_at_once() -> None:
    with pytest.raises(DomainErrors) as refused:
        build_companions(asking_for(enriched_plan(FULL), "mead/9", "mead/1.1", "pie/1.0"), BUILDERS, uri)

    assert [(error.code, error.path) for error in refused.value.errors] == [
        ("COMPANION_UNKNOWN", ("companions", 0)),
        ("COMPANION_UNKNOWN", ("companions", 2)),
    ]
    assert refused.value.errors[0].message == "there is no companion mead/9; there is mead/1.1"
