"""Reads a finished `.itmsp` folder and says what is wrong with it, as a stranger would.

Written from the table of public facts alone (docs/formats/apple-5.3.md) and on the standard library, so that it shares
nothing with what builds packages: not even how XML is read.
"""

from __future__ import annotations

import hashlib
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

NS = "{http://apple.com/itunes/importer}"
ALBUM_ORDER = (
    "album_type vendor_id upc grid title title_version locales original_release_date label_name genres copyright_pline"
    " copyright_cline artwork_files track_count volume_count products artists tracks"
)
TRACK_ORDER = (
    "vendor_id isrc title title_version locales original_release_date label_name copyright_pline genres"
    " explicit_content volume_number track_number audio_file assets artists audio_language preview_start_index"
    " gapless_play lyrics_file preorder_type products flags"
)
PRODUCT_ORDER = (
    "territory wholesale_price_tier sales_start_date cleared_for_sale cleared_for_stream stream_start_date"
    " preorder_sales_start_date"
)


@dataclass
class ReadTrack:
    """A track as the package tells of it."""

    vendor_id: str
    isrc: str
    title: str
    volume: int
    number: int
    artists: list[tuple[str, tuple[str, ...], bool]]
    files: dict[str, str]


@dataclass
class ReadPackage:
    """A package with everything that is wrong with it. `products`: by territory, whether sold and streamed."""

    faults: list[str] = field(default_factory=list)
    vendor_id: str = ""
    upc: str = ""
    title: str = ""
    takedown: bool = False
    genres: list[str] = field(default_factory=list)
    products: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    tracks: list[ReadTrack] = field(default_factory=list)
    cover: str | None = None


def read_package(folder: Path, genre_codes: frozenset[str], territories: frozenset[str]) -> ReadPackage:
    """Read a folder and judge it. `genre_codes`: Apple's list; `territories`: ISO 3166-1 alpha-2."""
    package = ReadPackage()
    metadata = folder / "metadata.xml"
    if not metadata.is_file():
        package.faults.append("metadata.xml is missing")
        return package
    root = ET.fromstring(metadata.read_bytes())
    if root.tag != f"{NS}package" or root.get("version") != "music5.3":
        package.faults.append("not a package of music 5.3")
    album = root.find(f"{NS}album")
    if album is None:
        package.faults.append("no album")
        return package
    package.faults += _order(album, ALBUM_ORDER)
    _read_identity(package, album, folder)
    _read_products(package, album, territories)
    package.genres = [genre.get("code") or "" for genre in album.iter(f"{NS}genre")]
    package.faults += [f"unknown genre {code}" for code in package.genres if code not in genre_codes]
    package.faults += list(_dates(root))
    _read_tracks(package, album)
    package.faults += list(_files(root, folder))
    package.faults += list(_immersive(album, folder))
    _judge_takedown(package, album)
    return package


def _text(element: ET.Element, path: str) -> str:
    return element.findtext("/".join(f"{NS}{step}" for step in path.split("/"))) or ""


def _order(element: ET.Element, table: str) -> Iterator[str]:
    order = table.split()
    names = [child.tag.removeprefix(NS) for child in element]
    if unknown := [name for name in names if name not in order]:
        yield f"not in the table: {', '.join(unknown)}"
    elif names != sorted(names, key=order.index) or len(set(names)) != len(names):
        yield f"out of order: {', '.join(names)}"


def _read_identity(package: ReadPackage, album: ET.Element, folder: Path) -> None:
    package.vendor_id = _text(album, "vendor_id")
    package.upc = _text(album, "upc")
    package.title = _text(album, "title")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,100}", package.vendor_id):
        package.faults.append(f"bad vendor id {package.vendor_id}")
    if folder.name != f"{package.vendor_id}.itmsp":
        package.faults.append(f"the folder {folder.name} is not called after {package.vendor_id}")
    digits = [int(digit) for digit in package.upc if digit.isdigit()]
    if len(package.upc) != 13 or len(digits) != 13 or (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10:
        package.faults.append(f"bad UPC {package.upc}")


def _read_products(package: ReadPackage, album: ET.Element, territories: frozenset[str]) -> None:
    for product in album.findall(f"{NS}products/{NS}product"):
        package.faults += _order(product, PRODUCT_ORDER)
        territory = _text(product, "territory")
        sale, stream = (_text(product, name) for name in ("cleared_for_sale", "cleared_for_stream"))
        if territory != "WW" and territory not in territories:
            package.faults.append(f"unknown territory {territory}")
        if territory in package.products:
            package.faults.append(f"{territory} stands twice")
        if {sale, stream} - {"true", "false"}:
            package.faults.append(f"{territory} has flags {sale} and {stream}")
        package.products[territory] = (sale == "true", stream == "true")
    if not package.products:
        package.faults.append("no product")


def _dates(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag.endswith("_date"):
            try:
                date.fromisoformat(element.text or "")
            except ValueError:
                yield f"bad date {element.text}"


def _read_tracks(package: ReadPackage, album: ET.Element) -> None:
    placed: dict[int, int] = {}
    for element in album.findall(f"{NS}tracks/{NS}track"):
        package.faults += _order(element, TRACK_ORDER)
        track = ReadTrack(
            vendor_id=_text(element, "vendor_id"),
            isrc=_text(element, "isrc"),
            title=_text(element, "title"),
            volume=int(_text(element, "volume_number") or 0),
            number=int(_text(element, "track_number") or 0),
            artists=list(_artists(element)),
            files=_track_files(element),
        )
        placed[track.volume] = placed.get(track.volume, 0) + 1
        if track.number != placed[track.volume]:
            package.faults.append(f"track {track.number} of volume {track.volume} is the {placed[track.volume]}th")
        package.faults += list(_guests(track))
        package.tracks.append(track)
    if package.tracks and _text(album, "track_count") != str(len(package.tracks)):
        package.faults.append(f"{len(package.tracks)} tracks, {_text(album, 'track_count')} are announced")
    if package.tracks and _text(album, "volume_count") != str(len(placed)):
        package.faults.append(f"{len(placed)} volumes, {_text(album, 'volume_count')} are announced")
    if len(package.tracks) > 500:
        package.faults.append("more than 500 tracks")
    ids = [track.vendor_id for track in package.tracks]
    if len(set(ids)) != len(ids):
        package.faults.append("a vendor id stands on two tracks")


def _artists(element: ET.Element) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for artist in element.findall(f"{NS}artists/{NS}artist"):
        roles = tuple(role.text or "" for role in artist.findall(f"{NS}roles/{NS}role"))
        yield _text(artist, "artist_name"), roles, _text(artist, "primary") == "true"


def _track_files(element: ET.Element) -> dict[str, str]:
    files = {"stereo": _text(element, "audio_file/file_name")} if element.find(f"{NS}audio_file") is not None else {}
    for data in element.findall(f"{NS}assets/{NS}asset/{NS}data_file"):
        files[data.get("role") or ""] = _text(data, "file_name")
    return files


def _guests(track: ReadTrack) -> Iterator[str]:
    for name, roles, primary in track.artists:
        if {"Featuring", "With"} & set(roles):
            if primary:
                yield f"the guest {name} is primary"
            if f"feat. {name}".lower() in track.title.lower():
                yield f"the guest {name} stands in the title as well"


def _files(root: ET.Element, folder: Path) -> Iterator[str]:
    named: list[str] = []
    for element in root.iter():
        name = element.findtext(f"{NS}file_name")
        if name is None:
            continue
        named.append(name)
        path = folder / name
        if "/" in name or not path.is_file():
            yield f"{name} does not lie in the package"
            continue
        content = path.read_bytes()
        checksum = element.find(f"{NS}checksum")
        if _text(element, "size") != str(len(content)):
            yield f"{name} has {len(content)} bytes, {_text(element, 'size')} are announced"
        if checksum is None or checksum.get("type") != "md5" or checksum.text != hashlib.md5(content).hexdigest():
            yield f"{name} has another MD5"
    yield from (f"{name} is named {named.count(name)} times" for name in sorted(set(named)) if named.count(name) > 1)
    for path in sorted(folder.iterdir()):
        if path.name not in {*named, "metadata.xml"}:
            yield f"nobody names {path.name}"


def _immersive(album: ET.Element, folder: Path) -> Iterator[str]:
    for track in album.findall(f"{NS}tracks/{NS}track"):
        for data in track.findall(f"{NS}assets/{NS}asset/{NS}data_file"):
            if data.get("role") != "audio.object_based":
                continue
            name = _text(data, "file_name")
            isrc = data.get("external_identifier.isrc") or ""
            if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", isrc) or isrc == _text(track, "isrc"):
                yield f"{name} has no ISRC of its own"
            if "audio.2_0" not in _track_files(track):
                yield f"{name} stands without its stereo file"
            if (folder / name).is_file() and not {b"fmt ", b"axml", b"chna"} <= set(_chunks(folder / name)):
                yield f"{name} is no BWF ADM file"


def _chunks(path: Path) -> Iterator[bytes]:
    """The ids of the chunks of a RIFF or BW64 file."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in {b"RIFF", b"BW64", b"RF64"} or head[8:] != b"WAVE":
            return
        true_size = None
        while len(entry := file.read(8)) == 8:
            yield entry[:4]
            size = struct.unpack("<I", entry[4:])[0]
            body = file.tell()
            if entry[:4] == b"ds64":
                true_size = struct.unpack("<QQ", file.read(16))[1]
            if entry[:4] == b"data" and size == 2**32 - 1 and true_size is not None:
                size = true_size
            file.seek(body + size + size % 2)


def _judge_takedown(package: ReadPackage, album: ET.Element) -> None:
    package.takedown = not package.tracks
    package.cover = _text(album, "artwork_files/file/file_name") or None
    if package.takedown and (package.products != {"WW": (False, False)} or package.cover):
        package.faults.append("neither tracks nor a takedown")
