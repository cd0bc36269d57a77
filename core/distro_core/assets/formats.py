"""Audio files beyond the platform's own formats: read by plugins of the tenant, or refused (rows PLG-12, TRK-15)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from distro_core.assets.names import file_extension
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioProperties

IMMERSIVE_PLUGINS: Final = ("dolby-atmos", "sony-360")
"""The plugins of the marketplace that read immersive masters, for whoever has none."""

_CHANNEL_ALLOCATION = b"chna"
_MOST_CHUNKS = 1000

log = structlog.get_logger("distro.assets")


def is_immersive(path: Path) -> bool:
    """Whether a RIFF wave file allocates its channels to an audio definition model (ITU-R BS.2088-1, 8); blocks."""
    end = path.stat().st_size
    at = 12
    with path.open("rb") as file:
        for _ in range(_MOST_CHUNKS):
            file.seek(at)
            header = file.read(8)
            if at >= end or len(header) < 8:
                return False
            name, size = struct.unpack("<4sI", header)
            if name == _CHANNEL_ALLOCATION:
                return True
            at += 8 + size + size % 2
    return False


def may_be_registered(file_name: str, formats: Sequence[RegisteredAudioFormat]) -> bool:
    """Whether a file of unknown content may be one of these formats, as far as its name tells."""
    extension = file_extension(file_name)
    return any(extension is None or extension in format.extensions for format in formats)


def probe_registered(path: Path, file_name: str, formats: Sequence[RegisteredAudioFormat]) -> AudioProperties | None:
    """What the first format that recognises a file reads of it, None where none does; blocks.

    Raises `DomainError`: CONTENT_MISMATCH for an extension that does not fit, what the format finds wrong, and
    PLUGIN_FAILED where it breaks.
    """
    for format in formats:
        try:
            if not format.recognises(path, file_name):
                continue
            _check_extension(format, file_name)
            return _marked(format, format.read(path, file_name))
        except DomainError:
            raise
        except Exception as error:
            log.exception("audio_format_failed", format=format.key)
            message = f"the audio format {format.key} failed: {type(error).__name__}: {error}"
            raise DomainError("PLUGIN_FAILED", message, ("file",)) from error
    return None


def immersive_refused() -> DomainError:
    """The error for an immersive master that no plugin of the tenant reads."""
    plugins = " or ".join(IMMERSIVE_PLUGINS)
    message = f"this is an immersive master, which only a plugin such as {plugins} takes: switch one on"
    return DomainError("IMMERSIVE_PLUGIN_REQUIRED", message, ("file",))


def _marked(format: RegisteredAudioFormat, read: AudioProperties) -> AudioProperties:
    """The properties, validated and with the format's key."""
    return AudioProperties.model_validate(
        {**dict(read), "registered_format": format.key, "immersive": format.immersive}
    )


def _check_extension(format: RegisteredAudioFormat, file_name: str) -> None:
    extension = file_extension(file_name)
    if extension is not None and extension not in format.extensions:
        message = f"the name says {extension.upper()}, the content is {format.title}"
        raise DomainError("CONTENT_MISMATCH", message, ("fileName",))
