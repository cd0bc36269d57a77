"""What every message builder must be able to do, as a suite to subclass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import MessagePlan, MessageSubtype, ReleaseProfile
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import parse_message


class MessageBuilderConformance:
    """Subclass it as `Test…` and override the fixture.

    `has_header`: set False for a format whose messages name neither themselves nor sender, recipients and test, as
    those of DDEX do in their headers.
    """

    has_header: ClassVar[bool] = True

    @pytest.fixture
    def builder(self) -> MessageBuilder:
        """The builder under test."""
        raise NotImplementedError("override the fixture `builder` with the builder under test")

    @pytest.fixture
    def plans(self, builder: MessageBuilder) -> tuple[MessagePlan, ...]:
        """A plan for each profile of the builder and each reason to tell of a release."""
        profiles = [profile for profile in ReleaseProfile if profile in builder.profiles]
        return tuple(example_plan(subtype, profile) for profile in profiles for subtype in MessageSubtype)

    def test_says_what_it_writes(self, builder: MessageBuilder) -> None:
        assert "/" in builder.format, "a format is written as family/version, such as ern/4.3"
        assert builder.schema
        assert builder.namespace
        assert builder.profiles

    def test_writes_well_formed_messages_in_its_namespace(
        self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        for plan in plans:
            message = parse_message(builder.build(plan))

            assert message.namespace == builder.namespace
            assert message.root.getroottree().docinfo.encoding.upper() == "UTF-8"

    def test_writes_the_same_bytes_each_time(self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]) -> None:
        for plan in plans:
            same = MessagePlan.model_validate(plan.model_dump())

            assert builder.build(same) == builder.build(plan)

    def test_builds_in_several_threads_at_once(self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]) -> None:
        expected = [builder.build(plan) for plan in plans]

        with ThreadPoolExecutor(max_workers=4) as threads:
            built = list(threads.map(builder.build, plans * 8))

        assert built == expected * 8

    def test_names_what_the_message_is_about(self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]) -> None:
        for plan in plans:
            texts = _texts(builder.build(plan))

            assert plan.release.icpn in texts
            if self.has_header:
                assert plan.message_id in texts
                assert {plan.sender.dpid, *(recipient.dpid for recipient in plan.recipients)} <= texts

    def test_keeps_every_character_of_titles_and_names(
        self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        for plan in plans:
            if plan.subtype is MessageSubtype.TAKEDOWN:
                continue
            texts = _texts(builder.build(plan))

            assert plan.release.title in texts
            assert {recording.title for recording in plan.sound_recordings} <= texts
            assert {recording.isrc for recording in plan.sound_recordings} <= texts
            assert {party.name for party in plan.parties} <= texts

    def test_tells_a_test_from_the_real_thing_and_a_takedown_from_an_offer(
        self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        takedowns = {builder.build(plan) for plan in plans if plan.subtype is MessageSubtype.TAKEDOWN}
        assert takedowns, "give the fixture `plans` a takedown"
        for plan in plans:
            real = plan.model_copy(update={"test": False})
            told = {builder.build(plan), builder.build(real)}

            assert len(told) == (2 if self.has_header else 1)
            if plan.subtype is not MessageSubtype.TAKEDOWN:
                assert told.isdisjoint(takedowns)


def _texts(message: bytes) -> set[str]:
    """Every text and attribute value of a message."""
    root = parse_message(message).root
    texts = {element.text.strip() for element in root.iter() if isinstance(element.tag, str) and element.text}
    return texts | {
        value for element in root.iter() if isinstance(element.tag, str) for value in element.attrib.values()
    }
