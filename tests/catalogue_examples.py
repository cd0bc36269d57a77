"""Releases to test with that can be read at a glance; `tests.any_release` has those that hypothesis makes up."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from distro_core.messages.order import MessageOrder
from distro_sdk.models.assets import (
    Asset,
    AssetKind,
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
    CompleteRelease,
    Contributor,
    ContributorRole,
    DisplayArtist,
    Genre,
    ImageType,
    ImmersiveEdition,
    ParentalWarning,
    Party,
    Preview,
    Release,
    ReleaseImage,
    ReleaseType,
    ResourceType,
    TitleTranslation,
    Track,
    VideoType,
)
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
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessageOptions, MessageSubtype, MessagingParty
from distro_sdk.models.structure import Cue, MusicalWork, ReleaseComponent

LABEL = MessagingParty(dpid="PADPIDA2014120301L", name="Northern Light Records")
PLATFORM = MessagingParty(dpid="PADPIDA2013020802I", name="Example DSP")
MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

STREAMING = CommercialTerms(
    commercial_model=CommercialModel.SUBSCRIPTION,
    use_types=(UseType.ON_DEMAND_STREAM, UseType.NON_INTERACTIVE_STREAM),
)
ADVERTISING = CommercialTerms(
    commercial_model=CommercialModel.ADVERTISEMENT_SUPPORTED, use_types=(UseType.ON_DEMAND_STREAM,)
)
DOWNLOAD = CommercialTerms(
    commercial_model=CommercialModel.PAY_AS_YOU_GO,
    use_types=(UseType.PERMANENT_DOWNLOAD,),
    price=Price(amount=Decimal("0.99"), currency="EUR"),
)

PARTIES = (
    Party(id="artist", name="Åsa & The <Tides>", isni="0000000121032683", ipi="00014107338"),
    Party(id="guest", name="しゅうさえこ", name_indexed="Shu, Saeko"),
    Party(id="writer", name="W. Riter", ipi="00052210040"),
    Party(id="publisher", name="Paper Publishing"),
    Party(id="label", name="Northern Light"),
)


def hashes(of: str) -> FileHashes:
    """Hashes of some text, standing for a file's content."""
    content = of.encode()
    return FileHashes(
        md5=hashlib.md5(content).hexdigest(),
        sha1=hashlib.sha1(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def audio_asset(id: str, *, format: AudioFormat = AudioFormat.FLAC, duration: str = "205.5") -> Asset:
    """An audio file: 24 bit and 96 kHz where lossless, 320 kbit/s MP3 otherwise."""
    lossless = format is not AudioFormat.MP3
    return Asset(
        id=id,
        kind=AssetKind.AUDIO,
        file_name=f"{id}.{format.value.lower()}",
        size=48_000_000,
        hashes=hashes(id),
        audio=AudioProperties(
            format=format,
            codec={"WAV": "PCM", "FLAC": "FLAC", "MP3": "MP3"}[format.value],
            lossless=lossless,
            duration=Decimal(duration),
            channels=2,
            sample_rate=96_000 if lossless else 44_100,
            bit_depth=24 if lossless else None,
            bit_rate=2_600 if lossless else 320,
        ),
    )


def image_asset(id: str, *, format: ImageFormat = ImageFormat.JPEG, side: int = 3000) -> Asset:
    """A square RGB image. `side`: pixels."""
    return Asset(
        id=id,
        kind=AssetKind.IMAGE,
        file_name=f"{id}.{'jpg' if format is ImageFormat.JPEG else 'png'}",
        size=1_200_000,
        hashes=hashes(id),
        image=ImageProperties(format=format, width=side, height=side, colour_mode="RGB", resolution=300),
    )


def video_asset(id: str, *, duration: str = "205.5") -> Asset:
    """A full HD video with stereo sound."""
    return Asset(
        id=id,
        kind=AssetKind.VIDEO,
        file_name=f"{id}.mp4",
        size=410_000_000,
        hashes=hashes(id),
        video=VideoProperties(
            format=VideoFormat.MP4,
            video_codec="H264",
            duration=Decimal(duration),
            width=1920,
            height=1080,
            frame_rate=Decimal(25),
            bit_rate=16_000,
            audio_codec="AAC",
            channels=2,
            sample_rate=48_000,
        ),
    )


def booklet_asset(id: str = "booklet") -> Asset:
    """A PDF file."""
    return Asset(id=id, kind=AssetKind.DOCUMENT, file_name=f"{id}.pdf", size=2_400_000, hashes=hashes(id))


def example_track(number: int, *, disc: int = 1) -> Track:
    """A track with all its fields; its audio asset is ``audio-<number>``."""
    return Track(
        id=f"track-{number}",
        title=f"Tide {number}",
        version="Live" if number % 5 == 0 else None,
        disc_number=disc,
        isrc=f"QZNLR26{number:05d}",
        iswc="T0345246801",
        display_artist="Åsa & The <Tides> feat. しゅうさえこ",
        artists=(
            DisplayArtist(party_id="artist"),
            DisplayArtist(party_id="guest", role=ArtistRole.FEATURED_ARTIST),
        ),
        contributors=(
            Contributor(party_id="writer", roles=(ContributorRole.COMPOSER, ContributorRole.LYRICIST)),
            Contributor(party_id="publisher", roles=(ContributorRole.MUSIC_PUBLISHER,)),
            Contributor(party_id="guest", roles=(ContributorRole.VOCALIST,), instruments=("Voice",)),
        ),
        language="sv",
        parental_warning=ParentalWarning.EXPLICIT if number == 2 else ParentalWarning.NOT_EXPLICIT,
        preview=Preview(start_time=Decimal("30.5")),
        p_line=RightsLine(year=2025, text="2025 Northern Light"),
        audio_asset_id=f"audio-{number}",
    )


def example_release(
    *,
    tracks: int = 2,
    discs: int = 1,
    type: ReleaseType = ReleaseType.SINGLE,
    images: tuple[ImageType, ...] = (ImageType.FRONT_COVER,),
    territories: Territories = Territories(),  # noqa: B008 (immutable)
    rights: Rights | None = Rights(start_date=date(2026, 12, 4)),  # noqa: B008 (immutable)
) -> CompleteRelease:
    """A complete release; its tracks are spread evenly over the discs."""
    release = Release(
        id="release",
        title='AC<DC> & "Co"',
        version="Deluxe",
        type=type,
        display_artist="Åsa & The <Tides>",
        artists=(DisplayArtist(party_id="artist"),),
        contributors=(Contributor(party_id="writer", roles=(ContributorRole.PRODUCER,)),),
        label_party_id="label",
        icpn="0094631432057",
        catalog_number="NLR 12/26",
        language="sv",
        genre=Genre(code="POP-00", name="Pop", subgenre_code="INDIE-POP-00", subgenre_name="Indie Pop"),
        release_date=date(2026, 12, 4),
        original_release_date=date(2019, 3, 1),
        p_line=RightsLine(year=2019, text="2019 Northern Light"),
        c_line=RightsLine(year=2018, text="2018 Northern Light"),
        territories=territories,
        rights=rights,
        tracks=tuple(example_track(n, disc=1 + (n - 1) * discs // tracks) for n in range(1, tracks + 1)),
        images=tuple(ReleaseImage(asset_id=f"image-{n}", type=shown) for n, shown in enumerate(images, start=1)),
    )
    assets = [audio_asset(f"audio-{n}") for n in range(1, tracks + 1)]
    assets += [image_asset(f"image-{n}") for n in range(1, len(images) + 1)]
    return CompleteRelease(release=release, parties=PARTIES, assets=tuple(assets))


def five_track_ep() -> CompleteRelease:
    """Five tracks, three images, rights that end, some territories."""
    return example_release(
        tracks=5,
        type=ReleaseType.EP,
        images=(ImageType.FRONT_COVER, ImageType.BACK_COVER, ImageType.ARTIST),
        territories=Territories(included=("DE", "AT", "CH")),
        rights=Rights(start_date=date(2026, 12, 4), end_date=date(2031, 12, 31), price_code="EP-2"),
    )


def simple_single() -> CompleteRelease:
    """One track, one cover: profile SimpleAudioSingle."""
    return example_release(tracks=1)


def two_disc_album() -> CompleteRelease:
    """Twelve tracks on two discs."""
    return example_release(tracks=12, discs=2, type=ReleaseType.ALBUM)


def with_fields(complete: CompleteRelease, *more: Asset, **fields: Any) -> CompleteRelease:
    """The release with other fields and further assets."""
    release = complete.release.model_copy(update=fields)
    return complete.model_copy(update={"release": release, "assets": (*complete.assets, *more)})


def as_video(track: Track, *, capture: bool = True, type: VideoType = VideoType.SHORT_FORM) -> Track:
    """A track as a video; its assets are ``video-<track>`` and ``capture-<track>``."""
    return track.model_copy(
        update={
            "resource_type": ResourceType.VIDEO,
            "audio_asset_id": None,
            "video_type": type,
            "video_asset_id": f"video-{track.id}",
            "screen_capture_asset_id": f"capture-{track.id}" if capture else None,
        }
    )


def files_of_video(track: Track) -> tuple[Asset, ...]:
    """The assets that a track as a video names."""
    return video_asset(f"video-{track.id}"), image_asset(f"capture-{track.id}")


def video_single() -> CompleteRelease:
    """One video with the image that stands for it: profile SimpleVideoSingle."""
    single = example_release(tracks=1, type=ReleaseType.VIDEO)
    track = single.release.tracks[0]
    return with_fields(single, *files_of_video(track), tracks=(as_video(track),), images=())


def video_album() -> CompleteRelease:
    """Three videos with a cover: profile Video."""
    album = example_release(tracks=3, type=ReleaseType.VIDEO)
    files = [file for track in album.release.tracks for file in files_of_video(track)]
    return with_fields(album, *files, tracks=tuple(as_video(track) for track in album.release.tracks))


def long_form_video() -> CompleteRelease:
    """A concert with what is heard in it: profile LongFormMusicalWorkVideo."""
    concert = example_release(tracks=1, type=ReleaseType.VIDEO)
    track = concert.release.tracks[0]
    cues = (
        Cue(title="Tide 1", start_time=Decimal(0), duration=Decimal("90.5"), isrc="QZNLR2600101"),
        Cue(title="Tide 2", start_time=Decimal("90.5"), duration=Decimal(100), iswc="T0345246801"),
    )
    film = as_video(track, capture=False, type=VideoType.LONG_FORM).model_copy(update={"cues": cues})
    return with_fields(concert, video_asset(f"video-{track.id}"), tracks=(film,))


def mixed_release() -> CompleteRelease:
    """Two recordings and a video: profile MixedMedia."""
    mixed = example_release(tracks=3, type=ReleaseType.MIXED)
    first, second, third = mixed.release.tracks
    return with_fields(mixed, *files_of_video(third), tracks=(first, second, as_video(third)))


def box_set() -> CompleteRelease:
    """Three discs, two releases within the box and a disc of its own: variant BoxedSet."""
    box = example_release(tracks=6, discs=3, type=ReleaseType.ALBUM)
    components = (
        ReleaseComponent(title="High Water", icpn="0094631432064", disc_numbers=(1,)),
        ReleaseComponent(title="Low Water", icpn="0094631432071", disc_numbers=(2,)),
    )
    return with_fields(box, components=components)


def classical_album() -> CompleteRelease:
    """A symphony of three movements and a piece beside it: variant Classical."""
    album = example_release(tracks=4, type=ReleaseType.ALBUM)
    work = MusicalWork(title="Symphony No. 5", track_ids=("track-1", "track-2", "track-3"), opus_number="Op. 67")
    return with_fields(album, works=(work,))


def immersive_single() -> CompleteRelease:
    """One track with its immersive twin, and a booklet."""
    single = example_release(tracks=1)
    track = single.release.tracks[0]
    twin = ImmersiveEdition(isrc="QZNLR2600901", audio_asset_id="atmos")
    track = track.model_copy(update={"immersive": twin})
    return with_fields(
        single,
        audio_asset("atmos", format=AudioFormat.WAV),
        booklet_asset(),
        tracks=(track,),
        booklet_asset_id="booklet",
    )


def announced_album() -> CompleteRelease:
    """An album that is shown and can be ordered before its date, at other dates in two groups of territories."""
    album = example_release(tracks=3, type=ReleaseType.ALBUM, rights=Rights(start_date=date(2026, 11, 1)))
    first, *others = album.release.tracks
    groups = (
        TerritoryGroup(territories=Territories(included=("DE", "AT")), start_date=date(2026, 12, 4)),
        TerritoryGroup(
            territories=Territories(excluded=("DE", "AT")),
            start_date=date(2026, 12, 11),
            end_date=date(2030, 1, 31),
            price_code="LATE",
        ),
    )
    return with_fields(
        album,
        territory_groups=groups,
        pre_order_date=date(2026, 11, 20),
        visibility=Visibility(display_start=date(2026, 11, 1), cover_art_start=date(2026, 11, 10)),
        translations=(TitleTranslation(language="de", title="Gezeiten", version="Luxusausgabe"),),
        tracks=(first.model_copy(update={"instant_gratification_date": date(2026, 11, 20)}), *others),
    )


EVERY_KIND = {
    "single": simple_single,
    "EP": five_track_ep,
    "two discs": two_disc_album,
    "video single": video_single,
    "video album": video_album,
    "long-form video": long_form_video,
    "mixed": mixed_release,
    "box set": box_set,
    "classical": classical_album,
    "immersive": immersive_single,
    "announced": announced_album,
}
"""A release of each kind that messages can tell of, by what it is."""


def example_uri(kind: FileKind, name: str) -> str:
    """Where a choreography could put a resource."""
    return f"{kind.value}/{name}"


def example_order(
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    *,
    terms: tuple[CommercialTerms, ...] = (STREAMING,),
    test: bool = False,
    already_delivered: frozenset[str] = frozenset(),
    options: MessageOptions = MessageOptions(),  # noqa: B008 (immutable)
) -> MessageOrder:
    """An order from the example label to the example platform."""
    return MessageOrder(
        message_id="MSG-2026-11-21-0000000000000001",
        thread_id="release",
        subtype=subtype,
        test=test,
        created_at=MOMENT,
        sender=LABEL,
        recipients=(PLATFORM,),
        terms=terms,
        resource_uri=example_uri,
        already_delivered=already_delivered,
        options=options,
    )
