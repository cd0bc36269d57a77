"""Which file belongs to which row: by DDEX name, else by the ISRC in the name, else by number and title.

`{UPC}_{disc}_{track}.ext` is a recording, `{UPC}.ext` the front cover, `{UPC}_02.ext` and on are further images
(rows NAM-01 to NAM-03), `{UPC}.pdf` a booklet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.identifiers import compact
from distro_core.catalogue.search import words_of
from distro_core.imports.columns import Column
from distro_core.imports.documents import UnmatchedFile
from distro_core.imports.rows import ReleaseRows, TrackRow
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ImageType

_RECORDING = re.compile(r"(?P<icpn>[0-9]{8,14})_(?P<disc>[0-9]{1,2})_(?P<number>[0-9]{1,3})", re.ASCII)
_IMAGE = re.compile(r"(?P<icpn>[0-9]{8,14})(_(IMG_)?(?P<index>[0-9]{1,3}))?", re.ASCII | re.IGNORECASE)
_ISRC = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5}(?![0-9])", re.ASCII)
_NUMBER_AND_TITLE = re.compile(r"((?P<disc>[0-9]{1,2})-)?(?P<number>[0-9]{1,3})[\s._-]+(?P<title>.*\S)", re.ASCII)

Slot = tuple[str, int, int]
"""A recording's place: ICPN filled up to 14 digits, disc, number on the disc."""

FURTHER_IMAGES: Final = {2: ImageType.BACK_COVER}
"""What the further images show, by their number; those not named here are pages of a booklet."""


@dataclass
class Files:
    """The files of an import by where they belong; images and booklets by ICPN of 14 digits and number in the name."""

    recordings: dict[Slot, AssetDocument] = field(default_factory=dict)
    images: dict[str, dict[int, AssetDocument]] = field(default_factory=dict)
    booklets: dict[str, dict[int, AssetDocument]] = field(default_factory=dict)
    unmatched: list[UnmatchedFile] = field(default_factory=list)

    def recording(self, icpn: str, track: TrackRow) -> AssetDocument | None:
        """The recording of a row, or None."""
        return self.recordings.get((icpn.zfill(14), track.disc, track.number))

    def images_of(self, icpn: str) -> list[tuple[ImageType, AssetDocument]]:
        """The images of a release, the front cover first."""
        found = sorted(self.images.get(icpn.zfill(14), {}).items())
        return [(image_type(index), asset) for index, asset in found]

    def booklets_of(self, icpn: str) -> list[AssetDocument]:
        """The documents of a release in the order of their numbers."""
        return [asset for _, asset in sorted(self.booklets.get(icpn.zfill(14), {}).items())]


def image_type(index: int) -> ImageType:
    """What the image of that number shows: 1 is the front cover."""
    return ImageType.FRONT_COVER if index == 1 else FURTHER_IMAGES.get(index, ImageType.BOOKLET)


def match_files(releases: Sequence[ReleaseRows], assets: Iterable[AssetDocument]) -> Files:
    """Each file where it belongs; of two for one place, the one that was stored last."""
    places = _Places(releases)
    files = Files()
    for asset in sorted(assets, key=lambda asset: asset.id, reverse=True):
        if asset.kind is AssetKind.AUDIO:
            _match_recording(files, places, asset)
        else:
            _match_by_release(files, places, asset)
    files.unmatched.sort(key=lambda unmatched: unmatched.file_name)
    return files


class _Places:
    """The places that rows open, by everything that a file name can say."""

    def __init__(self, releases: Sequence[ReleaseRows]) -> None:
        self.slots: set[Slot] = set()
        self.icpns: set[str] = set()
        self.by_isrc: dict[str, list[Slot]] = {}
        self.by_title: dict[tuple[int, tuple[str, ...]], list[Slot]] = {}
        for release in releases:
            for track in release.rows:
                if release.icpn and track.number:
                    self._open((release.icpn.zfill(14), track.disc, track.number), track)

    def _open(self, slot: Slot, track: TrackRow) -> None:
        self.slots.add(slot)
        self.icpns.add(slot[0])
        if isrc_cell := track.row.cell(Column.ISRC):
            self.by_isrc.setdefault(compact(isrc_cell), []).append(slot)
        if title := tuple(words_of(track.row.cell(Column.TRACK_TITLE) or "")):
            self.by_title.setdefault((slot[2], title), []).append(slot)

    def find(self, stem: str) -> list[Slot]:
        """Where a recording of that name belongs."""
        if match := _RECORDING.fullmatch(stem):
            slot = (match["icpn"].zfill(14), int(match["disc"]), int(match["number"]))
            return [slot] if slot in self.slots else []
        for found in _ISRC.findall(stem):
            if slots := self.by_isrc.get(compact(found)):
                return slots
        if match := _NUMBER_AND_TITLE.fullmatch(stem):
            slots = self.by_title.get((int(match["number"]), tuple(words_of(match["title"]))), [])
            return [slot for slot in slots if not match["disc"] or slot[1] == int(match["disc"])]
        return []


def _match_recording(files: Files, places: _Places, asset: AssetDocument) -> None:
    slots = places.find(_stem(asset.file_name))
    if not slots:
        _leave(files, asset, "FILE_UNMATCHED", "no row names this file by UPC, ISRC, or number and title")
    elif len(slots) > 1:
        _leave(files, asset, "FILE_AMBIGUOUS", f"{len(slots)} rows could mean this file")
    elif slots[0] in files.recordings:
        _leave(files, asset, "FILE_REPEATED", "another file of the same track was stored later")
    else:
        files.recordings[slots[0]] = asset


def _match_by_release(files: Files, places: _Places, asset: AssetDocument) -> None:
    match = _IMAGE.fullmatch(_stem(asset.file_name))
    icpn = match["icpn"].zfill(14) if match else ""
    index = int(match["index"] or 1) if match else 0
    if icpn not in places.icpns or index == 0:
        _leave(files, asset, "FILE_UNMATCHED", "no row names a release with the UPC of this file's name")
        return
    taken = files.images.setdefault(icpn, {}) if asset.kind is AssetKind.IMAGE else files.booklets.setdefault(icpn, {})
    if index in taken:
        _leave(files, asset, "FILE_REPEATED", "another file of the same name was stored later")
    else:
        taken[index] = asset


def _leave(files: Files, asset: AssetDocument, code: str, message: str) -> None:
    files.unmatched.append(UnmatchedFile(asset_id=asset.id, file_name=asset.file_name, code=code, message=message))


def _stem(file_name: str) -> str:
    return file_name.rsplit(".", 1)[0] if "." in file_name else file_name
