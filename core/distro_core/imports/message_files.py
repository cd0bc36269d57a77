"""Finds ERN messages in a folder of packages, and the newest of each release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from distro_core.messages.input_files import load_message
from distro_core.messages.reading import check_hash, find_file, read_message
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import MessageReader, ReadMessage, ReadRelease
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.xml import parse_message

MOST_MESSAGES: Final = 20_000
_ERN: Final = re.compile(r"http://ddex\.net/xml/ern/[0-9]+", re.ASCII)

Slot = tuple[str, ...]
"""What a file is to its release, in words that hold in every message about it."""


@dataclass(frozen=True)
class MessageFile:
    """A message in a folder: what it says, or why it cannot be read. `path`: of the file."""

    path: Path
    message: ReadMessage | None = None
    faults: tuple[DomainError, ...] = ()


@dataclass(frozen=True)
class ToldRelease:
    """A release as one message tells it. `older`: what earlier messages of the folder tell of it, the newest first."""

    path: Path
    message: ReadMessage
    release: ReadRelease
    older: tuple[ToldRelease, ...] = ()

    @property
    def identity(self) -> str:
        """By which messages about one release are known: its ICPN, else its GRid, else what a message is called."""
        told = self.release.complete.release
        if told.icpn:
            return f"icpn:{told.icpn.zfill(14)}"
        return f"grid:{told.grid}" if told.grid else f"file:{self.path}"

    @property
    def withdrawn(self) -> bool:
        """Whether the message says that the release is taken down."""
        return self.release.complete.release.status is ReleaseStatus.TAKEN_DOWN


def find_messages(
    folder: Path, readers: Iterable[MessageReader], schemas: SchemaLibrary | None = None
) -> Iterator[MessageFile]:
    """Every ERN message in a folder and below, by path; blocks. Files of other standards, such as manifests, are none.

    Raises `DomainError` FILES_TOO_MANY.
    """
    known = tuple(readers)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".xml" and path.is_file())
    if len(paths) > MOST_MESSAGES:
        raise DomainError("FILES_TOO_MANY", f"an import takes at most {MOST_MESSAGES} XML files, here are {len(paths)}")
    for path in paths:
        try:
            message = parse_message(load_message(path))
            if not _ERN.fullmatch(message.namespace):
                continue
            yield MessageFile(path, read_message(message, known, schemas))
        except DomainErrors as error:
            yield MessageFile(path, faults=error.errors)
        except DomainError as error:
            yield MessageFile(path, faults=(error,))


def newest_releases(files: Sequence[MessageFile]) -> list[ToldRelease]:
    """Each release as the newest message tells it, in the order in which the folder first tells of it.

    What DDEX calls a statement of truth: the latest message holds, whole (rule X-7).
    """
    found: dict[str, list[ToldRelease]] = {}
    for file in files:
        for release in file.message.releases if file.message else ():
            told = ToldRelease(file.path, file.message, release) if file.message else None
            if told is not None:
                found.setdefault(told.identity, []).append(told)
    newest = []
    for told_by in found.values():
        latest, *older = sorted(told_by, key=_age, reverse=True)
        newest.append(ToldRelease(latest.path, latest.message, latest.release, tuple(older)))
    return newest


def borrowed_files(told: ToldRelease, root: Path) -> dict[str, Path]:
    """Files that the newest message does not bring along again, where an earlier one did; by asset id.

    Raises `DomainError` FILE_HASH_WRONG for a file that is not the one that the earlier message told of.
    """
    wanted = {slot: asset_id for slot, asset_id in _slots(told.release).items() if asset_id not in told.release.files}
    found: dict[str, Path] = {}
    for older in told.older:
        for slot, asset_id in _slots(older.release).items():
            uri = older.release.files.get(asset_id)
            if uri is None or slot not in wanted or wanted[slot] in found:
                continue
            try:
                path = find_file(uri, older.path.parent, root)
            except DomainError:
                continue
            check_hash(path, older.release.details[asset_id], uri)
            found[wanted[slot]] = path
    return found


def _slots(read: ReadRelease) -> dict[Slot, str]:
    """The assets of a release by what they are to it."""
    release = read.complete.release
    slots: dict[Slot, str] = {}
    for track in release.tracks:
        twin = track.immersive.audio_asset_id if track.immersive else None
        for name, asset_id in (
            ("audio", track.audio_asset_id),
            ("video", track.video_asset_id),
            ("capture", track.screen_capture_asset_id),
            ("immersive", twin),
        ):
            if asset_id and track.isrc:
                slots.setdefault((name, track.isrc), asset_id)
    for place, image in enumerate(release.images):
        same = sum(other.type is image.type for other in release.images[:place])
        slots[("image", image.type.value, str(same))] = image.asset_id
    if release.booklet_asset_id:
        slots[("booklet",)] = release.booklet_asset_id
    return slots


def _age(told: ToldRelease) -> tuple[datetime, str]:
    """When a message was made; one without a zone is taken for UTC."""
    made = told.message.created_at or datetime.min.replace(tzinfo=UTC)
    return (made if made.tzinfo else made.replace(tzinfo=UTC)), str(told.path)
