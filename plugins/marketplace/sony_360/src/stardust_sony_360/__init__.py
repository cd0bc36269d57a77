"""360 Reality Audio: files that are called so are what they are called."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import Asset, AudioFormat, VideoFormat
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from stardust_sony_360.mp4 import find_mpegh_tracks
from stardust_sony_360.wave import read_wave

__all__ = ["Sony360Plugin"]

FILE_INVALID = "SONY_360_INVALID"
MARK = "360ra"
"""A file whose name says this means to be 360 Reality Audio."""

MOST_OBJECTS = 24
SAMPLE_RATE = 48_000
BIT_DEPTH = 24


class Sony360Plugin(Plugin):
    """Checks what is meant to be 360 Reality Audio, as far as a file shows it (row INI-02)."""

    id: ClassVar[str] = "sony-360"

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Refuse a file that is called 360 Reality Audio and is none: SONY_360_INVALID."""
        if MARK not in asset.file_name.casefold() or context.file is None:
            return
        try:
            if asset.audio is not None and asset.audio.format is AudioFormat.WAV:
                await asyncio.to_thread(_check_master, context.file)
            elif asset.video is not None and asset.video.format is VideoFormat.MP4:
                await asyncio.to_thread(_check_mp4, context.file)
            else:
                raise ValueError("it is neither an ADM master (WAV) nor an MP4 file")
        except ValueError as error:
            raise _invalid(str(error), "file") from error

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Refuse a message whose immersive edition is called 360 Reality Audio and has another form."""
        faults = []
        for place, recording in enumerate(plan.sound_recordings):
            twin = recording.immersive
            if twin is None or not twin.file.provided or MARK not in twin.file.name.casefold():
                continue
            if fault := _fault_of_form(twin.audio.channels, twin.audio.sample_rate, twin.audio.bit_depth):
                faults.append(_invalid(f"{recording.isrc}: {fault}", "sound_recordings", place, "immersive"))
        if faults:
            raise DomainErrors(faults)


def _check_master(path: Path) -> None:
    """Raise ValueError for what is no ADM master; blocks."""
    master = read_wave(path)
    if fault := _fault_of_form(master.channels, master.sample_rate, master.bit_depth):
        raise ValueError(fault)
    if not master.objects:
        raise ValueError(
            "it has no objects: its chna chunk names none" if master.objects == 0 else "it has no chna chunk"
        )
    if master.objects > MOST_OBJECTS:
        raise ValueError(f"it has {master.objects} objects, {MOST_OBJECTS} at most")


def _check_mp4(path: Path) -> None:
    """Raise ValueError for what carries no MPEG-H 3D Audio; blocks."""
    tracks = find_mpegh_tracks(path)
    if not tracks:
        raise ValueError("it has no MPEG-H 3D Audio track")
    if wrong := [track for track in tracks if track.sample_rate != SAMPLE_RATE]:
        raise ValueError(f"its MPEG-H track has {wrong[0].sample_rate} Hz instead of {SAMPLE_RATE}")


def _fault_of_form(channels: int, sample_rate: int, bit_depth: int | None) -> str | None:
    if channels <= 2:
        return "it is stereo or mono"
    if sample_rate != SAMPLE_RATE:
        return f"it has {sample_rate} Hz instead of {SAMPLE_RATE}"
    if bit_depth != BIT_DEPTH:
        return f"it has {bit_depth or 'an unknown number of'} bits a sample instead of {BIT_DEPTH}"
    return None


def _invalid(reason: str, *path: str | int) -> DomainError:
    return DomainError(FILE_INVALID, f"Invalid 360 Reality Audio file: {reason}", path)
