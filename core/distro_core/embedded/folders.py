"""Folders for embedded servers: their data, and their sockets."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from distro_core.embedded.errors import EmbeddedServiceError

LONGEST_SOCKET_PATH = 100
"""Bytes; Linux allows 107, macOS 103."""

LONGEST_SOCKET_NAME = "mongodb-0.sock"


def private_folder(path: Path) -> Path:
    """A folder that only this user can enter, made where missing; raises EMBEDDED_SERVICE_FAILED for a foreign one."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EmbeddedServiceError("EMBEDDED_SERVICE_FAILED", f"{path} is not a folder of this user's")
    path.chmod(0o700)
    return path


def socket_folder(data_path: Path) -> Path:
    """The folder for sockets: beside the data, or under the temporary folder where that path is too long."""
    name = f"stardust-distro-{os.getuid()}-{hashlib.sha256(os.fsencode(data_path)).hexdigest()[:12]}"
    for folder in (data_path / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108 (checked)
        if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) < LONGEST_SOCKET_PATH:
            return private_folder(folder)
    raise EmbeddedServiceError("EMBEDDED_SERVICE_FAILED", "no folder has a path short enough for a socket")
