"""A message plan to try builders on: made up, complete, and full of characters that XML must escape."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

from distro_sdk.models.assets import AudioFormat, AudioProperties, FileHashes, ImageFormat, ImageProperties
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    Preview,
    ReleaseType,
    RightsLine,
)
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Territories, UseType
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessagingParty, ReleaseProfile
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
    PlannedArtist,
    PlannedContributor,
    PlannedFile,
    PlannedImage,
    PlannedParty,
    PlannedSoundRecording,
)

ICPN = "4006381333931"
TITLES = ("Ænima & <Fjörd>", "光と影 \"I\" 'II'", "Zażółć — gęślą 🎵")
ISRCS = ("SEAYD7900101", "SEAYD7900102", "SEAYD7900103")
ARTIST = PlannedArtist(party_reference="P1", role=ArtistRole.MAIN_ARTIST, sequence=1)
P_LINE = RightsLine(year=2025, text="2025 Söder & Söner", company="Söder & Söner")
GENRE = PlannedGenre(name="Pop", subgenre="Indie Pop")


def example_plan(
    subtype: MessageSubtype = MessageSubtype.INITIAL, profile: ReleaseProfile = ReleaseProfile.AUDIO
) -> MessagePlan:
    """A message about a release of three tracks on two discs, or of one track for a single."""
    count = 1 if profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE else len(TITLES)
    recordings = tuple(_recording(number) for number in range(1, count + 1))
    releases = tuple(_track_release(number) for number in range(1, count + 1))
    return MessagePlan(
        message_id="0f8fad5bd9cb469fa16570867728950e",
        thread_id="7c9e6679742540de944be07fc1f90ae7",
        subtype=subtype,
        test=True,
        created_at=datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC),
        sender=MessagingParty(dpid="PADPIDA2014120301U", name="Söder & Söner"),
        recipients=(MessagingParty(dpid="PADPIDA2012073007X", name="A <DSP>"),),
        profile=profile,
        language="sv",
        parties=(
            PlannedParty(
                reference="P1", name="Åsa & the <Norns>", name_indexed="Norns, Åsa & the <", isni="0000000121354578"
            ),
            PlannedParty(reference="P2", name="Łukasz Ćwik", ipi="00014107338"),
            PlannedParty(reference="P3", name="Söder & Söner"),
        ),
        sound_recordings=recordings,
        images=(_image(count + 1),),
        release=_release(recordings),
        track_releases=releases,
        deals=(_deal(tuple(release.reference for release in releases), subtype),),
    )


def _file(kind: str, name: str, size: int) -> PlannedFile:
    content = name.encode()
    return PlannedFile(
        uri=f"{kind}/{name}",
        name=name,
        asset_id=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        size=size,
        hashes=FileHashes(
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(content).hexdigest(),
        ),
    )


def _recording(number: int) -> PlannedSoundRecording:
    return PlannedSoundRecording(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        track_id=f"track-{number}",
        isrc=ISRCS[number - 1],
        title=TITLES[number - 1],
        version="Live <Unplugged>" if number == 2 else None,
        display_artist="Åsa & the <Norns>",
        artists=(ARTIST,),
        contributors=(
            PlannedContributor(
                party_reference="P2", roles=(ContributorRole.COMPOSER, ContributorRole.LYRICIST), sequence=1
            ),
        ),
        p_line=P_LINE,
        duration=Decimal("187.25") + number,
        parental_warning=ParentalWarning.EXPLICIT if number == 3 else ParentalWarning.NOT_EXPLICIT,
        language="sv",
        preview=Preview(start_time=Decimal(30)) if number == 1 else None,
        audio=AudioProperties(
            format=AudioFormat.FLAC,
            codec="FLAC",
            lossless=True,
            duration=Decimal("187.25") + number,
            channels=2,
            sample_rate=96_000,
            bit_depth=24,
        ),
        file=_file("audio", f"{ICPN}_01_{number:02}.flac", 40_000_000 + number),
    )


def _image(number: int) -> PlannedImage:
    return PlannedImage(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        type=ImageType.FRONT_COVER,
        proprietary_id=f"{ICPN}_IMG1",
        parental_warning=ParentalWarning.NOT_EXPLICIT,
        image=ImageProperties(format=ImageFormat.JPEG, width=3000, height=3000, colour_mode="RGB", resolution=300),
        file=_file("images", f"{ICPN}_IMG1.jpg", 1_200_000),
    )


def _track_release(number: int) -> PlannedTrackRelease:
    return PlannedTrackRelease(
        reference=f"R{number}",
        proprietary_id=f"{ICPN}_{number}",
        isrc=ISRCS[number - 1],
        resource_reference=f"A{number}",
        label_reference="P3",
        genre=GENRE,
    )


def _release(recordings: tuple[PlannedSoundRecording, ...]) -> PlannedRelease:
    single = len(recordings) == 1
    return PlannedRelease(
        reference="R0",
        type=ReleaseType.SINGLE if single else ReleaseType.ALBUM,
        icpn=ICPN,
        catalog_number="SÖD-001",
        title=TITLES[0],
        display_artist="Åsa & the <Norns>",
        artists=(ARTIST,),
        label_reference="P3",
        p_line=P_LINE,
        c_line=RightsLine(year=2026, text="2026 Söder & Söner"),
        duration=sum((recording.duration for recording in recordings), Decimal(0)),
        genre=GENRE,
        release_date=date(2026, 2, 20),
        original_release_date=date(2026, 2, 20),
        parental_warning=ParentalWarning.NOT_EXPLICIT if single else ParentalWarning.EXPLICIT,
        group=_group(recordings, single),
    )


def _group(recordings: tuple[PlannedSoundRecording, ...], single: bool) -> PlannedGroup:
    """A single links its cover from its item; an album has two discs, the last track alone on the second."""
    cover = (f"A{len(recordings) + 1}",)
    if single:
        item = PlannedItem(resource_reference=recordings[0].reference, sequence=1, linked=cover)
        return PlannedGroup(items=(item,))
    discs = tuple(
        PlannedGroup(
            type=GroupType.COMPONENT,
            sequence=number,
            disc_number=number,
            items=tuple(
                PlannedItem(resource_reference=recording.reference, sequence=place)
                for place, recording in enumerate(disc, start=1)
            ),
        )
        for number, disc in enumerate((recordings[:2], recordings[2:]), start=1)
    )
    return PlannedGroup(groups=discs, linked=cover)


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
