"""The folders into which wheels are unpacked: one for each content, whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from distro_core.marketplace.wheels.archive import open_archive

UNFINISHED = ".unfinished-"


class PluginFolders:
    """The folders of this machine. `root`: where they lie; any number of processes may use it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the wheel of that hash is unpacked, if it is."""
        return self.root / sha256

    def has(self, sha256: str) -> bool:
        """Whether it is unpacked: a folder gets its name when it is complete."""
        return self.path(sha256).is_dir()

    def unpack(self, wheel: Path, sha256: str) -> Path:
        """Unpack a wheel unless it is already; raises what `open_archive` raises."""
        target = self.path(sha256)
        if not target.is_dir():
            with self.unfinished() as folder:
                with open_archive(wheel) as archive:
                    archive.unpack(folder)
                _sync(folder)
                try:
                    folder.rename(target)
                except OSError:
                    # Another process was faster.
                    if not target.is_dir():
                        raise
        return target

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A folder for what is not complete yet; what is left in it is thrown away."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self, sha256: str) -> None:
        """Remove a folder; it loses its name at once, so that nobody finds half of it."""
        if self.has(sha256):
            with self.unfinished() as grave:
                self.path(sha256).rename(grave / "gone")

    def retire(self, sha256: str) -> None:
        """Note that a folder is not wanted any more: processes that imported from it may go on for a while."""
        if self.has(sha256):
            os.utime(self.path(sha256))

    def sweep(self, keep: Collection[str], older_than: float) -> None:
        """Remove what nobody wants: folders that were retired, and what processes that ended midway have left.

        `keep`: hashes of what is wanted; `older_than`: seconds since 1970.
        """
        if not self.root.is_dir():
            return
        for folder in self.root.iterdir():
            if folder.name in keep or folder.stat().st_mtime >= older_than:
                continue
            if folder.name.startswith(UNFINISHED):
                shutil.rmtree(folder, ignore_errors=True)
            else:
                self.remove(folder.name)


def _sync(folder: Path) -> None:
    """Make the files last through a power cut before the folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
