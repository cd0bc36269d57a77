"""A wheel as an archive that nobody trusts: its paths stay inside, and it never grows beyond what is allowed."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from distro_sdk.errors import DomainError

MOST_FILES: Final = 2_000
MOST_BYTES: Final = 100 * 1024**2
"""Of all files together, unpacked."""
MOST_RATIO: Final = 200
"""Unpacked bytes for each packed one: text shrinks by 3 to 20, a bomb by 1000."""
SMALL: Final = 64 * 1024
"""Bytes up to which a file may shrink as it likes."""
LONGEST_PATH: Final = 240
BLOCK: Final = 1 << 18

_FLAG_ENCRYPTED = 0x1
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """The files of a wheel; made by `open_archive`, which has checked them. `names`: of its files, sorted."""

    def __init__(self, packed: zipfile.ZipFile, files: Sequence[zipfile.ZipInfo]) -> None:
        self._packed = packed
        self._files = {file.filename: file for file in files}
        self.names = sorted(self._files)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """A file's content; raises PLUGIN_WHEEL_INVALID where it is missing, damaged or longer than `most` bytes."""
        if name not in self._files or self._files[name].file_size > most:
            raise invalid(f"{name} is missing or too long")
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """A file's content in blocks; raises PLUGIN_WHEEL_INVALID where it is damaged."""
        try:
            with self._packed.open(self._files[name]) as file:
                while block := file.read(BLOCK):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
            raise invalid(f"{name} is damaged") from error

    def unpack(self, folder: Path) -> None:
        """Write every file below a folder that is empty."""
        for name in self.names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for block in self.blocks(name):
                    file.write(block)


@contextmanager
def open_archive(wheel: Path) -> Iterator[Archive]:
    """The files of a wheel; raises PLUGIN_WHEEL_INVALID or PLUGIN_WHEEL_UNSAFE before any of them is unpacked."""
    try:
        packed = zipfile.ZipFile(wheel)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise invalid("it is no archive") from error
    with packed:
        entries = packed.infolist()
        if len(entries) > MOST_FILES:
            raise unsafe(f"it has more than {MOST_FILES} files")
        for entry in entries:
            _check_entry(entry)
        files = [entry for entry in entries if not entry.is_dir()]
        _check_sizes(files, wheel.stat().st_size)
        _check_collisions([entry.filename.rstrip("/") for entry in entries], [file.filename for file in files])
        yield Archive(packed, files)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    parts = entry.filename.rstrip("/").split("/")
    plain = all(part not in {"", ".", ".."} and part == part.strip(" ") and not part.endswith(".") for part in parts)
    odd = any(ord(sign) < 32 or ord(sign) == 127 or sign in '\\:*?"<>|' for sign in entry.filename)
    if path.is_absolute() or not plain or odd or entry.orig_filename != entry.filename:
        raise unsafe(f"the path {entry.filename[:100]!r} does not stay inside")
    if len(entry.filename.encode()) > LONGEST_PATH:
        raise unsafe(f"the path {entry.filename[:100]!r}… is too long")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or (kind == stat.S_IFDIR) > entry.is_dir():
        raise unsafe(f"{entry.filename} is no plain file")
    if entry.flag_bits & _FLAG_ENCRYPTED or entry.compress_type not in _PACKINGS:
        raise invalid(f"{entry.filename} is packed in a way that is not read")


def _check_sizes(files: Sequence[zipfile.ZipInfo], size: int) -> None:
    if sum(file.file_size for file in files) > MOST_BYTES:
        raise unsafe(f"its files have more than {MOST_BYTES} bytes together")
    for file in files:
        if file.file_size > max(SMALL, MOST_RATIO * file.compress_size):
            raise unsafe(f"{file.filename} grows to more than {MOST_RATIO} times its size")
    # Entries that share packed bytes make a bomb of a few files, each of which looks harmless.
    end = 0
    for file in sorted(files, key=lambda file: file.header_offset):
        if file.header_offset < end:
            raise unsafe(f"{file.filename} shares its bytes with another file")
        end = file.header_offset + file.compress_size
    if end > size:
        raise invalid("it is cut off")


def _check_collisions(paths: Sequence[str], files: Sequence[str]) -> None:
    """Refuse names that are one name on some file system, and files that are folders of others."""
    folded = [_folded(path) for path in paths]
    if len(set(folded)) != len(folded):
        raise unsafe("two of its names are the same on some systems")
    folders: dict[str, str] = {}
    for path in files:
        for parent in list(PurePosixPath(path).parents)[:-1]:
            if folders.setdefault(_folded(str(parent)), str(parent)) != str(parent):
                raise unsafe("two of its names are the same on some systems")
    if folders.keys() & {_folded(path) for path in files}:
        raise unsafe("one of its files is the folder of another")


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()


def invalid(reason: str) -> DomainError:
    """The error for what is no sound wheel."""
    return DomainError("PLUGIN_WHEEL_INVALID", f"the plugin's wheel is not valid: {reason}")


def unsafe(reason: str) -> DomainError:
    """The error for a wheel that could do harm by being unpacked."""
    return DomainError("PLUGIN_WHEEL_UNSAFE", f"the plugin's wheel is not safe: {reason}")
