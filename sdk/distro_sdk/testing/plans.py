"""Message plans to try builders on: one for each profile and its variants, made up and complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from distro_sdk.models.catalogue import ImageType, ParentalWarning, ReleaseType
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Territories, UseType
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import (
    MessageOptions,
    MessagePlan,
    MessageSubtype,
    MessageType,
    MessagingParty,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.models.planned_releases import (
    GroupType,
    PlannedDeal,
    PlannedGenre,
    PlannedGroup,
    PlannedItem,
    PlannedRelease,
    PlannedTrackRelease,
)
from distro_sdk.models.planned_resources import (
    PlannedImage,
    PlannedParty,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
)
from distro_sdk.testing.example_resources import (
    ARTIST,
    DISPLAY_ARTIST,
    ICPN,
    ISRCS,
    P_LINE,
    TITLES,
    example_booklet,
    example_image,
    example_recording,
    example_video,
)

__all__ = ["ICPN", "ISRCS", "TITLES", "example_plan", "purging_plan"]

GENRE = PlannedGenre(name="Pop", subgenre="Indie Pop")
SIMPLE = frozenset({ReleaseProfile.SIMPLE_AUDIO_SINGLE, ReleaseProfile.SIMPLE_VIDEO_SINGLE})
WITHOUT_TRACK_RELEASES = SIMPLE | {ReleaseProfile.LONG_FORM_VIDEO}
COUNTS = {
    ReleaseProfile.AUDIO: (3, 0),
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: (1, 0),
    ReleaseProfile.VIDEO: (0, 2),
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: (0, 1),
    ReleaseProfile.MIXED_MEDIA: (3, 1),
    ReleaseProfile.LONG_FORM_VIDEO: (0, 1),
}
"""How many sound recordings and videos the example of a profile has."""

RELEASE_TYPES = {
    ReleaseProfile.AUDIO: ReleaseType.ALBUM,
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: ReleaseType.SINGLE,
    ReleaseProfile.VIDEO: ReleaseType.VIDEO,
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: ReleaseType.VIDEO,
    ReleaseProfile.MIXED_MEDIA: ReleaseType.MIXED,
    ReleaseProfile.LONG_FORM_VIDEO: ReleaseType.VIDEO,
}


@dataclass(frozen=True)
class _Resources:
    """What an example holds."""

    sounds: tuple[PlannedSoundRecording, ...]
    videos: tuple[PlannedVideo, ...]
    images: tuple[PlannedImage, ...]
    texts: tuple[PlannedText, ...]

    @property
    def recordings(self) -> tuple[PlannedRecording, ...]:
        return (*self.sounds, *self.videos)


def example_plan(
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    profile: ReleaseProfile = ReleaseProfile.AUDIO,
    variants: tuple[ProfileVariant, ...] = (),
) -> MessagePlan:
    """A message about an album on two discs, a box set, a classical album, videos, both, or a single of one track.

    A takedown is told by deals that have ended.
    """
    resources = _resources(profile, classical=ProfileVariant.CLASSICAL in variants)
    single = profile in SIMPLE
    tracks = () if profile in WITHOUT_TRACK_RELEASES else resources.recordings
    releases = tuple(_track_release(number, recording) for number, recording in enumerate(tracks, start=1))
    takedown = subtype is MessageSubtype.TAKEDOWN
    return MessagePlan(
        message_id="0f8fad5bd9cb469fa16570867728950e",
        thread_id="7c9e6679742540de944be07fc1f90ae7",
        subtype=subtype,
        test=True,
        created_at=datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC),
        sender=MessagingParty(dpid="PADPIDA2014120301U", name="Söder & Söner"),
        recipients=(MessagingParty(dpid="PADPIDA2012073007X", name="A <DSP>"),),
        options=MessageOptions(takedown_form=TakedownForm.END_DATE) if takedown else MessageOptions(),
        profile=profile,
        variants=variants,
        language="sv",
        parties=(
            PlannedParty(
                reference="P1", name=DISPLAY_ARTIST, name_indexed="Norns, Åsa & the <", isni="0000000121354578"
            ),
            PlannedParty(reference="P2", name="Łukasz Ćwik", ipi="00014107338"),
            PlannedParty(reference="P3", name="Söder & Söner"),
        ),
        sound_recordings=resources.sounds,
        videos=resources.videos,
        images=resources.images,
        texts=resources.texts,
        release=_release(profile, resources, _group(resources, variants, single=single)),
        track_releases=releases,
        deals=(_deal(tuple(release.reference for release in releases), subtype),),
    )


def purging_plan(profile: ReleaseProfile = ReleaseProfile.AUDIO) -> MessagePlan:
    """A takedown that is told by a PurgeReleaseMessage."""
    told = {
        "type": MessageType.PURGE_RELEASE,
        "options": MessageOptions(takedown_form=TakedownForm.PURGE),
        "deals": (),
    }
    return example_plan(MessageSubtype.TAKEDOWN, profile).model_copy(update=told)


def _resources(profile: ReleaseProfile, *, classical: bool) -> _Resources:
    """Recordings, then the cover, then what stands for each video, then the booklet of a mixed release."""
    sounds, videos = COUNTS[profile]
    covers = 0 if profile is ReleaseProfile.SIMPLE_VIDEO_SINGLE else 1
    first_image = sounds + videos + 1
    first_capture = first_image + covers
    long = profile is ReleaseProfile.LONG_FORM_VIDEO
    images = [example_image(first_image, 1, ImageType.FRONT_COVER)] if covers else []
    images += [
        example_image(first_capture + place, covers + place + 1, ImageType.SCREEN_CAPTURE) for place in range(videos)
    ]
    return _Resources(
        sounds=tuple(example_recording(number, classical=classical) for number in range(1, sounds + 1)),
        videos=tuple(
            example_video(sounds + place + 1, place + 1, first_capture + place, long=long) for place in range(videos)
        ),
        images=tuple(images),
        texts=(example_booklet(first_capture + videos),) if profile is ReleaseProfile.MIXED_MEDIA else (),
    )


def _track_release(number: int, recording: PlannedRecording) -> PlannedTrackRelease:
    return PlannedTrackRelease(
        reference=f"R{number}",
        proprietary_id=f"{ICPN}_{number}",
        isrc=recording.isrc,
        resource_reference=recording.reference,
        label_reference="P3",
        genre=GENRE,
    )


def _release(profile: ReleaseProfile, resources: _Resources, group: PlannedGroup) -> PlannedRelease:
    warnings = {recording.parental_warning for recording in resources.recordings}
    explicit = ParentalWarning.EXPLICIT in warnings
    return PlannedRelease(
        reference="R0",
        type=RELEASE_TYPES[profile],
        icpn=ICPN,
        catalog_number="SÖD-001",
        title=TITLES[0],
        display_artist=DISPLAY_ARTIST,
        artists=(ARTIST,),
        label_reference="P3",
        p_line=P_LINE,
        c_line=RightsLine(year=2026, text="2026 Söder & Söner"),
        duration=sum((recording.duration for recording in resources.recordings), Decimal(0)),
        genre=GENRE,
        release_date=date(2026, 2, 20),
        original_release_date=date(2026, 2, 20),
        parental_warning=ParentalWarning.EXPLICIT if explicit else ParentalWarning.NOT_EXPLICIT,
        group=group,
    )


def _group(resources: _Resources, variants: tuple[ProfileVariant, ...], *, single: bool) -> PlannedGroup:
    """A single links its image from its item; else there are two discs, or releases, with one or two tracks each."""
    of_release = tuple(image.reference for image in resources.images if image.type is ImageType.FRONT_COVER)
    if single:
        linked = tuple(image.reference for image in resources.images)
        item = PlannedItem(resource_reference=resources.recordings[0].reference, sequence=1, linked=linked)
        return PlannedGroup(items=(item,))
    entries = [
        PlannedItem(
            resource_reference=recording.reference,
            sequence=1,
            linked=(recording.screen_capture_reference or "",) if isinstance(recording, PlannedVideo) else (),
        )
        for recording in resources.recordings
    ]
    bonus = tuple(PlannedItem(resource_reference=text.reference, sequence=None, bonus=True) for text in resources.texts)
    if len(entries) == 1:
        return PlannedGroup(items=(*entries, *bonus), linked=of_release)
    half = (len(entries) + 1) // 2
    parts = (_part(entries[:half], variants, 1), _part(entries[half:], variants, 2))
    return PlannedGroup(groups=parts, items=bonus, linked=of_release)


def _part(entries: Sequence[PlannedItem], variants: tuple[ProfileVariant, ...], number: int) -> PlannedGroup:
    """A disc, or a release of a box; in a classical release several tracks are the parts of one work."""
    items = tuple(item.model_copy(update={"sequence": sequence}) for sequence, item in enumerate(entries, start=1))
    groups: tuple[PlannedGroup, ...] = ()
    if ProfileVariant.CLASSICAL in variants and len(items) > 1:
        groups = (PlannedGroup(type=GroupType.MULTI_WORK_PART, sequence=1, title="Symfonia <V>", items=items),)
        items = ()
    if ProfileVariant.BOXED_SET in variants:
        return PlannedGroup(
            type=GroupType.RELEASE_COMPONENT,
            sequence=number,
            title=f"Del {number}",
            icpn=("7350000000016", "7350000000023")[number - 1],
            groups=groups,
            items=items,
        )
    return PlannedGroup(type=GroupType.COMPONENT, sequence=number, disc_number=number, groups=groups, items=items)


def _deal(track_releases: tuple[str, ...], subtype: MessageSubtype) -> PlannedDeal:
    return PlannedDeal(
        release_references=("R0", *track_releases),
        terms=CommercialTerms(
            commercial_model=CommercialModel.SUBSCRIPTION,
            use_types=(UseType.ON_DEMAND_STREAM, UseType.CONDITIONAL_DOWNLOAD),
        ),
        territories=Territories(included=("SE", "NO", "DK")),
        start_date=date(2026, 2, 20),
        end_date=date(2026, 3, 1) if subtype is MessageSubtype.TAKEDOWN else None,
    )
