"""The layouts that packages come in, told by what lies where, and what completes each of them.

`batch`: the documents' batch, closed by `BatchComplete.txt`. `ddex`: DDEX's batch, closed by its manifest or an empty
file `BatchComplete_<batch>.xml`. `release` and `flat` have no marker: the arrival of a message completes what it names.
`itmsp`, a package of Apple's, has none either: its metadata completes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MANIFEST = "BatchManifest.xml"
MARKER = "BatchComplete.txt"
METADATA = "metadata.xml"

_MARKERS = re.compile(r"BatchComplete(_[A-Za-z0-9]+)?\.(txt|xml)")
_BATCH = re.compile(r"([PMN]_)?(?P<time>\d{17})")
_RELEASE = re.compile(r"([PN]_)?(?P<release>[A-Za-z0-9][A-Za-z0-9.-]*)_(?P<time>\d{17})")
_TIME = re.compile(r"\d{17}")

_IN_RESOURCES = {"SoundRecording": "resources/", "Video": "resources/", "Image": "resources/", "Text": "resources/"}


@dataclass(frozen=True)
class Layout:
    """A way to lay packages out.

    `folder`: what its folder is called; `places`: where files lie beside their message, by kind of resource;
    `by_release`: whether messages and their folders are named by the release; `marked`: whether a marker completes it,
    else each message does.
    """

    name: str
    folder: re.Pattern[str]
    places: Mapping[str, str]
    by_release: bool
    marked: bool


BATCH = Layout(
    "batch",
    _BATCH,
    {"SoundRecording": "audio/", "Video": "videos/", "Image": "images/", "Text": "documents/"},
    by_release=False,
    marked=True,
)
DDEX = Layout("ddex", _BATCH, _IN_RESOURCES, by_release=True, marked=True)
RELEASE = Layout("release", _RELEASE, _IN_RESOURCES, by_release=True, marked=False)
FLAT = Layout("flat", _BATCH, dict.fromkeys(_IN_RESOURCES, ""), by_release=False, marked=False)

ITMSP = Layout("itmsp", re.compile(r"[^/]+\.itmsp"), {}, by_release=False, marked=False)

LAYOUTS: Mapping[str, Layout] = {layout.name: layout for layout in (BATCH, DDEX, RELEASE, FLAT, ITMSP)}


@dataclass(frozen=True)
class Unit:
    """What is judged at once. `folder`: below the user's, starts with `/`; `message`: the file in it that completes it.

    `message` is None where a marker does.
    """

    folder: str
    message: str | None = None


def is_marker(path: str) -> bool:
    """Whether the file of that path says that its folder is complete."""
    return _MARKERS.fullmatch(path.rpartition("/")[2]) is not None


def completed_by(place: str) -> Unit | None:
    """What the arrival of a file completes, if anything. `place`: its path, starts with `/`."""
    folder, _, name = place.rpartition("/")
    if is_marker(name):
        return Unit(folder)
    base = folder.rpartition("/")[2]
    if ITMSP.folder.fullmatch(base):
        return Unit(folder, name) if name == METADATA else None
    is_message = name.endswith(".xml") and not name.startswith(".") and name != MANIFEST
    if is_message and (_RELEASE.fullmatch(base) or _BATCH.fullmatch(base)):
        return Unit(folder, name)
    return None


def find_layout(folder: str, paths: Sequence[str], message: str | None) -> Layout:
    """The layout of a package. `folder`: its name; `paths`: its files; `message`: the one that completed it."""
    if ITMSP.folder.fullmatch(folder):
        return ITMSP
    if message is not None:
        return RELEASE if _RELEASE.fullmatch(folder) else FLAT
    own_manifest = any(path in {MANIFEST, MARKER} for path in paths)
    by_ddex = any("/" not in path and is_marker(path) and path.endswith(".xml") for path in paths)
    return DDEX if by_ddex and not own_manifest else BATCH


def batch_id(folder: str) -> str:
    """The batch's id in the name of a folder, the name itself where it has none."""
    found = _TIME.search(folder)
    return found.group() if found else folder


def release_in(folder: str) -> str:
    """The release in the name of a folder of its own, empty where there is none."""
    found = _RELEASE.fullmatch(folder)
    return found["release"] if found else ""
