"""A package as the body of one request: `multipart/form-data`, made while it is read (RFC 7578)."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from distro_plugins.http_api.digests import digest_header
from distro_plugins.http_api.failures import NAMES_CLASH
from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_sdk.models.delivery import FileKind
from distro_sdk.network_failures import SOURCE_CHANGED, raised
from distro_sdk.packages import OutgoingPackage, PackagePart, PackageProgress

_ESCAPED = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""In names, as browsers do it (HTML, multipart/form-data encoding algorithm)."""

_TYPES = {
    ".flac": "audio/flac",
    ".jpg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".xml": "application/xml",
}


class MultipartSource:
    """All parts with what stands between them; a file of any size is never in memory as a whole."""

    local_path: Path | None = None

    def __init__(self, package: OutgoingPackage, settings: HttpMultipartSettings) -> None:
        self._boundary = f"distro-{secrets.token_hex(16)}"
        self._segments = list(_segments(package, settings, self._boundary))
        self.starts: list[tuple[int, PackagePart]] = []
        position = 0
        for segment in self._segments:
            if isinstance(segment, PackagePart):
                self.starts.append((position, segment))
            position += _size(segment)
        self.size = position

    @property
    def content_type(self) -> str:
        """The value of the header that tells how the parts are kept apart."""
        return f"multipart/form-data; boundary={self._boundary}"

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on."""
        start = 0
        for segment in self._segments:
            size = _size(segment)
            skipped = max(0, offset - start)
            start += size
            if skipped >= size > 0:
                continue
            if isinstance(segment, bytes):
                for place in range(skipped, size, block_size):
                    yield segment[place : place + block_size]
            else:
                async for block in _file_blocks(segment, skipped, block_size):
                    yield block


class PartProgress:
    """Tells of each file what the request has moved of it."""

    def __init__(self, source: MultipartSource, progress: PackageProgress) -> None:
        self._starts = source.starts
        self._places = [start for start, _ in source.starts]
        self._progress = progress
        self._told = 0

    async def __call__(self, sent: int) -> None:
        """Tell of the files that have ended since, and of the one under way; `sent`: bytes of the request."""
        current = bisect_right(self._places, sent) - 1
        if current < self._told:
            # The request is sent anew from its start.
            self._told = max(0, current)
        for place in range(self._told, current + 1):
            start, part = self._starts[place]
            await self._progress(part.path, min(sent - start, part.source.size))
        self._told = max(self._told, current)


def file_names(package: OutgoingPackage, settings: HttpMultipartSettings) -> dict[str, str]:
    """What each file is called, by its path; raises `TransportError` PACKAGE_NAMES_CLASH where two share a name."""
    whole = settings.names == "path"
    names = {part.path: part.path if whole else part.path.rpartition("/")[2] for part in package.parts}
    if len(set(names.values())) != len(package.parts):
        raise raised(NAMES_CLASH, "two files of the package have the same name: send their whole paths")
    return names


def _segments(
    package: OutgoingPackage, settings: HttpMultipartSettings, boundary: str
) -> Iterator[bytes | PackagePart]:
    names = file_names(package, settings)
    fields = dict(settings.fields)
    if settings.batch_field is not None:
        fields[settings.batch_field] = package.batch_id
    for name, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"\r\n\r\n{value}\r\n'.encode()
    for part in package.parts:
        yield _head(part, names[part.path], settings, boundary)
        yield part
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _head(part: PackagePart, name: str, settings: HttpMultipartSettings, boundary: str) -> bytes:
    field = settings.message_field if part.kind is FileKind.MESSAGE else settings.file_field
    kind = _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    lines = [
        f"--{boundary}",
        f'Content-Disposition: form-data; name="{_escaped(field)}"; filename="{_escaped(name)}"',
        f"Content-Type: {kind}",
    ]
    if settings.part_hash is not None:
        digest = bytes.fromhex(getattr(part.hashes, settings.part_hash))
        lines += [f"{header}: {value}" for header, value in digest_header(settings.part_hash, digest).items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _file_blocks(part: PackagePart, offset: int, block_size: int) -> AsyncIterator[bytes]:
    """A file's bytes; one that has changed would shift all that follows, so it ends the request."""
    position = offset
    async for block in part.source.blocks(offset=offset, block_size=block_size):
        position += len(block)
        if position > part.source.size:
            break
        yield block
    if position != part.source.size:
        raise raised(SOURCE_CHANGED, f"{part.path} has not the {part.source.size} bytes that were announced")


def _size(segment: bytes | PackagePart) -> int:
    return len(segment) if isinstance(segment, bytes) else segment.source.size


def _escaped(name: str) -> str:
    return name.translate(_ESCAPED)
