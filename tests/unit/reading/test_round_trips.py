"""What we tell is read back as we meant it, and told again the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from distro_core.messages.comparison import Difference, Told, compare_releases
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import MessageBuilder, ReadMessage, ReadRelease
from distro_sdk.models.catalogue import CompleteRelease, ContributorRole, ReleaseStatus, ReleaseType
from distro_sdk.models.commerce import CommercialModel
from distro_sdk.models.message import MessageOptions, MessagePlan, MessageSubtype, MessageType, TakedownForm
from tests.any_plan import plans
from tests.any_release import complete_releases, orders
from tests.catalogue_examples import (
    ADVERTISING,
    DOWNLOAD,
    STREAMING,
    example_order,
    five_track_ep,
    simple_single,
    two_disc_album,
)
from tests.unit.reading.conftest import PLUGINS, read
from tests.unit.reading.examples import box_set, concert_film, mixed_release
from tests.unit.reading.made_up import with_assets

BUILDERS = {builder.format: builder for plugin in PLUGINS for builder in plugin().register_message_builders()}
EXAMPLES = (simple_single, five_track_ep, two_disc_album, box_set, mixed_release, concert_film)
FOUR = ("ern/4.2", "ern/4.3", "ern/4.3.2")


def _order(builder: MessageBuilder) -> MessageOrder:
    options = MessageOptions(immersive_audio=builder.supports_immersive_audio)
    return replace(example_order(terms=(STREAMING, DOWNLOAD, ADVERTISING)), options=options)


def _tell(complete: CompleteRelease, order: MessageOrder, builder: MessageBuilder) -> ReadMessage:
    return read(builder.build(plan_message(complete, order)))


def _told(release: ReadRelease) -> Told:
    return Told(complete=release.complete, details=release.details, terms=release.terms)


def _in_words_of_ern_4(complete: CompleteRelease) -> CompleteRelease:
    """ERN 4 has one word for producers."""
    text = complete.model_dump_json().replace(
        f'"{ContributorRole.PRODUCER.value}"', f'"{ContributorRole.STUDIO_PRODUCER.value}"'
    )
    return CompleteRelease.model_validate_json(text)


def _without_price(difference: Difference) -> bool:
    """A price code takes the place of a price."""
    return "price" not in difference.path


@pytest.mark.proves("IMP-04")
@pytest.mark.parametrize("format", FOUR)
@pytest.mark.parametrize("make", EXAMPLES)
def test_ern_4_carries_every_field(make: Callable[[], CompleteRelease], format: str) -> None:
    builder = BUILDERS[format]
    complete = _in_words_of_ern_4(make())

    message = _tell(complete, _order(builder), builder)

    (release,) = message.releases
    order = _order(builder)
    differences = compare_releases(Told(complete=complete, terms=order.terms), _told(release))
    assert [one for one in differences if _without_price(one)] == []
    assert message.unread == ()


@pytest.mark.parametrize("make", EXAMPLES)
def test_ern_382_carries_all_but_immersive_twins(make: Callable[[], CompleteRelease]) -> None:
    builder = BUILDERS["ern/3.8.2"]
    order = replace(_order(builder), settings={"several_images": True})
    complete = make()

    message = _tell(complete, order, builder)

    differences = compare_releases(Told(complete=complete, terms=order.terms), _told(message.releases[0]))
    lost = {one.path[-1] for one in differences if _without_price(one)}
    assert lost <= {"immersive_isrc", "immersive_file"}
    assert message.unread == ()


@pytest.mark.proves("IMP-04")
@pytest.mark.parametrize("format", BUILDERS)
@pytest.mark.parametrize("make", EXAMPLES)
def test_what_was_read_is_told_again_the_same(make: Callable[[], CompleteRelease], format: str) -> None:
    builder = BUILDERS[format]
    order = replace(_order(builder), settings={"several_images": True} if format == "ern/3.8.2" else {})
    (first,) = _tell(make(), order, builder).releases

    (second,) = _tell(with_assets(first), replace(order, terms=first.terms), builder).releases

    assert compare_releases(_told(first), _told(second)) == ()


@given(complete_releases(max_tracks=8), orders)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=30)
def test_any_release_is_read_back_from_ern_4(complete: CompleteRelease, order: MessageOrder) -> None:
    assume(order.subtype is not MessageSubtype.TAKEDOWN)
    complete = _in_words_of_ern_4(complete)
    try:
        plan = plan_message(complete, order)
    except DomainErrors:
        assume(False)
    for format in FOUR:
        (release,) = read(BUILDERS[format].build(plan)).releases

        differences = compare_releases(Told(complete=complete, terms=order.terms), _told(release))
        left = [one for one in differences if _without_price(one) and not _is_genre_of_simple(one, plan)]
        assert [one for one in left if not _is_code_of_nothing_sold(one, order)] == []


@given(complete_releases(max_tracks=6), orders, st.sampled_from(sorted(BUILDERS)))
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)
def test_any_release_that_was_read_is_told_again_the_same(
    complete: CompleteRelease, order: MessageOrder, format: str
) -> None:
    assume(order.subtype is not MessageSubtype.TAKEDOWN)
    builder = BUILDERS[format]
    try:
        (first,) = _tell(complete, order, builder).releases
        again = builder.build(plan_message(with_assets(first), replace(order, terms=first.terms)))
    except DomainErrors:
        assume(False)

    (second,) = read(again).releases

    assert compare_releases(_told(first), _told(second)) == ()


@given(plans(), st.sampled_from(sorted(BUILDERS)))
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
def test_any_message_that_we_write_is_read(plan: MessagePlan, format: str) -> None:
    try:
        content = BUILDERS[format].build(plan)
    except DomainErrors:
        assume(False)

    message = read(content)

    (release,) = message.releases
    told = release.complete.release
    assert (message.type, message.message_id, message.test) == (plan.type, plan.message_id, plan.test)
    assert message.created_at == plan.created_at
    assert message.sender == plan.sender.dpid
    assert message.recipients == tuple(recipient.dpid for recipient in plan.recipients)
    assert (told.icpn, told.grid, told.title) == (plan.release.icpn, plan.release.grid, plan.release.title)
    if plan.type is MessageType.NEW_RELEASE:
        assert len(told.tracks) == len(plan.recordings)
        named = {file.uri for file in plan.files() if file.provided}
        assert set(release.files.values()) == named
    else:
        assert told.status is ReleaseStatus.TAKEN_DOWN


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (TakedownForm.TAKE_DOWN_ELEMENT, ReleaseStatus.TAKEN_DOWN),
        (TakedownForm.ALL_DEALS_CANCELLED, ReleaseStatus.TAKEN_DOWN),
        (TakedownForm.PURGE, ReleaseStatus.TAKEN_DOWN),
        (TakedownForm.NO_DEALS, ReleaseStatus.DRAFT),
    ],
)
def test_a_takedown_is_read_where_the_message_says_so(form: TakedownForm, status: ReleaseStatus) -> None:
    order = replace(example_order(MessageSubtype.TAKEDOWN), options=MessageOptions(takedown_form=form))

    message = _tell(simple_single(), order, BUILDERS["ern/3.8.2"])

    assert message.releases[0].complete.release.status is status


@pytest.mark.parametrize("format", FOUR)
def test_an_update_without_files_keeps_what_is_told_of_them(format: str) -> None:
    order = replace(example_order(), already_delivered=frozenset({"audio-1", "image-1"}))

    (release,) = _tell(simple_single(), order, BUILDERS[format]).releases

    assert release.files == {}
    assert release.details["audio-1"].sample_rate == 96_000
    assert release.complete.release.type is ReleaseType.SINGLE


def _is_code_of_nothing_sold(difference: Difference, order: MessageOrder) -> bool:
    """A price code is told where something is sold."""
    sold = any(terms.commercial_model is CommercialModel.PAY_AS_YOU_GO for terms in order.terms)
    return not sold and "price_code" in difference.path


def _is_genre_of_simple(difference: Difference, plan: MessagePlan) -> bool:
    """The profile of a simple single has no track releases, and so no place for the genre of its track."""
    return not plan.track_releases and "genre" in difference.path
