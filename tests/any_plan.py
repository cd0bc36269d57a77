"""Any plan of a message, as hypothesis makes them up: all profiles, variants, reasons to tell and options.

The plans are what the core could decide, and DDEX's profiles allow. What repeats on a release of many tracks is made up
a few times and taken in turn, so that hypothesis has little to draw and much to shrink.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from distro_sdk.models.catalogue import (
    ImageType,
    ParentalWarning,
    ProprietaryId,
    ReleaseType,
)
from distro_sdk.models.commerce import Territories
from distro_sdk.models.message import (
    CompanionFile,
    MessagePlan,
    MessageSubtype,
    MessageType,
    MessagingParty,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.models.planned_releases import (
    GroupType,
    PlannedGenre,
    PlannedGroup,
    PlannedItem,
    PlannedRelease,
    PlannedTrackRelease,
    TerritoryDate,
)
from distro_sdk.models.planned_resources import (
    PlannedParty,
    PlannedRecording,
    PlannedVideo,
)
from tests.any_message_shape import FORMS, SIMPLE, Shape, shapes
from tests.any_planned_deals import planned_deals, planned_visibilities
from tests.any_planned_resources import Resources, planned_artists, planned_file, planned_resources, translations
from tests.any_release import CODES, LANGUAGES, dates, icpns, lines, parties, words

WITHOUT_TRACK_RELEASES = SIMPLE | {ReleaseProfile.LONG_FORM_VIDEO}


RELEASE_TYPES = {
    ReleaseProfile.AUDIO: (ReleaseType.SINGLE, ReleaseType.EP, ReleaseType.ALBUM, ReleaseType.COMPILATION),
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: (ReleaseType.SINGLE,),
    ReleaseProfile.VIDEO: (ReleaseType.VIDEO,),
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: (ReleaseType.VIDEO,),
    ReleaseProfile.MIXED_MEDIA: (ReleaseType.MIXED,),
    ReleaseProfile.LONG_FORM_VIDEO: (ReleaseType.VIDEO,),
}


SENDER = MessagingParty(dpid="PADPIDA2014120301L", name="Northern Light Records")
RECIPIENTS = (
    MessagingParty(dpid="PADPIDA2013020802I", name="Example DSP"),
    MessagingParty(dpid="PADPIDA2016080409F", name="Partner & <Sons>"),
)


genres = st.builds(
    PlannedGenre, name=words, subgenre=st.none() | words, code=st.none() | st.just("POP-00"), subgenre_code=st.none()
)
moments = st.integers(0, 400_000_000_000).map(
    lambda milliseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


@st.composite
def plans(
    draw: st.DrawFn,
    profiles: Sequence[ReleaseProfile] = tuple(ReleaseProfile),
    forms: Sequence[TakedownForm] = FORMS,
    max_tracks: int = 12,
) -> MessagePlan:
    """Any plan of these profiles, with a takedown told in one of these forms where it is one."""
    shape = draw(shapes(profiles, forms, max_tracks))
    takedown = shape.subtype is MessageSubtype.TAKEDOWN
    party_count = draw(st.integers(2, 5))
    resources = draw(planned_resources(shape, party_count))
    release_date = draw(dates)
    visible = draw(st.booleans()) and not takedown
    tracks = draw(_track_releases(shape, resources.recordings, visible))
    release = draw(_release(shape, resources, release_date, visible))
    return MessagePlan(
        message_id=draw(st.uuids()).hex,
        thread_id="release",
        type=MessageType.PURGE_RELEASE if _purges(shape) else MessageType.NEW_RELEASE,
        subtype=shape.subtype,
        test=draw(st.booleans()),
        created_at=draw(moments),
        sender=SENDER,
        sent_on_behalf_of=draw(st.sampled_from((None, RECIPIENTS[1]))),
        recipients=draw(st.sampled_from((RECIPIENTS[:1], RECIPIENTS))),
        options=shape.options,
        profile=shape.profile,
        variants=shape.variants,
        language=draw(st.sampled_from(LANGUAGES)),
        parties=tuple(draw(_planned_party(number)) for number in range(party_count)),
        sound_recordings=resources.sounds,
        videos=resources.videos,
        images=resources.images,
        texts=resources.texts,
        companions=() if takedown else tuple(_companion(name) for name in shape.options.companions),
        release=release,
        track_releases=tracks,
        deals=draw(planned_deals(shape, ("R0", *(track.reference for track in tracks)), release_date)),
        visibilities=planned_visibilities(tracks, release_date - timedelta(days=40)) if visible else (),
    )


def _purges(shape: Shape) -> bool:
    return shape.subtype is MessageSubtype.TAKEDOWN and shape.options.takedown_form is TakedownForm.PURGE


@st.composite
def _planned_party(draw: st.DrawFn, number: int) -> PlannedParty:
    party = draw(parties(number))
    ids = draw(st.sampled_from(((), (ProprietaryId(namespace="apple", value="4711"),))))
    told = party.model_dump(exclude={"id", "proprietary_ids"})
    return PlannedParty(reference=f"P{number + 1}", proprietary_ids=ids, **told)


def _companion(format: str) -> CompanionFile:
    return CompanionFile(format=format, uri="MEAD.xml", file=planned_file("", "MEAD.xml", provided=True))


@st.composite
def _track_releases(
    draw: st.DrawFn, shape: Shape, recordings: Sequence[PlannedRecording], visible: bool
) -> tuple[PlannedTrackRelease, ...]:
    if shape.profile in WITHOUT_TRACK_RELEASES:
        return ()
    genre = draw(genres)
    return tuple(
        PlannedTrackRelease(
            reference=f"R{number}",
            proprietary_id=f"RELEASE_{recording.isrc}",
            isrc=recording.isrc,
            resource_reference=recording.reference,
            label_reference="P2",
            genre=genre,
            visibility_reference="V1" if visible else None,
        )
        for number, recording in enumerate(recordings, start=1)
    )


@st.composite
def _release(
    draw: st.DrawFn,
    shape: Shape,
    resources: Resources,
    release_date: date,
    visible: bool,
) -> PlannedRelease:
    boxes = (ReleaseType.ALBUM, ReleaseType.COMPILATION)
    types = boxes if shape.boxed and shape.profile is ReleaseProfile.AUDIO else RELEASE_TYPES[shape.profile]
    codes = draw(st.lists(st.sampled_from(CODES), max_size=3, unique=True))
    return PlannedRelease(
        reference="R0",
        type=draw(st.sampled_from(types)),
        icpn=draw(icpns),
        grid=draw(st.sampled_from((None, "A12425GABC1234002M"))),
        catalog_number=draw(st.none() | words),
        title=draw(words),
        version=draw(st.none() | words),
        translations=draw(translations),
        display_artist=draw(words),
        artists=draw(planned_artists(2)),
        label_reference="P2",
        # What is heard in a long video has a P-line (RP 2.1, 5.4.3(4.4)).
        p_line=draw(lines if shape.profile is ReleaseProfile.LONG_FORM_VIDEO else st.none() | lines),
        c_line=draw(st.none() | lines),
        duration=sum((recording.duration for recording in resources.recordings), Decimal(0)),
        genre=draw(genres),
        release_date=release_date,
        original_release_date=draw(st.none() | dates),
        territory_dates=tuple(
            TerritoryDate(territories=Territories(included=(code,)), release_date=release_date + timedelta(days=place))
            for place, code in enumerate(codes, start=1)
        ),
        parental_warning=draw(st.sampled_from(tuple(ParentalWarning))),
        several_artists=draw(st.booleans()),
        visibility_reference="V0" if visible else None,
        group=draw(_group(shape, resources)),
    )


@st.composite
def _group(draw: st.DrawFn, shape: Shape, resources: Resources) -> PlannedGroup:
    simple = shape.profile in SIMPLE
    shown = tuple(image.reference for image in resources.images if simple or image.type is not ImageType.SCREEN_CAPTURE)
    items = [_item(recording, shown if simple else ()) for recording in resources.recordings]
    bonus = tuple(PlannedItem(resource_reference=text.reference, sequence=None, bonus=True) for text in resources.texts)
    linked = () if simple else shown
    if shape.boxed:
        half = len(items) // 2
        components = (_component(shape, items[:half], 1), _component(shape, items[half:], 2))
        return PlannedGroup(groups=components, items=bonus, linked=linked)
    discs = draw(st.integers(1, 2)) if len(items) > 3 else 1
    if discs == 1:
        groups, members = _members(shape, items)
        return PlannedGroup(groups=groups, items=(*members, *bonus), linked=linked)
    half = len(items) // 2
    parts = (_disc(shape, items[:half], 1), _disc(shape, items[half:], 2))
    return PlannedGroup(groups=parts, items=bonus, linked=linked)


def _item(recording: PlannedRecording, linked: tuple[str, ...]) -> PlannedItem:
    capture = recording.screen_capture_reference if isinstance(recording, PlannedVideo) else None
    every = linked if capture is None or capture in linked else (*linked, capture)
    return PlannedItem(resource_reference=recording.reference, sequence=1, linked=every)


def _members(shape: Shape, items: Sequence[PlannedItem]) -> tuple[tuple[PlannedGroup, ...], tuple[PlannedItem, ...]]:
    """Items in order; in a classical release the first two are parts of one work."""
    if not shape.classical:
        return (), _numbered(items, first=1)
    work = PlannedGroup(
        type=GroupType.MULTI_WORK_PART, sequence=1, title="Symphony <No. 5>", items=_numbered(items[:2], first=1)
    )
    return (work,), _numbered(items[2:], first=2)


def _numbered(items: Sequence[PlannedItem], first: int) -> tuple[PlannedItem, ...]:
    return tuple(
        item.model_copy(update={"sequence": number, "instant_gratification": number == 1})
        for number, item in enumerate(items, start=first)
    )


def _disc(shape: Shape, items: Sequence[PlannedItem], number: int) -> PlannedGroup:
    groups, members = _members(shape, items)
    return PlannedGroup(type=GroupType.COMPONENT, sequence=number, disc_number=number, groups=groups, items=members)


def _component(shape: Shape, items: Sequence[PlannedItem], number: int) -> PlannedGroup:
    groups, members = _members(shape, items)
    return PlannedGroup(
        type=GroupType.RELEASE_COMPONENT,
        sequence=number,
        title=f"Part {number}",
        icpn=("4006381333931", "0094631432057")[number - 1],
        groups=groups,
        items=members,
    )
