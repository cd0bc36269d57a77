"""Every rule finds its fault: metadata without a fault, one thing broken, and the one finding it must give."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from distro_plugins import apple53
from distro_plugins.apple53 import AppleRules
from distro_plugins.apple53.tables import NAMESPACE, genre_codes, territories
from distro_plugins.genres.dictionary import load_dictionary
from distro_sdk.messages import MessageValidator
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import parse_message
from tests.unit.apple.plans import apple_plan, built, twin, with_recording

Break = Callable[[etree._Element], None]
PLAN = apple_plan()
ALBUM = built(PLAN)
ATMOS = built(with_recording(PLAN, 0, immersive=twin(PLAN.sound_recordings[0])))
TAKEDOWN = built(apple_plan(MessageSubtype.TAKEDOWN))
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def find(root: etree._Element, path: str) -> etree._Element:
    """The element of a path below the package, which must be there."""
    element = root if path == "." else root.find(path, {None: NAMESPACE})
    assert element is not None, path
    return element


def text(path: str, value: str) -> Break:
    """Write other text."""
    return lambda root: setattr(find(root, path), "text", value)


def remove(path: str) -> Break:
    """Take an element out."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def double(path: str) -> Break:
    """Let an element stand twice."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        element.addnext(deepcopy(element))

    return change


def attribute(path: str, name: str, value: str) -> Break:
    """Set an attribute."""
    return lambda root: find(root, path).set(name, value)


def make(path: str, xml: str) -> Break:
    """Append elements that are given as XML, in Apple's namespace."""

    def change(root: etree._Element) -> None:
        wrapped = f'<x xmlns="{NAMESPACE}">{xml}</x>'.encode()
        find(root, path).extend(list(parse_message(wrapped).root))

    return change


def together(*changes: Break) -> Break:
    """Several changes."""

    def change(root: etree._Element) -> None:
        for one in changes:
            one(root)

    return change


def many_tracks(root: etree._Element) -> None:
    """501 tracks on one volume."""
    tracks = find(root, "album/tracks")
    first = deepcopy(find(root, "album/tracks/track"))
    for track in list(tracks):
        tracks.remove(track)
    for number in range(1, 502):
        track = deepcopy(first)
        find(track, "track_number").text = str(number)
        find(track, "vendor_id").text = f"T{number}"
        find(track, "isrc").text = f"SEAYD79{number:05d}"
        find(track, "audio_file/file_name").text = f"{number}.wav"
        tracks.append(track)
    find(root, "album/track_count").text = "501"
    find(root, "album/volume_count").text = "1"


def guest(role: str = "Featuring", primary: str = "false", name: str = "Bo") -> str:
    """An artist who is a guest."""
    return (
        f"<artist><artist_name>{name}</artist_name><roles><role>{role}</role></roles>"
        f"<primary>{primary}</primary></artist>"
    )


TRACK = "album/tracks/track"
TITLE = f"{TRACK}/title"
ARTISTS = f"{TRACK}/artists"
PRODUCT = "album/products/product"
ADVANCE = "<preorder_sales_start_date>2026-01-20</preorder_sales_start_date>"
ASSET = f"{TRACK}/assets/asset"

BROKEN: Sequence[tuple[str, Severity, Break, str]] = (
    ("APPLE_VERSION_UNKNOWN", ERROR, attribute(".", "version", "5.3"), ""),
    ("APPLE_ALBUM_COUNT", ERROR, remove("album"), ""),
    ("APPLE_VENDOR_ID_MALFORMED", ERROR, text("album/vendor_id", "SÖD-001"), "/album/vendor_id"),
    ("APPLE_VENDOR_ID_MALFORMED", ERROR, text(f"{TRACK}/vendor_id", "a" * 101), "/album/tracks/track[1]/vendor_id"),
    ("APPLE_UPC_UNFIT", ERROR, text("album/upc", "4006381333932"), "/album/upc"),
    ("APPLE_UPC_UNFIT", ERROR, text("album/upc", "036000291452"), "/album/upc"),
    ("APPLE_ISRC_MALFORMED", ERROR, text(f"{TRACK}/isrc", "SE-AYD-79-00101"), "/album/tracks/track[1]/isrc"),
    ("APPLE_VENDOR_ID_DOUBLED", ERROR, text(f"{TRACK}/isrc", "SEAYD7900102"), "/album/tracks/track[1]/isrc"),
    ("APPLE_TRACK_COUNT", ERROR, text("album/track_count", "4"), "/album"),
    ("APPLE_TRACKS_TOO_MANY", ERROR, many_tracks, "/album"),
    ("APPLE_VOLUME_COUNT", ERROR, text("album/volume_count", "1"), "/album"),
    ("APPLE_VOLUME_COUNT", ERROR, text(f"{TRACK}[3]/volume_number", "4"), "/album"),
    ("APPLE_TRACK_NUMBERING", ERROR, text(f"{TRACK}[2]/track_number", "3"), "/album"),
    ("APPLE_FILE_NOT_BESIDE", ERROR, text(f"{TRACK}/audio_file/file_name", "audio/one.wav"), "/audio_file/file_name"),
    ("APPLE_FILE_NOT_BESIDE", ERROR, text(f"{TRACK}/audio_file/file_name", ".hidden"), "/audio_file/file_name"),
    (
        "APPLE_FILE_DOUBLED",
        ERROR,
        text(f"{TRACK}/audio_file/file_name", "4006381333931_01_02.FLAC"),
        "/album/tracks/track[1]/audio_file/file_name",
    ),
    ("APPLE_CHECKSUM_MALFORMED", ERROR, text(f"{TRACK}/audio_file/checksum", "0" * 40), "/audio_file/checksum"),
    (
        "APPLE_CHECKSUM_MALFORMED",
        ERROR,
        attribute(f"{TRACK}/audio_file/checksum", "type", "sha1"),
        "/audio_file/checksum",
    ),
    ("APPLE_GENRE_UNKNOWN", ERROR, attribute("album/genres/genre", "code", "POPP-00"), "/album/genres/genre[1]"),
    ("APPLE_GENRE_RESERVED", WARNING, attribute("album/genres/genre", "code", "KARAOKE-00"), "/album/genres/genre[1]"),
    ("APPLE_DEALS_MISSING", ERROR, remove(PRODUCT), "/album"),
    ("APPLE_TERRITORY_UNKNOWN", ERROR, text(f"{PRODUCT}/territory", "XX"), "/album/products/product"),
    ("APPLE_PRODUCT_DOUBLED", ERROR, double(PRODUCT), "/album/products/product[1]"),
    ("APPLE_FIRST_DAY_UNFIT", ERROR, remove(f"{PRODUCT}/sales_start_date"), "/album/products/product"),
    ("APPLE_FIRST_DAY_UNFIT", ERROR, text(f"{PRODUCT}/cleared_for_stream", "false"), "/album/products/product"),
    ("APPLE_DATE_MALFORMED", ERROR, text(f"{PRODUCT}/sales_start_date", "20260220"), "/product/sales_start_date"),
    (
        "APPLE_PRE_ORDER_UNFIT",
        ERROR,
        together(
            make(PRODUCT, ADVANCE),
            text(f"{PRODUCT}/cleared_for_stream", "false"),
            remove(f"{PRODUCT}/stream_start_date"),
        ),
        "/album/products/product",
    ),
    (
        "APPLE_PRE_ORDER_UNFIT",
        ERROR,
        make(
            TRACK,
            "<products><product><territory>SE</territory><cleared_for_sale>false</cleared_for_sale>"
            f"<cleared_for_stream>false</cleared_for_stream>{ADVANCE}</product></products>",
        ),
        "/album/tracks/track[1]/products/product/preorder_sales_start_date",
    ),
    (
        "APPLE_PRE_ORDER_LATE",
        ERROR,
        make(PRODUCT, ADVANCE.replace("2026-01-20", "2026-02-20")),
        "/album/products/product",
    ),
    (
        "APPLE_PRE_ORDER_TYPE_ALONE",
        ERROR,
        make(TRACK, "<preorder_type>standard</preorder_type>"),
        "/album/tracks/track[1]/preorder_type",
    ),
    ("APPLE_PRIMARY_MISSING", ERROR, text(f"{ARTISTS}/artist/primary", "false"), "/album/tracks/track[1]"),
    ("APPLE_GUEST_PRIMARY", ERROR, make(ARTISTS, guest(primary="true")), "/album/tracks/track[1]/artists/artist[3]"),
    ("APPLE_GUEST_DOUBLED", ERROR, make(ARTISTS, guest() + guest("With")), "/track[1]/artists/artist[4]"),
    (
        "APPLE_GUEST_NOT_ON_ALBUM",
        WARNING,
        together(*(make(f"{TRACK}[{place}]/artists", guest()) for place in (1, 2, 3))),
        "/album",
    ),
    ("APPLE_ARTIST_COMPOUND", WARNING, text(f"{ARTISTS}/artist/artist_name", "A x B"), "/artists/artist[1]"),
    ("APPLE_ARTIST_COMPOUND", WARNING, text(f"{ARTISTS}/artist/artist_name", "A, B"), "/artists/artist[1]"),
    ("APPLE_TITLE_REPEATS_GUEST", ERROR, together(make(ARTISTS, guest()), text(TITLE, "Sun (feat. Bo)")), "/title"),
    (
        "APPLE_TITLE_REPEATS_GUEST",
        ERROR,
        together(make(ARTISTS, guest("With")), text(TITLE, "Sun (with Bo)")),
        "/title",
    ),
    ("APPLE_TITLE_GUEST_FORM", WARNING, text(TITLE, "Sun (Ft. Bo)"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLE_GUEST_FORM", WARNING, text(TITLE, "Sun feat. Bo"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLE_ADVICE", ERROR, text(TITLE, "Sun (Explicit)"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLE_ADVICE", ERROR, text(f"{TRACK}[2]/title_version", "Clean Version"), "/track[2]/title_version"),
    ("APPLE_TITLE_EMOJI", ERROR, text("album/title", "Sun 🌞"), "/album/title"),
    ("APPLE_TITLE_EMOJI", ERROR, text("album/title", "Sun ❤\ufe0f"), "/album/title"),
    ("APPLE_TITLE_ARTIST", WARNING, text(TITLE, "Åsa & the <Norns> - Sun"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLE_PRODUCER", WARNING, text(TITLE, "Sun (Prod. by Bo)"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLE_MARKETING", WARNING, text(TITLE, "Sun (Official Audio)"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLES_JOINED", WARNING, text(TITLE, "Sun/ Moon"), "/album/tracks/track[1]/title"),
    ("APPLE_TITLES_JOINED", WARNING, text(TITLE, "Sun | Moon"), "/album/tracks/track[1]/title"),
    ("APPLE_VERSION_BRACKETS", WARNING, text(TITLE, "Sun (Live) (Acoustic)"), "/album/tracks/track[1]/title"),
    ("APPLE_VERSION_BRACKETS", WARNING, text(TITLE, "Sun [Live]"), "/album/tracks/track[1]/title"),
    ("APPLE_VERSION_BRACKETS", WARNING, text(f"{TRACK}[2]/title_version", "(Live)"), "/track[2]/title_version"),
    ("APPLE_CLEAN_UNPROVEN", WARNING, text(f"{TRACK}/explicit_content", "clean"), "/track[1]/explicit_content"),
)


def judged(root: etree._Element) -> list[ValidationIssue]:
    """What the rules find, read again so that lines are right."""
    return AppleRules().validate(parse_message(etree.tostring(root)))


def test_the_validator_speaks_of_its_format() -> None:
    rules: MessageValidator = AppleRules()

    assert (rules.name, rules.stage.value, *rules.formats) == ("apple53-rules", "business_rules", "apple/5.3")


@pytest.mark.parametrize("message", [ALBUM, ATMOS, TAKEDOWN], ids=["album", "with a twin", "takedown"])
def test_nothing_is_found_where_nothing_is_wrong(message: object) -> None:
    assert judged(message.root) == []  # type: ignore[attr-defined]


@pytest.mark.proves("APL-01")
@pytest.mark.parametrize(("code", "severity", "breaking", "path"), BROKEN)
def test_each_fault_is_found_alone_with_its_place(code: str, severity: Severity, breaking: Break, path: str) -> None:
    root = deepcopy(ALBUM.root)
    breaking(root)

    found = judged(root)

    assert {issue.code for issue in found} == {code}
    assert {issue.severity for issue in found} == {severity}
    assert found[0].path.startswith("/package")
    assert found[0].path.endswith(path)
    assert all(issue.line for issue in found)


@pytest.mark.proves("APL-01")
@pytest.mark.parametrize(
    ("code", "breaking"),
    [
        ("APPLE_ATMOS_ALONE", remove(f"{ASSET}/data_file")),
        ("APPLE_ATMOS_ISRC", attribute(f"{ASSET}/data_file[2]", "external_identifier.isrc", "")),
        ("APPLE_ATMOS_ISRC", attribute(f"{ASSET}/data_file[2]", "external_identifier.isrc", "SEAYD7900101")),
    ],
)
def test_faults_of_immersive_twins_are_found(code: str, breaking: Break) -> None:
    root = deepcopy(ATMOS.root)
    breaking(root)

    assert [issue.code for issue in judged(root)] == [code]


@pytest.mark.proves("APL-04")
@pytest.mark.parametrize(
    "breaking",
    [
        text(f"{PRODUCT}/territory", "SE"),
        double(PRODUCT),
        together(
            text(f"{PRODUCT}/cleared_for_stream", "true"),
            make(PRODUCT, "<stream_start_date>2026-01-01</stream_start_date>"),
        ),
        make("album", "<artwork_files><file><file_name>a.jpg</file_name></file></artwork_files>"),
    ],
)
def test_an_album_without_tracks_that_is_no_takedown_is_found(breaking: Break) -> None:
    root = deepcopy(TAKEDOWN.root)
    breaking(root)

    assert "APPLE_TAKEDOWN_UNFIT" in {issue.code for issue in judged(root)}


@pytest.mark.parametrize(
    "title",
    [
        "Sun (feat. Ann)",
        "Sun (with Ann)",
        "Sun (Live)",
        "Sun (Live) [Acoustic]",
        "Sun / Moon",
        "AC/DC Medley",
        "Clean",
        "Explicit Lies",
        "Official Girl",
        "With or Without You",
        "光と影",
        "Love ♥ Hate",
        "Defeat.",
    ],
)
def test_titles_that_are_well_are_left_in_peace(title: str) -> None:
    root = deepcopy(ALBUM.root)
    text(TITLE, title)(root)

    assert judged(root) == []


@pytest.mark.parametrize("name", ["Simon & Garfunkel", "Malcolm X", "Florence + the Machine", "Xx", "Featherstone"])
def test_artists_that_are_one_are_left_in_peace(name: str) -> None:
    root = deepcopy(ALBUM.root)
    text(f"{ARTISTS}/artist/artist_name", name)(root)

    assert judged(root) == []


def test_a_reserved_genre_is_well_where_the_title_says_so() -> None:
    root = deepcopy(ALBUM.root)
    together(
        attribute("album/genres/genre", "code", "SOUNDTRACK-00"), text("album/title", "Sun (Original Soundtrack)")
    )(root)

    assert judged(root) == []


def test_every_rule_has_a_fixture_and_stands_in_the_readme() -> None:
    folder = Path(apple53.__file__).parent
    sources = [folder / name for name in ("package_rules.py", "offer_rules.py", "style_rules.py")]
    written = {code for path in sources for code in re.findall(r'"(APPLE_[A-Z_]+)"', path.read_text("utf-8"))}
    elsewhere = {"APPLE_ATMOS_ALONE", "APPLE_ATMOS_ISRC", "APPLE_TAKEDOWN_UNFIT"}

    assert written == {code for code, *_ in BROKEN} | elsewhere
    assert written <= set(re.findall(r"`(APPLE_[A-Z_]+)`", (folder / "README.md").read_text("utf-8")))


@pytest.mark.proves("APL-03")
def test_the_list_of_genres_is_that_of_the_genre_mapper() -> None:
    assert genre_codes() == set(load_dictionary("apple", "5.3.9").entries)
    assert len(genre_codes()) == 313


def test_territories_are_those_of_iso_and_the_world() -> None:
    assert {"WW", "SE", "XK"} <= territories()
    assert not {"XX", "EU", "Worldwide"} & territories()
