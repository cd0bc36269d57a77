"""What the plan decides of releases that are more than a list of tracks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from distro_core.messages.notices import find_plan_notices
from distro_core.messages.planner import plan_message, resource_files
from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import ImageType
from distro_sdk.models.commerce import (
    CommercialModel,
    CommercialTerms,
    Price,
    Rights,
    Territories,
    TerritoryGroup,
    UseType,
    Visibility,
)
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import (
    MessageOptions,
    MessageSubtype,
    MessageType,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.models.planned_releases import GroupType, Withdrawal
from distro_sdk.models.structure import MusicalWork, ReleaseComponent
from tests.catalogue_examples import (
    DOWNLOAD,
    EVERY_KIND,
    STREAMING,
    announced_album,
    as_video,
    booklet_asset,
    box_set,
    classical_album,
    example_order,
    example_release,
    files_of_video,
    five_track_ep,
    immersive_single,
    long_form_video,
    mixed_release,
    two_disc_album,
    video_album,
    video_single,
    with_fields,
)

FITTING = {
    "single": ReleaseProfile.SIMPLE_AUDIO_SINGLE,
    "EP": ReleaseProfile.AUDIO,
    "two discs": ReleaseProfile.AUDIO,
    "video single": ReleaseProfile.SIMPLE_VIDEO_SINGLE,
    "video album": ReleaseProfile.VIDEO,
    "long-form video": ReleaseProfile.LONG_FORM_VIDEO,
    "mixed": ReleaseProfile.MIXED_MEDIA,
    "box set": ReleaseProfile.AUDIO,
    "classical": ReleaseProfile.AUDIO,
    "immersive": ReleaseProfile.AUDIO,
    "announced": ReleaseProfile.AUDIO,
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_release_gets_the_narrowest_profile_that_carries_it(kind: str) -> None:
    plan = plan_message(EVERY_KIND[kind](), example_order())

    assert plan.profile is FITTING[kind]


def test_variants_follow_from_what_the_release_holds() -> None:
    assert plan_message(box_set(), example_order()).variants == (ProfileVariant.BOXED_SET,)
    assert plan_message(classical_album(), example_order()).variants == (ProfileVariant.CLASSICAL,)
    assert plan_message(two_disc_album(), example_order()).variants == ()


def test_sound_recordings_come_before_videos_and_images_and_keep_their_places_in_the_group() -> None:
    plan = plan_message(mixed_release(), example_order())

    assert [recording.reference for recording in plan.recordings] == ["A1", "A2", "A3"]
    assert [image.reference for image in plan.images] == ["A4", "A5"]
    assert [image.type for image in plan.images] == [ImageType.FRONT_COVER, ImageType.SCREEN_CAPTURE]
    assert [(item.resource_reference, item.sequence, item.linked) for item in plan.release.group.items] == [
        ("A1", 1, ()),
        ("A2", 2, ()),
        ("A3", 3, ("A5",)),
    ]
    assert plan.release.group.linked == ("A4",)
    assert [track.resource_reference for track in plan.track_releases] == ["A1", "A2", "A3"]


def test_tracks_of_a_mixed_release_keep_their_order_whatever_their_type() -> None:
    mixed = example_release(tracks=2)
    first, second = mixed.release.tracks
    mixed = with_fields(mixed, *files_of_video(first), tracks=(as_video(first), second))

    plan = plan_message(mixed, example_order())

    assert [recording.track_id for recording in plan.recordings] == ["track-2", "track-1"]
    assert [item.resource_reference for item in plan.release.group.items] == ["A2", "A1"]


def test_a_simple_profile_links_its_image_from_the_item() -> None:
    plan = plan_message(video_single(), example_order())

    assert [item.linked for item in plan.release.group.items] == [("A2",)]
    assert plan.release.group.linked == ()
    assert plan.track_releases == ()
    assert plan.videos[0].screen_capture_reference == "A2"


def test_files_of_videos_are_named_like_tracks_and_travel_once() -> None:
    complete = video_album()

    files = resource_files(plan_message(complete, example_order()), complete)

    assert [(file.kind, file.name) for file in files] == [
        (FileKind.VIDEO, "0094631432057_01_001.mp4"),
        (FileKind.VIDEO, "0094631432057_01_002.mp4"),
        (FileKind.VIDEO, "0094631432057_01_003.mp4"),
        (FileKind.IMAGE, "0094631432057.jpg"),
        (FileKind.IMAGE, "0094631432057_02.jpg"),
        (FileKind.IMAGE, "0094631432057_03.jpg"),
        (FileKind.IMAGE, "0094631432057_04.jpg"),
    ]


def test_a_box_set_groups_its_discs_by_the_releases_within_it() -> None:
    group = plan_message(box_set(), example_order()).release.group

    assert [(part.type, part.sequence, part.title, part.icpn, part.disc_number) for part in group.groups] == [
        (GroupType.RELEASE_COMPONENT, 1, "High Water", "0094631432064", None),
        (GroupType.RELEASE_COMPONENT, 2, "Low Water", "0094631432071", None),
        (GroupType.COMPONENT, 3, None, None, 3),
    ]
    assert [[item.sequence for item in part.items] for part in group.groups] == [[1, 2], [1, 2], [1, 2]]


def test_a_release_of_two_discs_within_a_box_has_a_group_for_each() -> None:
    box = with_fields(
        two_disc_album().model_copy(update={"release": box_set().release, "assets": box_set().assets}),
        components=(
            ReleaseComponent(title="Both", grid="A12425GABC1234002M", disc_numbers=(1, 2)),
            ReleaseComponent(title="Low Water", icpn="0094631432071", disc_numbers=(3,)),
        ),
    )

    both, low = plan_message(box, example_order()).release.group.groups

    assert (both.sequence, both.grid, [disc.disc_number for disc in both.groups]) == (1, "A12425GABC1234002M", [1, 2])
    assert [disc.sequence for disc in both.groups] == [1, 2]
    assert (low.sequence, len(low.items)) == (2, 2)


def test_the_parts_of_a_work_stand_in_a_group_and_are_cited_in_full() -> None:
    plan = plan_message(classical_album(), example_order())

    work = plan.release.group.groups[0]
    assert (work.type, work.sequence, work.title) == (GroupType.MULTI_WORK_PART, 1, "Symphony No. 5")
    assert [(item.resource_reference, item.sequence) for item in work.items] == [("A1", 1), ("A2", 2), ("A3", 3)]
    assert [(item.resource_reference, item.sequence) for item in plan.release.group.items] == [("A4", 2)]
    first, *_, last = plan.sound_recordings
    assert first.formal_title == "W. Riter: Symphony No. 5: Tide 1"
    assert first.work is not None
    assert (first.work.opus_number, first.classical) == ("Op. 67", True)
    assert (last.formal_title, last.classical) == (None, False)


def test_a_booklet_is_a_bonus_without_a_number() -> None:
    plan = plan_message(immersive_single(), example_order())

    assert [(text.reference, text.file.name) for text in plan.texts] == [("A3", "0094631432057_booklet.pdf")]
    bonus = plan.release.group.items[-1]
    assert (bonus.resource_reference, bonus.sequence, bonus.bonus) == ("A3", None, True)


def test_an_immersive_twin_travels_only_where_the_target_takes_it() -> None:
    complete = immersive_single()

    without = plan_message(complete, example_order())
    with_twin = plan_message(complete, example_order(options=MessageOptions(immersive_audio=True)))

    assert without.sound_recordings[0].immersive is None
    twin = with_twin.sound_recordings[0].immersive
    assert twin is not None
    assert (twin.isrc, twin.file.name) == ("QZNLR2600901", "0094631432057_01_001_immersive.wav")
    assert [file.name for file in resource_files(without, complete)] == [
        "0094631432057_01_001.flac",
        "0094631432057.jpg",
        "0094631432057_booklet.pdf",
    ]
    assert "0094631432057_01_001_immersive.wav" in {file.name for file in resource_files(with_twin, complete)}


def test_what_a_partner_does_not_take_is_neither_told_nor_sent() -> None:
    complete = five_track_ep()
    complete = with_fields(complete, booklet_asset(), booklet_asset_id="booklet")

    plan = plan_message(complete, example_order(options=MessageOptions(further_images=False, booklet=False)))

    assert [image.type for image in plan.images] == [ImageType.FRONT_COVER]
    assert plan.texts == ()
    assert {file.kind for file in resource_files(plan, complete)} == {FileKind.AUDIO, FileKind.IMAGE}


def test_each_group_of_territories_has_deals_of_its_own() -> None:
    plan = plan_message(announced_album(), replace(example_order(), terms=(STREAMING,)))

    assert [
        (deal.territories.included, deal.territories.excluded, deal.start_date, deal.end_date) for deal in plan.deals
    ] == [
        (("DE", "AT"), (), date(2026, 12, 4), None),
        (("Worldwide",), ("DE", "AT"), date(2026, 12, 11), date(2030, 1, 31)),
    ]
    assert [(other.territories.excluded, other.release_date) for other in plan.release.territory_dates] == [
        (("DE", "AT"), date(2026, 12, 11))
    ]


@pytest.mark.proves("COM-02")
def test_advance_orders_are_a_deal_of_their_own_where_downloads_are_sold() -> None:
    plan = plan_message(announced_album(), replace(example_order(), terms=(STREAMING, DOWNLOAD)))

    orders = [deal for deal in plan.deals if deal.pre_order]
    assert [(deal.start_date, deal.end_date, deal.release_references) for deal in orders] == [
        (date(2026, 11, 20), date(2026, 12, 3), ("R0",)),
        (date(2026, 11, 20), date(2026, 12, 10), ("R0",)),
    ]
    assert {deal.instant_gratification for deal in orders} == {("A1",)}
    assert not [deal for deal in plan.deals if deal.instant_gratification and not deal.pre_order]


def test_nothing_can_be_ordered_in_advance_where_nothing_is_sold() -> None:
    plan = plan_message(announced_album(), replace(example_order(), terms=(STREAMING,)))

    assert not [deal for deal in plan.deals if deal.pre_order]


def test_what_is_shown_early_is_shown_from_its_own_dates() -> None:
    plan = plan_message(announced_album(), example_order())

    of_release, of_tracks = plan.visibilities
    assert (of_release.reference, of_release.release_references, of_release.track) == ("V1", ("R0",), False)
    assert (of_release.display_start, of_release.cover_art_start) == (date(2026, 11, 1), date(2026, 11, 10))
    assert (of_release.track_listing_start, of_release.clip_start) == (date(2026, 11, 1), date(2026, 11, 1))
    assert (of_tracks.reference, of_tracks.release_references, of_tracks.track) == ("V2", ("R1", "R2", "R3"), True)
    assert plan.release.visibility_reference == "V1"
    assert {track.visibility_reference for track in plan.track_releases} == {"V2"}


@pytest.mark.proves("ERN-15")
@pytest.mark.parametrize(
    ("form", "withdrawals"),
    [
        (TakedownForm.NO_DEALS, []),
        (TakedownForm.TAKE_DOWN_ELEMENT, [Withdrawal.TAKE_DOWN]),
        (TakedownForm.ALL_DEALS_CANCELLED, [Withdrawal.ALL_DEALS_CANCELLED]),
        (TakedownForm.PURGE, []),
    ],
)
def test_a_takedown_takes_the_form_that_the_partner_wants(form: TakedownForm, withdrawals: list[Withdrawal]) -> None:
    order = example_order(MessageSubtype.TAKEDOWN, options=MessageOptions(takedown_form=form))

    plan = plan_message(example_release(), order)

    assert [deal.withdrawal for deal in plan.deals] == withdrawals
    assert plan.type is (MessageType.PURGE_RELEASE if form is TakedownForm.PURGE else MessageType.NEW_RELEASE)
    assert not any(file.provided for file in plan.files())
    assert plan.visibilities == ()


@pytest.mark.proves("ERN-15")
def test_a_takedown_by_end_date_has_ended_in_every_time_zone() -> None:
    order = example_order(MessageSubtype.TAKEDOWN, options=MessageOptions(takedown_form=TakedownForm.END_DATE))
    running = example_release(rights=None)
    running = with_fields(running, release_date=date(2020, 5, 1))

    plan = plan_message(running, order)
    never_began = plan_message(example_release(), order)

    assert [(deal.start_date, deal.end_date) for deal in plan.deals] == [(date(2020, 5, 1), date(2026, 11, 19))]
    assert never_began.deals == ()


@pytest.mark.proves("ERN-15")
def test_advance_orders_that_run_end_with_a_takedown() -> None:
    order = example_order(MessageSubtype.TAKEDOWN, options=MessageOptions(takedown_form=TakedownForm.END_DATE))
    announced = with_fields(announced_album(), pre_order_date=date(2026, 11, 1), visibility=None)

    plan = plan_message(announced, replace(order, terms=(DOWNLOAD,)))

    assert {(deal.pre_order, deal.start_date, deal.end_date) for deal in plan.deals} == {
        (True, date(2026, 11, 1), date(2026, 11, 19))
    }


@pytest.mark.proves("ERN-15")
def test_a_cancelled_deal_says_from_when_it_is_off_and_no_price() -> None:
    options = MessageOptions(takedown_form=TakedownForm.TAKE_DOWN_ELEMENT)
    rights = Rights(start_date=date(2020, 1, 1), end_date=date(2030, 1, 1), price_code="TIER-3")

    (deal,) = plan_message(
        example_release(rights=rights),
        replace(example_order(MessageSubtype.TAKEDOWN, options=options), terms=(DOWNLOAD,)),
    ).deals

    assert (deal.start_date, deal.end_date, deal.price_code) == (date(2026, 11, 21), None, None)


def test_a_price_of_the_release_is_not_that_of_each_track() -> None:
    track_price = Price(amount=Decimal("0.49"), currency="EUR")
    own = DOWNLOAD.model_copy(update={"track_price": track_price})
    coded = Rights(start_date=date(2026, 12, 4), price_code="ALBUM", track_price_code="TRACK")

    priced = plan_message(example_release(), replace(example_order(), terms=(own,))).deals
    by_code = plan_message(example_release(rights=coded), replace(example_order(), terms=(DOWNLOAD,))).deals
    alone = plan_message(example_release(tracks=1), replace(example_order(), terms=(DOWNLOAD,))).deals

    assert [(deal.release_references, deal.terms.price) for deal in priced] == [
        (("R0",), DOWNLOAD.price),
        (("R1", "R2"), track_price),
    ]
    assert [(deal.release_references, deal.price_code) for deal in by_code] == [
        (("R0",), "ALBUM"),
        (("R1", "R2"), "TRACK"),
    ]
    assert [(deal.release_references, deal.terms.price) for deal in alone] == [(("R0",), DOWNLOAD.price)]


def test_no_track_is_given_away_before_its_date() -> None:
    album = announced_album()
    first, second, third = album.release.tracks
    later = second.model_copy(update={"instant_gratification_date": date(2026, 11, 27)})
    album = with_fields(album, tracks=(first, later, third), territory_groups=())

    plan = plan_message(album, replace(example_order(), terms=(DOWNLOAD,)))

    assert [(deal.start_date, deal.end_date, deal.instant_gratification) for deal in plan.deals if deal.pre_order] == [
        (date(2026, 11, 20), date(2026, 11, 26), ("A1",)),
        (date(2026, 11, 27), date(2026, 12, 3), ("A1", "A2")),
    ]


def test_groups_of_territories_neither_overlap_nor_outlast_the_rights() -> None:
    groups = (
        TerritoryGroup(territories=Territories(included=("DE",)), start_date=date(2026, 12, 4)),
        TerritoryGroup(territories=Territories(), start_date=date(2031, 1, 1)),
    )
    rights = Rights(start_date=date(2026, 12, 4), end_date=date(2030, 1, 1))

    assert refused(with_fields(example_release(rights=rights), territory_groups=groups)) == [
        ("TERRITORY_REPEATED", ("territory_groups", 1, "territories")),
        ("RIGHTS_END_BEFORE_RELEASE", ("territory_groups", 1, "start_date")),
    ]


def test_nothing_is_offered_or_ordered_before_the_rights_begin() -> None:
    group = TerritoryGroup(
        territories=Territories(included=("DE",)), start_date=date(2026, 1, 1), end_date=date(2026, 5, 1)
    )
    early = with_fields(
        example_release(rights=Rights(start_date=date(2026, 6, 1))),
        territory_groups=(group,),
        pre_order_date=date(2025, 1, 1),
    )

    assert refused(early) == [
        ("PRE_ORDER_BEFORE_RIGHTS", ("pre_order_date",)),
        ("RIGHTS_BEGIN_AFTER_OFFER", ("territory_groups", 0, "end_date")),
    ]


def test_the_language_of_a_performance_is_that_of_the_track_alone() -> None:
    album = with_fields(example_release(tracks=2), language="en")
    sung = album.release.tracks[0].model_copy(update={"language": "sv"})
    unknown = album.release.tracks[1].model_copy(update={"language": None})

    plan = plan_message(with_fields(album, tracks=(sung, unknown)), example_order())

    assert [recording.language for recording in plan.sound_recordings] == ["sv", None]
    assert plan.language == "en"


def test_nobody_sings_on_an_instrumental_video() -> None:
    single = video_single()
    track = single.release.tracks[0].model_copy(update={"instrumental": True})

    assert plan_message(with_fields(single, tracks=(track,)), example_order()).videos[0].language is None


def test_services_are_named_on_every_deal() -> None:
    channels = MessageOptions(channels=("PADPIDA2013020802I",), excluded_channels=("PADPIDA2014120301L",))

    plan = plan_message(example_release(), replace(example_order(options=channels), terms=(STREAMING, DOWNLOAD)))

    assert {(deal.channels, deal.excluded_channels) for deal in plan.deals} == {
        (("PADPIDA2013020802I",), ("PADPIDA2014120301L",))
    }


def refused(complete: object, **order: object) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(DomainErrors) as faults:
        plan_message(complete, replace(example_order(), **order))  # type: ignore[arg-type]
    return [(fault.code, fault.path) for fault in faults.value.errors]


def test_a_profile_that_cannot_carry_a_release_says_why_at_once() -> None:
    complete = with_fields(immersive_single(), images=())

    assert refused(complete, profile=ReleaseProfile.SIMPLE_VIDEO_SINGLE) == [
        ("COVER_MISSING", ("images",)),
        ("PROFILE_UNFIT", ("tracks",)),
        ("PROFILE_UNFIT", ("images",)),
        ("PROFILE_UNFIT", ("booklet_asset_id",)),
    ]


def test_a_long_form_video_needs_its_own_profile_and_a_cover() -> None:
    assert refused(long_form_video(), profile=ReleaseProfile.VIDEO) == [
        ("PROFILE_UNFIT", ("images",)),
        ("PROFILE_UNFIT", ("tracks", 0, "video_type")),
    ]
    film = long_form_video().release.tracks[0].model_copy(update={"screen_capture_asset_id": "image-1"})
    assert refused(with_fields(long_form_video(), images=(), tracks=(film,))) == [("PROFILE_UNFIT", ("images",))]


def test_a_single_video_has_one_image() -> None:
    both = with_fields(video_single(), images=example_release(tracks=1).release.images)

    assert refused(both) == [("PROFILE_UNFIT", ("images",))]


@pytest.mark.parametrize(
    ("works", "code"),
    [
        (("track-1", "track-3"), "WORK_TRACKS_UNFIT"),
        (("track-1", "track-9"), "WORK_TRACKS_UNFIT"),
        (("track-2", "track-1"), "WORK_TRACKS_UNFIT"),
    ],
)
def test_a_work_whose_parts_do_not_follow_each_other_is_refused(works: tuple[str, ...], code: str) -> None:
    complete = with_fields(classical_album(), works=(MusicalWork(title="Torn", track_ids=works),))

    assert refused(complete) == [(code, ("works", 0, "track_ids"))]


def test_a_track_is_a_part_of_one_work() -> None:
    twice = (
        MusicalWork(title="One", track_ids=("track-1", "track-2")),
        MusicalWork(title="Two", track_ids=("track-2", "track-3")),
    )

    assert refused(with_fields(classical_album(), works=twice)) == [
        ("WORK_TRACKS_UNFIT", ("works", 0, "track_ids")),
        ("WORK_TRACKS_UNFIT", ("works", 1, "track_ids")),
    ]


def test_a_box_whose_discs_do_not_add_up_is_refused() -> None:
    alone = (ReleaseComponent(title="Alone", icpn="0094631432064", disc_numbers=(1, 9)),)
    shared = (
        ReleaseComponent(title="One", icpn="0094631432064", disc_numbers=(1,)),
        ReleaseComponent(title="Two", icpn="0094631432071", disc_numbers=(1, 2)),
    )

    assert refused(with_fields(box_set(), components=alone)) == [
        ("COMPONENTS_TOO_FEW", ("components",)),
        ("COMPONENT_DISCS_UNFIT", ("components", 0, "disc_numbers")),
    ]
    assert refused(with_fields(box_set(), components=shared)) == [
        ("COMPONENT_DISCS_UNFIT", ("components", 0, "disc_numbers")),
        ("COMPONENT_DISCS_UNFIT", ("components", 1, "disc_numbers")),
    ]


def test_what_comes_before_the_release_date_comes_before_it() -> None:
    late = with_fields(
        announced_album(),
        pre_order_date=date(2026, 12, 4),
        visibility=announced_album().release.visibility.model_copy(update={"clip_start": date(2027, 1, 1)}),  # type: ignore[union-attr]
    )

    assert refused(late) == [
        ("PRE_ORDER_TOO_LATE", ("pre_order_date",)),
        ("VISIBILITY_TOO_LATE", ("visibility", "clip_start")),
        ("GRATIFICATION_UNFIT", ("tracks", 0, "instant_gratification_date")),
    ]


def test_nothing_is_shown_later_than_the_release_can_be_ordered() -> None:
    shown = Visibility(display_start=date(2026, 11, 1), track_listing_start=date(2026, 11, 21))

    assert refused(with_fields(announced_album(), visibility=shown)) == [
        ("VISIBILITY_TOO_LATE", ("visibility", "track_listing_start"))
    ]


def test_a_track_has_the_files_of_its_type_and_no_others() -> None:
    single = example_release(tracks=1)
    track = single.release.tracks[0]
    stray = with_fields(
        single, *files_of_video(track), tracks=(track.model_copy(update={"video_asset_id": "video-track-1"}),)
    )
    empty = with_fields(single, tracks=(as_video(track).model_copy(update={"video_asset_id": None}),), images=())

    assert refused(stray) == [("RESOURCE_TYPE_UNFIT", ("tracks", 0, "video_asset_id"))]
    assert ("VIDEO_MISSING", ("tracks", 0, "video_asset_id")) in refused(empty)


PRICED = CommercialTerms(
    commercial_model=CommercialModel.PAY_AS_YOU_GO,
    use_types=(UseType.PERMANENT_DOWNLOAD,),
    price=Price(amount=Decimal("7.99"), currency="EUR"),
)
UNPRICED = PRICED.model_copy(update={"price": None})


@pytest.mark.parametrize(
    ("terms", "rights", "codes"),
    [
        (PRICED, None, []),
        (UNPRICED, Rights(start_date=date(2026, 1, 1), price_code="TIER"), []),
        (UNPRICED, None, ["DOWNLOAD_WITHOUT_PRICE"]),
    ],
)
def test_downloads_without_any_price_are_warned_of(
    terms: CommercialTerms, rights: Rights | None, codes: list[str]
) -> None:
    plan = plan_message(with_fields(example_release(), rights=rights), example_order(terms=(terms,)))

    found = list(find_plan_notices(plan))

    assert [(issue.code, issue.severity.value, issue.path) for issue in found] == [
        (code, "warning", "rights.price_code") for code in codes
    ]
