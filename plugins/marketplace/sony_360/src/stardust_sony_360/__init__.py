"""360 Reality Audio: files that are called so are what they are called."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import Asset, AudioFormat, VideoFormat
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from stardust_sony_360.formats import MARK, SAMPLE_RATE, Sony360Format, check_master, fault_of_form, invalid
from stardust_sony_360.mp4 import find_mpegh_tracks

__all__ = ["Sony360Plugin"]


class Sony360Plugin(Plugin):
    """Checks what is meant to be 360 Reality Audio, as far as a file shows it (row INI-02)."""

    id: ClassVar[str] = "sony-360"
    order: ClassVar[int] = -10
    """Before plugins that take any immersive master: this one takes those that are called so alone."""

    def register_audio_formats(self) -> Sequence[RegisteredAudioFormat]:
        """Return the format of ADM masters."""
        return (Sony360Format(),)

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Refuse a file that is called 360 Reality Audio and is none: SONY_360_INVALID."""
        if MARK not in asset.file_name.casefold() or context.file is None:
            return
        try:
            if asset.audio is not None and asset.audio.format is AudioFormat.WAV:
                await asyncio.to_thread(check_master, context.file)
            elif asset.video is not None and asset.video.format is VideoFormat.MP4:
                await asyncio.to_thread(_check_mp4, context.file)
            else:
                raise ValueError("it is neither an ADM master (WAV) nor an MP4 file")
        except ValueError as error:
            raise invalid(str(error), "file") from error

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Refuse a message whose immersive edition is called 360 Reality Audio and has another form."""
        faults = []
        for place, recording in enumerate(plan.sound_recordings):
            twin = recording.immersive
            if twin is None or not twin.file.provided or MARK not in twin.file.name.casefold():
                continue
            if fault := fault_of_form(twin.audio.channels, twin.audio.sample_rate, twin.audio.bit_depth):
                faults.append(invalid(f"{recording.isrc}: {fault}", "sound_recordings", place, "immersive"))
        if faults:
            raise DomainErrors(faults)


def _check_mp4(path: Path) -> None:
    """Raise ValueError for what carries no MPEG-H 3D Audio; blocks."""
    tracks = find_mpegh_tracks(path)
    if not tracks:
        raise ValueError("it has no MPEG-H 3D Audio track")
    if wrong := [track for track in tracks if track.sample_rate != SAMPLE_RATE]:
        raise ValueError(f"its MPEG-H track has {wrong[0].sample_rate} Hz instead of {SAMPLE_RATE}")
