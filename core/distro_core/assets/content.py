"""What a file is, told from its content and never from its name (row AST-10)."""

from __future__ import annotations

from enum import Enum
from typing import BinaryIO

from distro_core.assets.mpeg import read_frame_header, skip_tags
from distro_core.assets.names import file_extension
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind

HEAD_SIZE = 64

_BRANDLESS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})
"""The atoms with which a QuickTime file may begin that names no brand (QuickTime File Format, File Type atom)."""


class ContentType(Enum):
    """The types of content the platform takes, each with its kind and the extensions that fit it."""

    WAV = ("WAV", AssetKind.AUDIO, frozenset({"wav", "wave"}))
    FLAC = ("FLAC", AssetKind.AUDIO, frozenset({"flac"}))
    MP3 = ("MP3", AssetKind.AUDIO, frozenset({"mp3"}))
    MP4 = ("MP4", AssetKind.VIDEO, frozenset({"mp4", "m4v"}))
    MOV = ("MOV", AssetKind.VIDEO, frozenset({"mov", "qt"}))
    JPEG = ("JPEG", AssetKind.IMAGE, frozenset({"jpg", "jpeg"}))
    PNG = ("PNG", AssetKind.IMAGE, frozenset({"png"}))
    PDF = ("PDF", AssetKind.DOCUMENT, frozenset({"pdf"}))

    def __init__(self, title: str, kind: AssetKind, extensions: frozenset[str]) -> None:
        self.title = title
        self.kind = kind
        self.extensions = extensions


def content_of(head: bytes) -> ContentType | None:
    """The type that a file's first 64 bytes show, or None; an ID3 tag, which may precede much, shows nothing."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return ContentType.WAV
    if head[:4] == b"fLaC":
        return ContentType.FLAC
    if head[:3] == b"\xff\xd8\xff":
        return ContentType.JPEG
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return ContentType.PNG
    if head[4:8] == b"ftyp":
        return ContentType.MOV if head[8:12] == b"qt  " else ContentType.MP4
    if head[4:8] in _BRANDLESS:
        return ContentType.MOV
    if head[:5] == b"%PDF-":
        return ContentType.PDF
    return ContentType.MP3 if read_frame_header(head) is not None else None


def detect_content(file: BinaryIO) -> ContentType | None:
    """The type of an open file, whatever ID3 tags precede its content, or None."""
    position = skip_tags(file)
    file.seek(position)
    found = content_of(file.read(HEAD_SIZE))
    return None if position and found not in {ContentType.MP3, ContentType.FLAC} else found


def unknown_content() -> DomainError:
    """The error for a file that is none of the types the platform takes."""
    types = ", ".join(content.title for content in ContentType)
    return DomainError("FILE_TYPE_UNKNOWN", f"the content is none of {types}", ("file",))


def check_content(found: ContentType, kind: AssetKind | None, file_name: str) -> None:
    """Compare content with what was announced.

    Raises `DomainError` KIND_MISMATCH where another kind of asset was announced, CONTENT_MISMATCH where the name's
    extension says otherwise (row AST-10).
    """
    if kind is not None and found.kind is not kind:
        raise DomainError("KIND_MISMATCH", f"the content is {found.title}, which is no {kind.value} file", ("kind",))
    extension = file_extension(file_name)
    if extension is not None and extension not in found.extensions:
        raise DomainError(
            "CONTENT_MISMATCH", f"the name says {extension.upper()}, the content is {found.title}", ("fileName",)
        )
