"""Any complete release, and any order of its message, as hypothesis makes them up.

A release of a hundred tracks repeats a few made-up tracks, so that hypothesis has little to draw and much to shrink.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict

import pycountry
from hypothesis import strategies as st
from stdnum import ean

from distro_sdk.ern4.writing.instruments import INSTRUMENTS
from distro_sdk.models.assets import Asset, AudioFormat, ImageFormat
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
    Track,
)
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Price, Rights, Territories, UseType
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessageSubtype
from tests.catalogue_examples import audio_asset, example_order, image_asset

SHORTEST = Decimal("30.25")
"""Seconds: the shortest recording in which the made-up previews fit."""

RELEASE_TYPES = (ReleaseType.SINGLE, ReleaseType.EP, ReleaseType.ALBUM, ReleaseType.COMPILATION)
LANGUAGES = ("en", "sv", "ja", "zh-Hant", "pt-BR", "sr-Latn-RS")
CODES = tuple(sorted({country.alpha_2 for country in pycountry.countries} | {"XK"}))

OTHER_IMAGES = tuple(kind for kind in ImageType if kind not in {ImageType.FRONT_COVER, ImageType.SCREEN_CAPTURE})
ILLEGAL = {chr(number) for number in range(32) if chr(number) not in "\t\n"} | {"\ufffe", "\uffff"}
HOSTILE = ('AC<DC> & "Co"', "]]>", "&amp;", "<!-- x -->", "夢のララバイ", "a" * 255)

words = (
    st.text(st.characters(codec="utf-8", exclude_characters=sorted(ILLEGAL)), min_size=1, max_size=60)
    .map(str.strip)
    .filter(bool)
) | st.sampled_from(HOSTILE)
dates = st.dates(date(1950, 1, 1), date(2090, 12, 31))
lines = st.builds(RightsLine, year=st.integers(1850, 2200), text=words, company=st.none() | words)
genres = st.builds(Genre, name=words, subgenre_name=st.none() | words)
icpns = st.sampled_from((7, 11, 12, 13)).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length).map(
        lambda digits: digits + ean.calc_check_digit(digits)
    )
)
code_lists = st.lists(st.sampled_from(CODES), unique=True, min_size=1, max_size=12)
territories = (
    st.just(Territories())
    | code_lists.map(lambda codes: Territories(excluded=tuple(codes)))
    | code_lists.map(lambda codes: Territories(included=tuple(codes)))
    | code_lists.map(lambda codes: Territories(included=tuple(codes[:1]), excluded=tuple(codes[1:])))
)
prices = st.builds(
    Price, amount=st.decimals(0, 100, places=2), currency=st.sampled_from(("EUR", "USD", "JPY", "GBP", "BRL"))
)
terms = st.lists(
    st.builds(
        CommercialTerms,
        commercial_model=st.sampled_from(tuple(CommercialModel)),
        use_types=st.lists(st.sampled_from(tuple(UseType)), unique=True, min_size=1, max_size=4).map(tuple),
        price=st.none() | prices,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda deal: deal.commercial_model,
).map(tuple)
orders = st.builds(
    example_order,
    st.sampled_from(tuple(MessageSubtype)),
    terms=terms,
    test=st.booleans(),
    already_delivered=st.sampled_from((frozenset(), frozenset({"audio-0", "image-0"}))),
)


class Credits(TypedDict):
    """Who is shown and who contributed."""

    artists: tuple[DisplayArtist, ...]
    contributors: tuple[Contributor, ...]


@st.composite
def credit_lists(draw: st.DrawFn, party_count: int) -> Credits:
    """Artists and contributors among some parties; a party may contribute more than once, and be shown as well."""
    ids = st.integers(0, party_count - 1).map(lambda number: f"party-{number}")
    roles = st.lists(st.sampled_from(tuple(ContributorRole)), min_size=1, max_size=4, unique=True).map(tuple)
    instruments = st.lists(words | st.sampled_from(sorted(INSTRUMENTS)), max_size=2, unique=True).map(tuple)
    artists = st.lists(
        st.builds(DisplayArtist, party_id=ids, role=st.sampled_from(tuple(ArtistRole))), min_size=1, max_size=3
    )
    contributors = st.lists(st.builds(Contributor, party_id=ids, roles=roles, instruments=instruments), max_size=4)
    return {"artists": tuple(draw(artists)), "contributors": tuple(draw(contributors))}


@st.composite
def parties(draw: st.DrawFn, number: int) -> Party:
    """A party with and without identifiers."""
    return Party(
        id=f"party-{number}",
        name=draw(words),
        name_indexed=draw(st.none() | words),
        isni=draw(st.sampled_from((None, "0000000121032683"))),
        ipi=draw(st.sampled_from((None, "00014107338"))),
        ipn=draw(st.none() | st.text("0123456789", min_size=8, max_size=8)),
        dpid=draw(st.sampled_from((None, "PADPIDA2014120301L"))),
    )


@st.composite
def made_up_tracks(draw: st.DrawFn, party_count: int) -> Track:
    """A track whose place, ISRC and audio are still to be set."""
    return Track(
        id="track",
        title=draw(words),
        version=draw(st.none() | words),
        iswc=draw(st.sampled_from((None, "T0345246801"))),
        display_artist=draw(words),
        genre=draw(st.none() | genres),
        language=draw(st.none() | st.sampled_from(LANGUAGES)),
        parental_warning=draw(st.sampled_from(tuple(ParentalWarning))),
        instrumental=draw(st.booleans()),
        preview=draw(st.sampled_from((None, Preview(start_time=Decimal("0.25")), Preview(start_time=Decimal(0))))),
        p_line=draw(st.none() | lines),
        first_publication_date=draw(st.none() | dates),
        **draw(credit_lists(party_count)),
    )


@st.composite
def rights_after(draw: st.DrawFn, release_date: date) -> Rights:
    """Rights that do not end before the release."""
    start = draw(dates)
    lasts = draw(st.none() | st.integers(0, 4000))
    return Rights(
        start_date=start,
        end_date=None if lasts is None else max(start, release_date) + timedelta(lasts),
        price_code=draw(st.none() | words.map(lambda text: text[:50].strip() or "T1")),
    )


@st.composite
def complete_releases(draw: st.DrawFn, *, max_tracks: int = 100) -> CompleteRelease:
    """Any audio release that is complete: 1 to 100 tracks on 1 to 3 discs, one cover and up to four further images."""
    count = draw(st.integers(1, 4) | st.integers(1, max_tracks))
    discs = draw(st.integers(1, min(3, count)))
    party_count = draw(st.integers(1, 6))
    made_up = draw(st.lists(made_up_tracks(party_count), min_size=1, max_size=4))
    further = draw(st.lists(st.sampled_from(OTHER_IMAGES), max_size=4))
    shown = draw(st.permutations((ImageType.FRONT_COVER, *further)))
    release_date = draw(dates)
    release = Release(
        id="release",
        title=draw(words),
        version=draw(st.none() | words),
        type=draw(st.sampled_from(RELEASE_TYPES)),
        display_artist=draw(words),
        label_party_id=f"party-{draw(st.integers(0, party_count - 1))}",
        icpn=draw(icpns),
        grid=draw(st.sampled_from((None, "A12425GABC1234002M"))),
        catalog_number=draw(st.none() | words),
        language=draw(st.sampled_from(LANGUAGES)),
        genre=draw(genres),
        parental_warning=draw(st.none() | st.sampled_from(tuple(ParentalWarning))),
        release_date=release_date,
        original_release_date=draw(st.none() | dates),
        p_line=draw(lines),
        c_line=draw(lines),
        territories=draw(territories),
        rights=draw(st.none() | rights_after(release_date)),
        tracks=tuple(_placed(made_up, place, 1 + place * discs // count) for place in range(count)),
        images=tuple(ReleaseImage(asset_id=f"image-{place}", type=kind) for place, kind in enumerate(shown)),
        **draw(credit_lists(party_count)),
    )
    return CompleteRelease(
        release=release,
        parties=tuple(draw(parties(number)) for number in range(party_count)),
        assets=(*draw(_audio(count)), *draw(_images(len(shown)))),
    )


def _placed(made_up: list[Track], place: int, disc: int) -> Track:
    return made_up[place % len(made_up)].model_copy(
        update={
            "id": f"track-{place}",
            "isrc": f"QZNLR26{place:05d}",
            "disc_number": disc,
            "audio_asset_id": f"audio-{place}",
        }
    )


@st.composite
def _audio(draw: st.DrawFn, count: int) -> list[Asset]:
    files = st.tuples(st.sampled_from(tuple(AudioFormat)), st.decimals(SHORTEST, 4000, places=6))
    made_up = draw(st.lists(files, min_size=1, max_size=3))
    return [
        audio_asset(f"audio-{place}", format=format, duration=str(seconds))
        for place in range(count)
        for format, seconds in (made_up[place % len(made_up)],)
    ]


@st.composite
def _images(draw: st.DrawFn, count: int) -> list[Asset]:
    formats = st.sampled_from(tuple(ImageFormat))
    return [image_asset(f"image-{place}", format=draw(formats)) for place in range(count)]
