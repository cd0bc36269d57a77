"""How a whole package reaches a receiver in one request: message and files together, or not at all (row ECO-01)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable

from pydantic import Field

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import FileKind
from distro_sdk.transports import FileSource, Progress, RemoteFile, TransportSession

PackageProgress = Callable[[str, int], Awaitable[None]]
"""Called with the path of a file and the bytes of it that have been transferred so far."""


@dataclass(frozen=True)
class PackagePart:
    """A file of a package. `path`: relative, with `/`; `hashes`: of the bytes that `source` gives."""

    path: str
    kind: FileKind
    source: FileSource
    hashes: FileHashes


@dataclass(frozen=True)
class OutgoingPackage:
    """All files of a batch in the order in which they are to be sent; what completes it comes last."""

    batch_id: str
    parts: tuple[PackagePart, ...]

    @property
    def idempotency_key(self) -> str:
        """The same for each attempt at the same bytes, and for nothing else: a receiver takes a key only once."""
        digest = hashlib.sha256()
        for part in self.parts:
            digest.update(f"{part.path}\n{part.hashes.sha256}\n".encode())
        return f"{self.batch_id}-{digest.hexdigest()[:16]}"


class PackageAnswer(Model):
    """What the receiver said. `reference`: its own id of the package; `hashes`: by path, then by algorithm.

    Hashes are lower-case hexadecimal, of the files as the receiver has them.
    """

    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    hashes: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)


@runtime_checkable
class PackageSession(TransportSession, Protocol):
    """A session of a transport that declares `whole_package`: `send_package` is all that is asked of it."""

    async def send_package(self, package: OutgoingPackage, progress: PackageProgress) -> PackageAnswer:
        """Send all files so that the receiver has all or none of them; a repetition is not taken twice.

        Raises `TransportError`; what `progress` or a source raises passes through.
        """
        ...


class PackageOnlySession:
    """What a session for whole packages says to everything else: COMMAND_UNSUPPORTED. Subclass it."""

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Refused."""
        raise _unsupported(f"write {path} alone")

    async def stat(self, path: str) -> RemoteFile | None:
        """Refused."""
        raise _unsupported(f"look at {path}")

    async def list(self, folder: str) -> Sequence[RemoteFile]:
        """Refused."""
        raise _unsupported(f"list {folder}")

    async def read(self, path: str, *, max_size: int) -> bytes:
        """Refused."""
        raise _unsupported(f"read {path}")

    async def delete(self, path: str) -> None:
        """Refused."""
        raise _unsupported(f"delete {path}")

    async def remote_hash(self, path: str, algorithm: str) -> str | None:
        """Refused."""
        raise _unsupported(f"ask for a hash of {path}")


def _unsupported(doing: str) -> TransportError:
    message = f"cannot {doing}: this receiver takes whole packages, and shows nothing of what it has"
    return TransportError(ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", message, retryable=False)
