"""Resources of the example plans: made up, complete, and full of characters that XML must escape."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from distro_sdk.models.assets import (
    AudioFormat,
    AudioProperties,
    FileHashes,
    ImageFormat,
    ImageProperties,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.models.catalogue import ArtistRole, ContributorRole, ImageType, ParentalWarning, Preview, VideoType
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.planned_resources import (
    PlannedArtist,
    PlannedContributor,
    PlannedFile,
    PlannedImage,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
    PlannedWork,
)
from distro_sdk.models.structure import Cue

ICPN = "4006381333931"
TITLES = ("Ænima & <Fjörd>", "光と影 \"I\" 'II'", "Zażółć — gęślą 🎵")
ISRCS = ("SEAYD7900101", "SEAYD7900102", "SEAYD7900103")
VIDEO_ISRCS = ("SEAYD7900201", "SEAYD7900202")
ARTIST = PlannedArtist(party_reference="P1", role=ArtistRole.MAIN_ARTIST, sequence=1)
CONTRIBUTORS = (
    PlannedContributor(party_reference="P2", roles=(ContributorRole.COMPOSER, ContributorRole.LYRICIST), sequence=1),
)
P_LINE = RightsLine(year=2025, text="2025 Söder & Söner", company="Söder & Söner")
DISPLAY_ARTIST = "Åsa & the <Norns>"
CUES = (
    Cue(title="Ænima & <Fjörd>", start_time=Decimal(0), duration=Decimal("180.5"), isrc=ISRCS[0]),
    Cue(title="Encore", start_time=Decimal(200), duration=Decimal(90), iswc="T0345246801", display_artist="A <Guest>"),
)


def example_file(kind: str, name: str, size: int) -> PlannedFile:
    """A file that comes along; its content is its name. `size`: bytes."""
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


def example_recording(number: int, *, classical: bool = False) -> PlannedSoundRecording:
    """A recording in FLAC, the first with a preview. `number`: from 1; `classical`: a movement of a work."""
    title = TITLES[number - 1]
    return PlannedSoundRecording(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        track_id=f"track-{number}",
        isrc=ISRCS[number - 1],
        work=PlannedWork(opus_number="Op. 67") if classical else None,
        title=title,
        version="Live <Unplugged>" if number == 2 else None,
        formal_title=f"Łukasz Ćwik: Symfonia: {title}" if classical else None,
        display_artist=DISPLAY_ARTIST,
        artists=(ARTIST,),
        contributors=CONTRIBUTORS,
        p_line=P_LINE,
        duration=Decimal("187.25") + number,
        parental_warning=ParentalWarning.EXPLICIT if number == 3 else ParentalWarning.NOT_EXPLICIT,
        language="sv",
        preview=Preview(start_time=Decimal(30)) if number == 1 else None,
        classical=classical,
        audio=AudioProperties(
            format=AudioFormat.FLAC,
            codec="FLAC",
            lossless=True,
            duration=Decimal("187.25") + number,
            channels=2,
            sample_rate=96_000,
            bit_depth=24,
        ),
        file=example_file("audio", f"{ICPN}_01_{number:02}.flac", 40_000_000 + number),
    )


def example_video(number: int, place: int, capture: int | None, *, long: bool = False) -> PlannedVideo:
    """A video. `number`: among all resources; `place`: among videos, from 1; `capture`: number of its image."""
    return PlannedVideo(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        track_id=f"video-{place}",
        isrc=VIDEO_ISRCS[place - 1],
        title=TITLES[place - 1],
        display_artist=DISPLAY_ARTIST,
        artists=(ARTIST,),
        contributors=CONTRIBUTORS,
        p_line=P_LINE,
        c_line=RightsLine(year=2026, text="2026 Söder & Söner"),
        duration=Decimal("3600.5") if long else Decimal("200.04"),
        parental_warning=ParentalWarning.NOT_EXPLICIT,
        language="sv",
        type=VideoType.LONG_FORM if long else VideoType.SHORT_FORM,
        video=VideoProperties(
            format=VideoFormat.MOV,
            video_codec="H264",
            duration=Decimal("3600.5") if long else Decimal("200.04"),
            width=1920,
            height=1080,
            frame_rate=Decimal("23.976"),
            bit_rate=12_000,
            audio_codec="AAC",
            channels=2,
            sample_rate=48_000,
        ),
        screen_capture_reference=None if capture is None else f"A{capture}",
        cues=CUES if long else (),
        file=example_file("video", f"{ICPN}_02_{place:02}.mov", 400_000_000 + place),
    )


def example_image(number: int, place: int, type: ImageType) -> PlannedImage:
    """An image. `number`: among all resources; `place`: among images, from 1."""
    return PlannedImage(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        type=type,
        proprietary_id=f"{ICPN}_IMG{place}",
        parental_warning=ParentalWarning.NOT_EXPLICIT,
        image=ImageProperties(format=ImageFormat.JPEG, width=3000, height=3000, colour_mode="RGB", resolution=300),
        file=example_file("images", f"{ICPN}_IMG{place}.jpg", 1_200_000),
    )


def example_booklet(number: int) -> PlannedText:
    """A booklet. `number`: among all resources."""
    return PlannedText(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        proprietary_id=f"{ICPN}_TXT1",
        title=TITLES[0],
        parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
        file=example_file("documents", f"{ICPN}_TXT1.pdf", 900_000),
    )
