"""Releases to test with: a few that can be read at a glance, and a strategy for any that the catalogue allows."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

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


def with_check_digit(digits: str) -> str:
    """Digits with their GS1 check digit."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=60
).filter(lambda text: bool(text.strip()) and all(ord(character) & 0xFFFE != 0xFFFE for character in text))
dates = st.dates(date(1950, 1, 1), date(2090, 12, 31))
lines = st.builds(RightsLine, year=st.integers(1850, 2200), text=words, company=st.none() | words)
icpns = st.sampled_from((7, 11, 12, 13)).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length).map(with_check_digit)
)
territories = st.one_of(
    st.just(Territories()),
    st.builds(
        lambda codes: Territories(excluded=tuple(codes)),
        st.lists(st.sampled_from(("US", "GB", "JP")), unique=True, max_size=3),
    ),
    st.builds(
        lambda codes: Territories(included=tuple(codes), excluded=("US",)),
        st.lists(st.sampled_from(("DE", "AT", "CH", "FR", "BR")), unique=True, min_size=1),
    ),
)
terms = st.lists(
    st.builds(
        CommercialTerms,
        commercial_model=st.sampled_from(tuple(CommercialModel)),
        use_types=st.lists(st.sampled_from(tuple(UseType)), unique=True, min_size=1, max_size=4).map(tuple),
        price=st.none()
        | st.builds(
            Price,
            amount=st.decimals(0, 100, places=2),
            currency=st.sampled_from(("EUR", "USD", "JPY")),
        ),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda deal: deal.commercial_model,
).map(tuple)


@st.composite
def parties(draw: st.DrawFn, count: int) -> tuple[Party, ...]:
    """Some parties with and without identifiers."""
    return tuple(
        Party(
            id=f"party-{n}",
            name=draw(words),
            name_indexed=draw(st.none() | words),
            isni=draw(st.none() | st.just("0000000121032683")),
            ipi=draw(st.none() | st.just("00014107338")),
        )
        for n in range(count)
    )


@st.composite
def credits_of(draw: st.DrawFn, count: int) -> dict[str, tuple[object, ...]]:
    """Artists and contributors among `count` parties."""
    ids = st.integers(0, count - 1).map(lambda n: f"party-{n}")
    artists = draw(
        st.lists(
            st.builds(DisplayArtist, party_id=ids, role=st.sampled_from(tuple(ArtistRole))), min_size=1, max_size=3
        )
    )
    contributors = draw(
        st.lists(
            st.builds(
                Contributor,
                party_id=ids,
                roles=st.lists(st.sampled_from(tuple(ContributorRole)), min_size=1, max_size=4, unique=True).map(tuple),
                instruments=st.lists(words, max_size=2, unique=True).map(tuple),
            ),
            max_size=4,
        )
    )
    return {"artists": tuple(artists), "contributors": tuple(contributors)}


@st.composite
def complete_releases(draw: st.DrawFn, *, max_tracks: int = 30) -> CompleteRelease:
    """Any audio release that is complete."""
    tracks = draw(st.integers(1, max_tracks))
    discs = draw(st.integers(1, min(3, tracks)))
    party_count = draw(st.integers(1, 6))
    further = draw(st.lists(st.sampled_from([t for t in ImageType if t is not ImageType.FRONT_COVER]), max_size=4))
    shown = (ImageType.FRONT_COVER, *further)
    release_date, start = draw(dates), draw(dates)
    release = Release(
        id="release",
        title=draw(words),
        version=draw(st.none() | words),
        type=draw(st.sampled_from((ReleaseType.SINGLE, ReleaseType.EP, ReleaseType.ALBUM, ReleaseType.COMPILATION))),
        display_artist=draw(words),
        label_party_id=f"party-{draw(st.integers(0, party_count - 1))}",
        icpn=draw(icpns),
        catalog_number=draw(st.none() | words),
        language=draw(st.sampled_from(("en", "sv", "ja", "zh-Hant", "pt-BR"))),
        genre=draw(st.builds(Genre, name=words, subgenre_name=st.none() | words)),
        release_date=release_date,
        original_release_date=draw(st.none() | dates),
        p_line=draw(lines),
        c_line=draw(lines),
        territories=draw(territories),
        rights=draw(
            st.none()
            | st.builds(
                lambda days, code: Rights(
                    start_date=start,
                    end_date=None if days is None else max(start, release_date) + timedelta(days),
                    price_code=code,
                ),
                st.none() | st.integers(0, 4000),
                st.none() | words.map(lambda text: text[:50].strip() or "T1"),
            )
        ),
        tracks=tuple(draw(_tracks(tracks, discs, party_count))),
        images=tuple(ReleaseImage(asset_id=f"image-{n}", type=kind) for n, kind in enumerate(shown)),
        **draw(credits_of(party_count)),
    )
    formats = st.sampled_from(tuple(AudioFormat))
    seconds = st.integers(30_250, 4_000_000).map(lambda thousandths: str(Decimal(thousandths) / 1000))
    assets = [audio_asset(f"audio-{n}", format=draw(formats), duration=draw(seconds)) for n in range(tracks)]
    assets += [image_asset(f"image-{n}", format=draw(st.sampled_from(tuple(ImageFormat)))) for n in range(len(shown))]
    return CompleteRelease(release=release, parties=draw(parties(party_count)), assets=tuple(assets))


@st.composite
def _tracks(draw: st.DrawFn, count: int, discs: int, party_count: int) -> list[Track]:
    return [
        Track(
            id=f"track-{n}",
            title=draw(words),
            version=draw(st.none() | words),
            disc_number=1 + n * discs // count,
            isrc=f"QZNLR26{n:05d}",
            iswc=draw(st.none() | st.just("T0345246801")),
            display_artist=draw(words),
            genre=draw(st.none() | st.builds(Genre, name=words)),
            language=draw(st.none() | st.sampled_from(("en", "de"))),
            parental_warning=draw(st.sampled_from(tuple(ParentalWarning))),
            instrumental=draw(st.booleans()),
            preview=draw(st.none() | st.just(Preview(start_time=Decimal("0.25")))),
            p_line=draw(st.none() | lines),
            audio_asset_id=f"audio-{n}",
            **draw(credits_of(party_count)),
        )
        for n in range(count)
    ]


orders = st.builds(
    example_order,
    st.sampled_from(tuple(MessageSubtype)),
    terms=terms,
    test=st.booleans(),
    already_delivered=st.sampled_from((frozenset(), frozenset({"audio-0", "image-0"}))),
)
