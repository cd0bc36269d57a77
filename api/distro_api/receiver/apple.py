"""Apple's packages: folders `<vendor_id>.itmsp` without manifest and marker, which their metadata completes.

Judged by public facts about music 5.3. Apple answers in its own systems, so nothing is answered here: the report holds
what was found.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from distro_api.receiver.documents import UnreadableError, read_document
from distro_api.receiver.layouts import METADATA
from distro_api.receiver.package import PackageFolder
from distro_api.receiver.reports import Finding, Identifier, MessageReport

SUFFIX = ".itmsp"
NAMESPACE = "http://apple.com/itunes/importer"
VERSION = "music5.3"
WORLD = "WW"
MAX_TRACKS = 500
IMMERSIVE = "audio.object_based"
STEREO = "audio.2_0"
ADM_CHUNKS = frozenset({b"fmt ", b"axml", b"chna"})

_NAMES = {None: NAMESPACE}
_VENDOR_ID = re.compile(r"[A-Za-z0-9_]{1,100}")
_IN_DS64 = 0xFFFFFFFF
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


@dataclass(frozen=True)
class AppleFile:
    """A file that the metadata names. `size`: bytes, as written; `isrc`: of the recording that it holds."""

    name: str
    size: str
    md5: str
    line: int | None
    isrc: str


def judge_package(package: PackageFolder) -> tuple[list[Finding], MessageReport]:
    """What is wrong with the folder, and the report on its one message."""
    findings = [
        Finding(code="FILE_NOT_REGULAR", message="neither a file nor a folder", path=path) for path in package.links
    ]
    vendor_id = package.folder.name.removesuffix(SUFFIX)
    empty = MessageReport(message_id=vendor_id, path=METADATA)
    try:
        root = read_document(package.file(METADATA), METADATA, "MESSAGE")
    except UnreadableError as error:
        return findings, empty.model_copy(update={"findings": (error.finding,)})
    except FileNotFoundError:
        missing = Finding(code="MESSAGE_MISSING", message="a package is told by its metadata", path=METADATA)
        return findings, empty.model_copy(update={"findings": (missing,)})
    if etree.QName(root).text != f"{{{NAMESPACE}}}package" or root.get("version") != VERSION:
        text = f"not a package of {VERSION}: {root.tag!s} {root.get('version') or ''}"
        foreign = Finding(code="MESSAGE_FOREIGN", message=text, path=METADATA)
        return findings, empty.model_copy(update={"findings": (foreign,)})
    files = list(_files(root))
    named = {METADATA, *(file.name for file in files)}
    findings += [
        Finding(code="FILE_UNNAMED", message="the metadata does not name it", path=path)
        for path in package.paths
        if path not in named
    ]
    told = [*_identity(root, vendor_id), *_contents(root), *_offers(root), *_judge_files(package, root, files)]
    report = MessageReport(
        message_id=vendor_id,
        type="package",
        path=METADATA,
        icpn=_text(root, "album/upc") or None,
        grid=_text(root, "album/grid") or None,
        title=_text(root, "album/title"),
        takedown=not _all(root, "album/tracks/track"),
        findings=tuple(told),
    )
    return findings, report


def _identity(root: etree._Element, vendor_id: str) -> Iterator[Finding]:
    told = _text(root, "album/vendor_id")
    if told != vendor_id or not _VENDOR_ID.fullmatch(told):
        yield _finding("FOLDER_NAME", f"the folder is called after {vendor_id}, the album is {told!r}")
    upc = _text(root, "album/upc")
    digits = [int(digit) for digit in upc if digit.isascii() and digit.isdigit()]
    if len(upc) != 13 or len(digits) != 13 or (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10:
        yield _finding("RELEASE_ID", f"{upc!r} is no UPC of 13 digits")


def _contents(root: etree._Element) -> Iterator[Finding]:
    """Counts, and the places of tracks."""
    tracks = _all(root, "album/tracks/track")
    volumes: dict[str, list[str]] = {}
    for track in tracks:
        volumes.setdefault(_text(track, "volume_number"), []).append(_text(track, "track_number"))
    if tracks and _text(root, "album/track_count") != str(len(tracks)):
        yield _finding("TRACK_COUNT", f"{_text(root, 'album/track_count')} are announced, {len(tracks)} are there")
    if len(tracks) > MAX_TRACKS:
        yield _finding("TRACK_COUNT", f"{len(tracks)} tracks, at most {MAX_TRACKS} are taken")
    for volume, numbers in volumes.items():
        if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
            yield _finding("TRACK_NUMBERS", f"the tracks of volume {volume} are numbered {', '.join(numbers)}")
    ids = Counter(_text(track, "vendor_id") for track in tracks)
    for vendor_id in (each for each, times in ids.items() if times > 1):
        yield _finding("ANCHOR_TWICE", f"{vendor_id} stands on {ids[vendor_id]} tracks")


def _offers(root: etree._Element) -> Iterator[Finding]:
    """Products: each territory once, and the shape of a takedown."""
    products = _all(root, "album/products/product")
    times = Counter(_text(product, "territory") for product in products)
    for territory, count in times.items():
        if count > 1 or not re.fullmatch(r"[A-Z]{2}", territory):
            yield _finding("TERRITORY", f"{territory!r} stands {count} times")
    flags = {
        (_text(product, "territory"), _text(product, "cleared_for_sale"), _text(product, "cleared_for_stream"))
        for product in products
    }
    if _all(root, "album/tracks/track"):
        if not flags:
            yield _finding("NO_DEAL", "no product: nobody may use the release")
    elif flags != {(WORLD, "false", "false")}:
        yield _finding(
            "TAKEDOWN_WITH_DEALS", "without tracks it is a takedown, which closes the world and nothing else"
        )


def _files(root: etree._Element) -> Iterator[AppleFile]:
    for element in root.iter(f"{{{NAMESPACE}}}file_name"):
        holder = element.getparent()
        track = next(element.iterancestors(f"{{{NAMESPACE}}}track"), None)
        if holder is not None:
            checksum = holder.find("checksum", _NAMES)
            is_md5 = checksum is not None and checksum.get("type") == "md5"
            yield AppleFile(
                name=(element.text or "").strip(),
                size=_text(holder, "size"),
                md5=_text(holder, "checksum") if is_md5 else "",
                line=element.sourceline,
                isrc="" if track is None else _text(track, "isrc"),
            )


def _judge_files(package: PackageFolder, root: etree._Element, files: Sequence[AppleFile]) -> Iterator[Finding]:
    times = Counter(file.name for file in files)
    for file in files:
        for code, text in _faults(package, file, times[file.name]):
            resource = Identifier(kind="ISRC", value=file.isrc) if file.isrc else None
            yield Finding(code=code, message=text, path=file.name or METADATA, line=file.line, resource=resource)
    for track in _all(root, "album/tracks/track"):
        yield from _immersive(package, track)


def _faults(package: PackageFolder, file: AppleFile, times: int) -> Iterator[tuple[str, str]]:
    if not file.name or "/" in file.name or "\\" in file.name or file.name in {".", ".."}:
        yield "FILE_PATH", f"{file.name!r} is not the name of a file beside the metadata"
    elif file.name not in package.paths:
        yield "FILE_MISSING", "the metadata names it"
    else:
        if times > 1:
            yield "FILE_TWICE", f"the metadata names it {times} times"
        size = package.file(file.name).stat().st_size
        if file.size != str(size):
            yield "FILE_SIZE", f"has {size} bytes where {file.size} are announced"
        if not file.md5:
            yield "FILE_HASH", "the metadata has no MD5 of it"
        elif package.hash(file.name, "md5") != file.md5:
            yield "FILE_HASH", "its MD5 is not the metadata's"


def _immersive(package: PackageFolder, track: etree._Element) -> Iterator[Finding]:
    """An immersive file is BWF ADM, has an ISRC of its own, and stands beside its stereo file."""
    files = {each.get("role"): each for each in _all(track, "assets/asset/data_file")}
    twin = files.get(IMMERSIVE)
    if twin is None:
        return
    name = _text(twin, "file_name")
    isrc = twin.get("external_identifier.isrc") or ""
    if not _ISRC.fullmatch(isrc) or isrc == _text(track, "isrc"):
        yield _finding("ATMOS_ISRC", f"{isrc!r} is no ISRC of its own", name)
    if STEREO not in files:
        yield _finding("ATMOS_ALONE", "there is no stereo file beside it", name)
    if name in package.paths and not set(_chunks(package.file(name))) >= ADM_CHUNKS:
        yield _finding("ATMOS_FORM", "it has not the chunks of a BWF ADM file", name)


def _chunks(path: Path) -> Iterator[bytes]:
    """The ids of the chunks of a WAVE file; `ds64` tells the true size of sound beyond four gigabytes."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in {b"RIFF", b"RF64", b"BW64"} or head[8:] != b"WAVE":
            return
        sound = _IN_DS64
        while len(entry := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", entry)
            yield name
            start = file.tell()
            if name == b"ds64" and len(told := file.read(16)) == 16:
                sound = struct.unpack("<8xQ", told)[0]
            length = sound if name == b"data" and size == _IN_DS64 else size
            file.seek(start + length + length % 2)


def _finding(code: str, message: str, path: str = METADATA) -> Finding:
    return Finding(code=code, message=message, path=path)


def _all(element: etree._Element, path: str) -> list[etree._Element]:
    return element.findall(path, _NAMES)


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, "", _NAMES) or "").strip()
