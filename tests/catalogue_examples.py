"""Releases to test with that can be read at a glance; `tests.any_release` has those that hypothesis makes up."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

from distro_core.messages.order import MessageOrder
from distro_sdk.models.assets import (
    Asset,
    AssetKind,
    AudioFormat,
    AudioProperties,
    FileHashes,
    ImageFormat,
    ImageProperties,
)
from distro_sdk.models.catalogue import (
    ArtistRole,
    CompleteRelease,
    Contributor,
    ContributorRole,
    DisplayArtist,
    Genre,
    ImageType,
    ParentalWarning,
    Party,
    Preview,
    Release,
    ReleaseImage,
    ReleaseType,
    RightsLine,
    Track,
)
from distro_sdk.models.commerce import (
    CommercialModel,
    CommercialTerms,
    Price,
    Rights,
    Territories,
    UseType,
)
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype, MessagingParty

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


def example_uri(kind: FileKind, name: str) -> str:
    """Where a choreography could put a resource."""
    return f"{kind.value}/{name}"


def example_order(
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    *,
    terms: tuple[CommercialTerms, ...] = (STREAMING,),
    test: bool = False,
    already_delivered: frozenset[str] = frozenset(),
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
    )
