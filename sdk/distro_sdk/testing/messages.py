"""What every message builder must be able to do, as a suite to subclass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from pydantic import BaseModel

from distro_sdk.errors import DomainErrors
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.message import (
    MessagePlan,
    MessageSubtype,
    MessageType,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.testing.plans import example_plan, purging_plan
from distro_sdk.xml import parse_message

WITH_VARIANTS = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.MIXED_MEDIA})


class MessageBuilderConformance:
    """Subclass it as `Test…` and override the fixture.

    `has_header`: set False for a format whose messages name neither themselves nor sender, recipients and test, as
    those of DDEX do in their headers; then override the fixture `plans` where the format has settings that it needs.
    """

    has_header: ClassVar[bool] = True

    @pytest.fixture
    def builder(self) -> MessageBuilder:
        """The builder under test."""
        raise NotImplementedError("override the fixture `builder` with the builder under test")

    @pytest.fixture
    def plans(self, builder: MessageBuilder) -> tuple[MessagePlan, ...]:
        """A plan for each profile of the builder, with each of its variants, and each reason to tell of a release."""
        return every_plan(builder)

    def test_says_what_it_writes(self, builder: MessageBuilder) -> None:
        assert "/" in builder.format, "a format is written as family/version, such as ern/4.3"
        assert builder.schema
        assert builder.namespace
        assert builder.profiles
        assert builder.takedown_forms, "a release that was delivered must be able to be withdrawn"
        assert issubclass(builder.configuration, BaseModel)
        assert builder.grammar is None or builder.grammar.is_file()

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
            assert {recording.title for recording in plan.recordings} <= texts
            assert {recording.isrc for recording in plan.recordings} <= texts
            assert {party.name for party in plan.parties} <= texts

    def test_names_every_file_that_travels_with_its_hash(
        self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        for plan in plans:
            if plan.subtype is MessageSubtype.TAKEDOWN:
                continue
            texts = _texts(builder.build(plan))

            travelling = [file for file in plan.files() if file.provided]
            assert [file.uri for file in travelling if not _is_named(file.uri, texts)] == []
            assert {file.hashes.md5 for file in travelling} <= texts

    def test_tells_a_test_from_the_real_thing_and_a_takedown_from_an_offer(
        self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        for plan in plans:
            real = plan.model_copy(update={"test": False})
            told = {builder.build(plan), builder.build(real)}

            assert len(told) == (2 if self.has_header else 1)
            if plan.subtype is not MessageSubtype.TAKEDOWN:
                given = (other for other in plans if _withdraws(other, plan))
                assert builder.build(next(given, None) or _withdrawn(builder, plan)) not in told

    def test_refuses_what_it_has_no_words_for(self, builder: MessageBuilder, plans: tuple[MessagePlan, ...]) -> None:
        """A release type that no profile for single tracks carries is refused, never changed into another."""
        for plan in plans:
            if plan.profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE:
                mixed = plan.release.model_copy(update={"type": ReleaseType.MIXED})

                with pytest.raises(DomainErrors):
                    builder.build(plan.model_copy(update={"release": mixed}))

    def test_purges_a_release_if_it_says_it_can(self, builder: MessageBuilder) -> None:
        if TakedownForm.PURGE not in builder.takedown_forms:
            pytest.skip("the format has no PurgeReleaseMessage")
        plan = purging_plan()

        message = parse_message(builder.build(plan))

        assert message.name == MessageType.PURGE_RELEASE
        assert {plan.release.icpn, plan.release.title} <= _texts(message.content)


def every_plan(builder: MessageBuilder) -> tuple[MessagePlan, ...]:
    """A plan for each profile of a builder, with each of its variants, and each reason to tell of a release."""
    shapes = [
        (profile, variants)
        for profile in ReleaseProfile
        if profile in builder.profiles
        for variants in _variants(builder, profile)
    ]
    subtypes = [
        subtype
        for subtype in MessageSubtype
        if subtype is not MessageSubtype.TAKEDOWN or TakedownForm.END_DATE in builder.takedown_forms
    ]
    return tuple(example_plan(subtype, *shape) for shape in shapes for subtype in subtypes)


def _variants(builder: MessageBuilder, profile: ReleaseProfile) -> tuple[tuple[ProfileVariant, ...], ...]:
    """None, and each variant alone where the profile has variants."""
    if profile not in WITH_VARIANTS:
        return ((),)
    return ((), *((variant,) for variant in ProfileVariant if variant in builder.variants))


def _withdraws(other: MessagePlan, plan: MessagePlan) -> bool:
    same = (other.profile, other.variants) == (plan.profile, plan.variants)
    return same and other.subtype is MessageSubtype.TAKEDOWN


def _withdrawn(builder: MessageBuilder, plan: MessagePlan) -> MessagePlan:
    """A takedown of the same release, in a form that the builder has."""
    takedown = example_plan(MessageSubtype.TAKEDOWN, plan.profile, plan.variants)
    if TakedownForm.END_DATE in builder.takedown_forms:
        return takedown
    return takedown.model_copy(update={"deals": ()})


def _is_named(uri: str, texts: set[str]) -> bool:
    """Whether a message names a file by its address, or by its folder and its name apart."""
    folder, slash, name = uri.rpartition("/")
    return uri in texts or {folder + slash, name} <= texts


def _texts(message: bytes) -> set[str]:
    """Every text and attribute value of a message."""
    root = parse_message(message).root
    texts = {element.text.strip() for element in root.iter() if isinstance(element.tag, str) and element.text}
    return texts | {
        value for element in root.iter() if isinstance(element.tag, str) for value in element.attrib.values()
    }
