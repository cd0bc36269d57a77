"""What a master says of its objects and beds: the chunks `chna` and `axml` (ITU-R BS.2076-2, BS.2088-1)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message

MOST_AXML = 16 * 1024 * 1024
MOST_CHNA = 1024 * 1024

BED, OBJECT, BINAURAL = 1, 3, 5
"""Type definitions of packs: DirectSpeakers, Objects, Binaural (BS.2076-2, table 1)."""

_TRACK = re.compile(r"ATU_[0-9A-Fa-f]{8}")
_PACK = re.compile(r"AP_([0-9A-Fa-f]{4})[0-9A-Fa-f]{4}")


class AdmError(Exception):
    """Metadata that is missing, or that contradicts itself."""


@dataclass(frozen=True)
class TrackAllocation:
    """A line of `chna`: which channel of the file, from 1, is which track of the metadata, in which kind of pack."""

    channel: int
    track_uid: str
    kind: int


@dataclass(frozen=True)
class AudioModel:
    """What the metadata describes. `programme`: its name; `objects`: channels that move; `beds`: audioObjects that are
    beds, of `bed_channels` channels together; `binaural`: whether there is a binaural pack.
    """

    programme: str
    objects: int
    beds: int
    bed_channels: int
    binaural: bool


def read_allocations(chna: bytes) -> tuple[TrackAllocation, ...]:
    """The lines of the chunk; raises `AdmError`. Unused lines are left out (BS.2088-1, 8.1)."""
    if len(chna) < 4:
        raise AdmError("its chna chunk is cut off")
    _, used = struct.unpack("<HH", chna[:4])
    if len(chna) < 4 + 40 * used:
        raise AdmError(f"its chna chunk announces {used} tracks and has no room for them")
    lines = [chna[at : at + 40] for at in range(4, len(chna) - 39, 40)]
    return tuple(found for line in lines if (found := _allocation(line)))


def read_model(axml: bytes, allocations: tuple[TrackAllocation, ...], channels: int) -> AudioModel:
    """Compare `axml` with `chna`; raises `AdmError` where they do not describe the same `channels` channels."""
    try:
        root = parse_message(axml.rstrip(b"\0"), max_size=MOST_AXML).root
    except DomainError as error:
        raise AdmError(f"its axml chunk cannot be read: {error.message[:200]}") from error
    _check_tracks(allocations, set(_values(root, "audioTrackUID", "UID")), channels)
    programmes = list(_values(root, "audioProgramme", "audioProgrammeName"))
    if len(programmes) != 1:
        raise AdmError(f"it has {len(programmes)} programmes instead of one")
    packs = [_kinds(element) for element in _elements(root, "audioObject")]
    kinds = [allocation.kind for allocation in allocations]
    return AudioModel(
        programme=programmes[0],
        objects=kinds.count(OBJECT),
        beds=sum(BED in found for found in packs),
        bed_channels=kinds.count(BED),
        binaural=BINAURAL in kinds,
    )


def _allocation(line: bytes) -> TrackAllocation | None:
    channel = struct.unpack("<H", line[:2])[0]
    if channel == 0:
        return None
    uid, pack = line[2:14].rstrip(b"\0 ").decode("latin-1"), line[28:39].rstrip(b"\0 ").decode("latin-1")
    found = _PACK.fullmatch(pack)
    if not _TRACK.fullmatch(uid) or found is None:
        raise AdmError(f"channel {channel} has no valid track and pack in its chna chunk")
    return TrackAllocation(channel, uid.upper(), int(found[1], 16))


def _check_tracks(allocations: tuple[TrackAllocation, ...], described: set[str], channels: int) -> None:
    if not allocations:
        raise AdmError("its chna chunk names no track")
    if above := sorted({line.channel for line in allocations if line.channel > channels}):
        raise AdmError(f"its chna chunk names channel {above[0]}, the file has {channels}")
    if missing := sorted(set(range(1, channels + 1)) - {line.channel for line in allocations}):
        raise AdmError(f"channel {missing[0]} is not described")
    known = {uid.upper() for uid in described}
    if unknown := sorted({line.track_uid for line in allocations} - known):
        raise AdmError(f"track {unknown[0]} of its chna chunk is not in its axml chunk")


def _kinds(audio_object: etree._Element) -> set[int]:
    references = (element.text or "" for element in _elements(audio_object, "audioPackFormatIDRef"))
    return {int(found[1], 16) for reference in references if (found := _PACK.fullmatch(reference.strip()))}


def _values(root: etree._Element, name: str, attribute: str) -> Iterator[str]:
    return (element.get(attribute) or "" for element in _elements(root, name))


def _elements(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Elements in whatever namespace: BS.2076 and the EBU's core metadata have one each."""
    return root.iter(f"{{*}}{name}")
