"""Any recordings, videos, images and texts of a plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from distro_sdk.models.assets import (
    AudioFormat,
    AudioProperties,
    FileHashes,
    ImageFormat,
    ImageProperties,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    Preview,
    TitleTranslation,
    VideoType,
)
from distro_sdk.models.message import (
    MessageSubtype,
    ReleaseProfile,
)
from distro_sdk.models.planned_resources import (
    PlannedArtist,
    PlannedContributor,
    PlannedFile,
    PlannedImage,
    PlannedImmersiveEdition,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
    PlannedWork,
)
from distro_sdk.models.structure import Cue
from tests.any_message_shape import SIMPLE, Shape
from tests.any_release import LANGUAGES, dates, lines, words

OTHER_IMAGES = (ImageType.BACK_COVER, ImageType.BOOKLET, ImageType.ARTIST, ImageType.LABEL)


ISRC_PREFIX = "QZNLR26"


durations = st.decimals(Decimal("30.25"), 4000, places=3)


audio_files = st.builds(
    AudioProperties,
    format=st.sampled_from(AudioFormat),
    codec=st.just("PCM"),
    lossless=st.just(True),
    duration=durations,
    channels=st.integers(1, 8),
    sample_rate=st.sampled_from((44_100, 48_000, 96_000, 192_000)),
    bit_depth=st.sampled_from((None, 16, 24)),
    bit_rate=st.sampled_from((None, 320)),
)
video_files = st.builds(
    VideoProperties,
    format=st.sampled_from(VideoFormat),
    video_codec=st.sampled_from(("H264", "HEVC", "ProRes 422 HQ", "MPEG-2", "AV1")),
    duration=durations,
    width=st.just(1920),
    height=st.just(1080),
    frame_rate=st.sampled_from((None, Decimal(25), Decimal("23.976"))),
    bit_rate=st.sampled_from((None, 8_000)),
    audio_codec=st.sampled_from((None, "AAC", "PCM", "AC-3")),
    channels=st.sampled_from((None, 2, 6)),
    sample_rate=st.sampled_from((None, 48_000)),
)
image_files = st.builds(
    ImageProperties,
    format=st.sampled_from(ImageFormat),
    width=st.integers(100, 6000),
    height=st.integers(100, 6000),
    colour_mode=st.just("RGB"),
    resolution=st.sampled_from((None, 72, 300)),
)
translations = st.lists(
    st.builds(TitleTranslation, language=st.sampled_from(LANGUAGES), title=words, version=st.none() | words),
    max_size=2,
    unique_by=lambda translation: translation.language,
).map(tuple)


cues = st.lists(
    st.builds(
        Cue,
        title=words,
        start_time=st.decimals(0, 3000, places=2),
        duration=st.decimals(1, 600, places=2),
        isrc=st.just("QZNLR2600001"),
        iswc=st.none(),
        display_artist=st.none() | words,
        p_line=st.none() | lines,
        c_line=st.none() | lines,
    )
    | st.builds(
        Cue,
        title=words,
        start_time=st.decimals(0, 3000, places=2),
        duration=st.decimals(1, 600, places=2),
        iswc=st.just("T0345246801"),
    ),
    max_size=3,
).map(tuple)


@dataclass(frozen=True)
class Resources:
    """Every resource of a message."""

    sounds: tuple[PlannedSoundRecording, ...]
    videos: tuple[PlannedVideo, ...]
    images: tuple[PlannedImage, ...]
    texts: tuple[PlannedText, ...]

    @property
    def recordings(self) -> tuple[PlannedRecording, ...]:
        """Every primary resource."""
        return (*self.sounds, *self.videos)


def planned_file(kind: str, name: str, *, provided: bool) -> PlannedFile:
    """A file whose content is its name."""
    content = name.encode()
    return PlannedFile(
        uri=f"{kind}/{name}",
        name=name,
        asset_id=f"asset-{name}",
        size=1000 + len(content),
        hashes=FileHashes(
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(content).hexdigest(),
        ),
        provided=provided,
    )


@st.composite
def planned_artists(draw: st.DrawFn, party_count: int) -> tuple[PlannedArtist, ...]:
    shown = draw(
        st.lists(
            st.tuples(st.integers(1, party_count), st.sampled_from(tuple(ArtistRole))),
            min_size=1,
            max_size=2,
            unique=True,
        )
    )
    return tuple(
        PlannedArtist(party_reference=f"P{party}", role=role, sequence=place)
        for place, (party, role) in enumerate(shown, start=1)
    )


@st.composite
def _contributors(draw: st.DrawFn, party_count: int) -> tuple[PlannedContributor, ...]:
    named = draw(st.lists(st.integers(1, party_count), max_size=2, unique=True))
    roles = st.lists(st.sampled_from(tuple(ContributorRole)), min_size=1, max_size=3, unique=True).map(tuple)
    played = st.lists(words | st.sampled_from(("Violin", "Piano")), max_size=1).map(tuple)
    return tuple(
        PlannedContributor(party_reference=f"P{party}", roles=draw(roles), instruments=draw(played), sequence=place)
        for place, party in enumerate(named, start=1)
    )


@st.composite
def _common(draw: st.DrawFn, shape: Shape, party_count: int) -> dict[str, Any]:
    """What sound recordings and videos tell alike, but for their place."""
    return {
        "title": draw(words),
        "version": draw(st.none() | words),
        "formal_title": draw(words) if shape.classical else None,
        "work": draw(
            st.sampled_from((None, PlannedWork(iswc="T0345246801"), PlannedWork(composer_catalog_number="BWV 1007")))
        ),
        "translations": draw(translations),
        "display_artist": draw(words),
        "artists": draw(planned_artists(party_count)),
        "contributors": draw(_contributors(party_count)),
        "p_line": draw(st.none() | lines),
        "duration": draw(durations),
        "parental_warning": draw(st.sampled_from(tuple(ParentalWarning))),
        "language": draw(st.none() | st.sampled_from(LANGUAGES)),
        "first_publication_date": draw(st.none() | dates),
        "preview": draw(st.sampled_from((None, Preview(start_time=Decimal("0.25")), Preview(start_time=Decimal(0))))),
    }


def _place(shape: Shape, number: int) -> dict[str, str]:
    return {
        "reference": f"A{number}",
        "technical_reference": f"T{number}",
        "track_id": f"track-{number}",
        "isrc": f"{ISRC_PREFIX}{number:05d}",
    }


def _travels(shape: Shape, number: int) -> bool:
    """A takedown sends no file; an update those that changed."""
    return shape.subtype is MessageSubtype.INITIAL or (shape.subtype is MessageSubtype.UPDATE and number % 2 == 0)


@st.composite
def _sound_recordings(draw: st.DrawFn, shape: Shape, party_count: int) -> tuple[PlannedSoundRecording, ...]:
    kinds = st.tuples(_common(shape, party_count), audio_files, st.booleans(), st.booleans())
    made_up = draw(st.lists(kinds, min_size=1, max_size=3)) if shape.audio else []
    recordings = []
    for number in range(1, shape.audio + 1):
        common, audio, instrumental, twin = made_up[number % len(made_up)]
        provided = _travels(shape, number)
        immersive = PlannedImmersiveEdition(
            technical_reference=f"T{number}I",
            isrc=f"{ISRC_PREFIX}{50_000 + number:05d}",
            audio=audio.model_copy(update={"format": AudioFormat.WAV, "channels": 12}),
            file=planned_file("audio", f"{number}_immersive.wav", provided=provided),
        )
        recordings.append(
            PlannedSoundRecording(
                **_place(shape, number),
                **common,
                instrumental=instrumental,
                classical=shape.classical,
                audio=audio,
                file=planned_file("audio", f"{number}.{audio.format.value.lower()}", provided=provided),
                immersive=immersive if twin and shape.options.immersive_audio else None,
            )
        )
    return tuple(recordings)


@st.composite
def _videos(draw: st.DrawFn, shape: Shape, party_count: int) -> tuple[int, tuple[PlannedVideo, ...]]:
    """Videos, and how many of them, from the first on, have an image that stands for them."""
    # A simple video single without any image breaks RP 2.1, F 1293.
    captures = draw(st.integers(1 if shape.profile in SIMPLE and shape.video else 0, shape.video))
    kinds = st.tuples(_common(shape, party_count), video_files, st.none() | lines)
    made_up = draw(st.lists(kinds, min_size=1, max_size=2)) if shape.video else []
    long = shape.profile is ReleaseProfile.LONG_FORM_VIDEO
    videos = []
    for place in range(shape.video):
        number = shape.audio + place + 1
        common, video, c_line = made_up[place % len(made_up)]
        videos.append(
            PlannedVideo(
                **_place(shape, number),
                **{**common, "formal_title": None},
                type=VideoType.LONG_FORM if long else VideoType.SHORT_FORM,
                c_line=c_line,
                video=video,
                screen_capture_reference=f"A{shape.count + place + 1}" if place < captures else None,
                cues=draw(cues) if long else (),
                file=planned_file("video", f"{number}.{video.format.value.lower()}", provided=_travels(shape, number)),
            )
        )
    return captures, tuple(videos)


@st.composite
def _images(draw: st.DrawFn, shape: Shape, captures: int) -> tuple[PlannedImage, ...]:
    """Captures first, so that their references are known; then the cover where the profile has one, then others."""
    types = [ImageType.SCREEN_CAPTURE] * captures
    if shape.profile not in {ReleaseProfile.VIDEO, ReleaseProfile.SIMPLE_VIDEO_SINGLE} or shape.video > 1:
        types.append(ImageType.FRONT_COVER)
    if shape.profile in {ReleaseProfile.AUDIO, ReleaseProfile.MIXED_MEDIA}:
        types += draw(st.lists(st.sampled_from(OTHER_IMAGES), max_size=2))
    file = draw(image_files)
    return tuple(
        PlannedImage(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            type=type,
            proprietary_id=f"IMG_{number:03d}",
            parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
            image=file,
            file=planned_file("image", f"{number}.jpg", provided=_travels(shape, number)),
        )
        for number, type in enumerate(types, start=shape.count + 1)
    )


@st.composite
def _texts(draw: st.DrawFn, shape: Shape, first: int) -> tuple[PlannedText, ...]:
    if shape.profile in SIMPLE or not draw(st.booleans()):
        return ()
    booklet = PlannedText(
        reference=f"A{first}",
        technical_reference=f"T{first}",
        proprietary_id="TXT_001",
        title=draw(words),
        parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
        file=planned_file("document", "booklet.pdf", provided=_travels(shape, first)),
    )
    return (booklet,)


@st.composite
def planned_resources(draw: st.DrawFn, shape: Shape, party_count: int) -> Resources:
    """Every resource of a message, numbered in the order of their kinds."""
    sounds = draw(_sound_recordings(shape, party_count))
    captures, videos = draw(_videos(shape, party_count))
    images = draw(_images(shape, captures))
    texts = draw(_texts(shape, first=shape.count + len(images) + 1))
    return Resources(sounds=sounds, videos=videos, images=images, texts=texts)
