"""Rules about the album as a package: identifiers, counts, files, assets, genres."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_plugins.apple53.findings import albums_and_tracks, all_of, finding, text_of, warning
from distro_plugins.apple53.identity import VENDOR_ID, padded_upc
from distro_plugins.apple53.tables import MAX_TRACKS, VERSION, genre_codes
from distro_sdk.models.validation import ValidationIssue

ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
MD5 = re.compile(r"[0-9a-f]{32}")
TRACK = "album/tracks/track"
TWIN_ISRC = "external_identifier.isrc"
RESERVED = {"KARAOKE-00": ("karaoke",), "SOUNDTRACK-00": ("soundtrack", "score", "motion picture", "original cast")}
"""Genres that are for such content alone, with words of which one should stand in the title."""


def check_package(root: _Element) -> Iterator[ValidationIssue]:
    """One album of music 5.3 (checks 2 and 4 of the table of facts)."""
    if root.get("version") != VERSION:
        text = f"the version is {root.get('version')} instead of {VERSION}"
        yield finding("APPLE_VERSION_UNKNOWN", text, root)
    albums = all_of(root, "album")
    if len(albums) != 1:
        yield finding("APPLE_ALBUM_COUNT", f"there are {len(albums)} albums instead of one", root)


def check_identifiers(root: _Element) -> Iterator[ValidationIssue]:
    """Vendor ids, UPC and ISRCs (checks 1 and 9)."""
    for element in [*all_of(root, "album/vendor_id"), *all_of(root, f"{TRACK}/vendor_id")]:
        if not VENDOR_ID.fullmatch(element.text or ""):
            text = f"{element.text} is no vendor id: 1 to 100 letters, digits and _"
            yield finding("APPLE_VENDOR_ID_MALFORMED", text, element)
    for element in all_of(root, "album/upc"):
        if padded_upc(element.text or "") != element.text:
            text = f"{element.text} has not 13 digits with a right check digit"
            yield finding("APPLE_UPC_UNFIT", text, element)
    for element in all_of(root, f"{TRACK}/isrc"):
        if not ISRC.fullmatch(element.text or ""):
            yield finding("APPLE_ISRC_MALFORMED", f"{element.text} is no ISRC", element)
    for name in ("vendor_id", "isrc"):
        elements = all_of(root, f"{TRACK}/{name}")
        times = Counter(element.text for element in elements)
        for element in elements:
            if times[element.text] > 1:
                text = f"the {name} {element.text} stands {times[element.text]} times"
                yield finding("APPLE_VENDOR_ID_DOUBLED", text, element)


def check_counts(root: _Element) -> Iterator[ValidationIssue]:
    """Counts of tracks and volumes, and tracks numbered from 1 on each volume (check 4)."""
    for album in all_of(root, "album"):
        tracks = all_of(album, "tracks/track")
        volumes: dict[str, list[str]] = {}
        for track in tracks:
            volumes.setdefault(text_of(track, "volume_number"), []).append(text_of(track, "track_number"))
        if not tracks:
            continue
        if text_of(album, "track_count") != str(len(tracks)):
            text = f"track_count is {text_of(album, 'track_count')}, there are {len(tracks)} tracks"
            yield finding("APPLE_TRACK_COUNT", text, album)
        if len(tracks) > MAX_TRACKS:
            text = f"{len(tracks)} tracks, a package carries {MAX_TRACKS}"
            yield finding("APPLE_TRACKS_TOO_MANY", text, album)
        counted = [str(number) for number in range(1, len(volumes) + 1)]
        if text_of(album, "volume_count") != str(len(volumes)) or sorted(volumes, key=_number) != counted:
            text = f"volume_count is {text_of(album, 'volume_count')}, the volumes are {', '.join(volumes)}"
            yield finding("APPLE_VOLUME_COUNT", text, album)
        for volume, numbers in volumes.items():
            if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
                text = f"the tracks of volume {volume} are not numbered from 1 to {len(numbers)}"
                yield finding("APPLE_TRACK_NUMBERING", text, album)


def check_files(root: _Element) -> Iterator[ValidationIssue]:
    """Every file once, beside the metadata, with its MD5 (check 3)."""
    names = list(root.iter("{*}file_name"))
    times = Counter((element.text or "").lower() for element in names)
    for element in names:
        name = element.text or ""
        if "/" in name or "\\" in name or name.startswith(".") or not name:
            yield finding("APPLE_FILE_NOT_BESIDE", f"{name!r} is no name of a file in the package's folder", element)
        if times[name.lower()] > 1:
            yield finding("APPLE_FILE_DOUBLED", f"{name} is named {times[name.lower()]} times", element)
    for element in root.iter("{*}checksum"):
        if element.get("type") != "md5" or not MD5.fullmatch(element.text or ""):
            yield finding("APPLE_CHECKSUM_MALFORMED", f"{element.text} is no MD5", element)


def check_assets(root: _Element) -> Iterator[ValidationIssue]:
    """An immersive file stands beside its stereo file, with an ISRC of its own (check 11)."""
    for track in all_of(root, TRACK):
        files = {element.get("role"): element for element in all_of(track, "assets/asset/data_file")}
        twin = files.get("audio.object_based")
        if twin is None:
            continue
        if "audio.2_0" not in files:
            yield finding("APPLE_ATMOS_ALONE", "an immersive file without its stereo file", twin)
        isrc = twin.get(TWIN_ISRC)
        if not isrc or not ISRC.fullmatch(isrc) or isrc == text_of(track, "isrc"):
            text = f"{isrc} is no ISRC of the immersive recording's own"
            yield finding("APPLE_ATMOS_ISRC", text, twin)


def check_genres(root: _Element) -> Iterator[ValidationIssue]:
    """Codes that Apple knows (row APL-03), and genres that are for some content alone."""
    for genre in root.iter("{*}genre"):
        code = genre.get("code") or ""
        if code not in genre_codes():
            yield finding("APPLE_GENRE_UNKNOWN", f"{code or genre.text} is not in Apple's list of genres", genre)
    for holder in albums_and_tracks(root):
        title = f"{text_of(holder, 'title')} {text_of(holder, 'title_version')}".lower()
        for genre in all_of(holder, "genres/genre"):
            words = RESERVED.get(genre.get("code") or "", ())
            if words and not any(word in title for word in words):
                text = f"{genre.get('code')} is for such content alone, and the title does not say that it is"
                yield warning("APPLE_GENRE_RESERVED", text, genre)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
