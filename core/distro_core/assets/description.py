"""Describing a file by what is in it, without a tenant or a server: what the command line and intake share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from distro_core.assets.content import ContentType, check_content, detect_content, unknown_content
from distro_core.assets.formats import immersive_refused, is_immersive, probe_registered
from distro_core.assets.hashing import hash_file
from distro_core.assets.names import sanitise_file_name
from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AssetKind, AudioProperties, ImageProperties, VideoProperties

_PDF_END = b"%%EOF"
_PDF_TAIL = 1024


@dataclass(frozen=True)
class FileDescription:
    """What a file is and, for audio, images and videos, its technical data."""

    kind: AssetKind
    audio: AudioProperties | None = None
    image: ImageProperties | None = None
    video: VideoProperties | None = None


def probe_file(
    path: Path, kind: AssetKind | None, file_name: str, formats: Sequence[RegisteredAudioFormat] | None = None
) -> FileDescription:
    """What a file is, from a full decode; blocks, so call it in a thread.

    `kind`: what the file was announced as, where it was; `file_name`: its owner's name for it; `formats`: what plugins
    of the tenant read of what the platform itself does not take, None where there is no tenant and no plugin is asked.
    Raises `DomainError` FILE_EMPTY, FILE_TYPE_UNKNOWN, KIND_MISMATCH, CONTENT_MISMATCH, IMMERSIVE_PLUGIN_REQUIRED and
    those of the probes.
    """
    with path.open("rb") as file:
        if not file.read(1):
            raise file_empty()
        content = detect_content(file)
    immersive = formats is not None and content is ContentType.WAV and is_immersive(path)
    if (content is None or immersive) and kind in {None, AssetKind.AUDIO}:
        audio = probe_registered(path, file_name, formats or ())
        if audio is not None:
            return FileDescription(AssetKind.AUDIO, audio=audio)
    if content is None:
        raise unknown_content()
    check_content(content, kind, file_name)
    if immersive:
        raise immersive_refused()
    return _probe(path, content)


def _probe(path: Path, content: ContentType) -> FileDescription:
    if content.kind is AssetKind.AUDIO:
        from distro_core.assets.audio import probe_audio  # noqa: PLC0415 - libsndfile only where it is needed

        return FileDescription(content.kind, audio=probe_audio(path, content))
    if content.kind is AssetKind.IMAGE:
        from distro_core.assets.images import probe_image  # noqa: PLC0415 - Pillow only where it is needed

        return FileDescription(content.kind, image=probe_image(path, content))
    if content.kind is AssetKind.VIDEO:
        from distro_core.assets.video import probe_video  # noqa: PLC0415 - MediaInfo only where it is needed

        return FileDescription(content.kind, video=probe_video(path, content))
    _check_pdf_end(path)
    return FileDescription(content.kind)


def describe_file(path: Path, kind: AssetKind | None = None, *, id: str | None = None) -> Asset:
    """A local file as an asset; blocks for hashing and decoding.

    `id`: the asset's id, by default the first 24 digits of its SHA-256. Raises what `probe_file` raises, and
    `DomainError` FILE_MISSING.
    """
    if not path.is_file():
        raise DomainError("FILE_MISSING", f"there is no file {path.name}", ("file",))
    found = probe_file(path, kind, path.name)
    hashes = hash_file(path)
    return Asset(
        id=id or hashes.sha256[:24],
        kind=found.kind,
        file_name=sanitise_file_name(path.name),
        size=path.stat().st_size,
        hashes=hashes,
        audio=found.audio,
        image=found.image,
        video=found.video,
    )


def file_empty() -> DomainError:
    """The error for a file without a byte."""
    return DomainError("FILE_EMPTY", "the file is empty", ("file",))


def _check_pdf_end(path: Path) -> None:
    """A PDF ends with its end marker, give or take what mailers append (ISO 32000-1, 7.5.5 and annex H.3)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _PDF_TAIL))
        if _PDF_END not in file.read():
            raise DomainError("FILE_TRUNCATED", "the PDF file has no end marker", ("file",))
