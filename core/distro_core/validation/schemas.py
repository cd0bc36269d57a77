"""DDEX's official schemas, from folders that the operator names or has installed. Nothing is ever fetched."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from distro_core.validation.judges import Judge
from distro_sdk.errors import DomainError
from distro_sdk.xml import hardened_parser

MAIN_FILES: Final = (
    "release-notification.xsd",
    "ern-choreography-sftp.xsd",
    "media-enrichment-and-description.xsd",
    "party-identification-and-enrichment.xsd",
)
"""The file that stands for its set, by DDEX's naming."""

_DDEX_NAMESPACE = re.compile(r"http://ddex\.net/xml/(?P<standard>[a-z-]+)/(?P<version>[0-9]+)", re.ASCII)


def schema_set_of(namespace: str) -> str | None:
    """The name of the schema set of a DDEX namespace: ``…/ern/382`` is judged by ``ern/3.8.2``; None for any other."""
    match = _DDEX_NAMESPACE.fullmatch(namespace)
    return f"{match['standard']}/{'.'.join(match['version'])}" if match else None


@dataclass(frozen=True)
class _Compiled:
    """A judge and the state of the file it was made from."""

    state: tuple[Path, int, int]
    judge: Judge


class SchemaLibrary:
    """Compiled schema sets, for any number of threads.

    `folders`: each holds ``<standard>/<version>/*.xsd``, directly or in a subfolder ``xsd``; the first that has a set
    gives it, None for no folder. A set that is installed or replaced later is found without a restart.
    """

    def __init__(self, *folders: Path | None) -> None:
        self._folders = tuple(folder for folder in folders if folder)
        self._judges: dict[str, _Compiled] = {}
        self._lock = threading.Lock()

    def find(self, schema_set: str) -> Judge | None:
        """The judge of a set such as ``ern/4.3``, or None where no folder has it.

        Raises `DomainError` SCHEMA_UNUSABLE for a set that does not compile.
        """
        main = self._main_file(schema_set)
        if main is None:
            return None
        found = main.stat()
        state = (main, found.st_ino, found.st_mtime_ns)
        with self._lock:
            known = self._judges.get(schema_set)
            if known is None or known.state != state:
                known = _Compiled(state, Judge(lambda: compile_schema(main, schema_set)))
                self._judges[schema_set] = known
            return known.judge

    def _main_file(self, schema_set: str) -> Path | None:
        for folder in self._folders:
            root = folder / "xsd" if (folder / "xsd").is_dir() else folder
            for name in MAIN_FILES:
                if (root / schema_set / name).is_file():
                    return root / schema_set / name
        return None


def compile_schema(main: Path, name: str, others: Iterable[Path] = ()) -> etree.XMLSchema:
    """Compile a schema set, never touching the network. `name` of the set; `others`: more folders with its imports.

    Raises `DomainError` SCHEMA_UNUSABLE.
    """
    parser = hardened_parser()
    parser.resolvers.add(_LocalFiles((main.parent, main.parent.parent, *others)))
    try:
        return etree.XMLSchema(etree.parse(str(main), parser))  # noqa: TID251 (the operator's own files)
    except (etree.LxmlError, OSError) as error:
        text = f"the schema set {name} does not compile: {error}"
        raise DomainError("SCHEMA_UNUSABLE", text[:1000]) from error


class _LocalFiles(etree.Resolver):
    """Finds imports by file name in the set's own folders; anything else is refused instead of fetched."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__()
        self._folders = folders

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        """The local file of that name; raises OSError for one that is not in the set."""
        name = (system_url or "").rsplit("/", 1)[-1]
        if name == "XMLSchema.dtd":  # xmldsig's schema names it, and needs nothing of it
            return self.resolve_string("", context)
        for folder in self._folders:
            if (folder / name).is_file():
                return self.resolve_filename(str(folder / name), context)
        raise OSError(f"not in the schema folder: {system_url}")


@cache
def library(*folders: Path | None) -> SchemaLibrary:
    """The library of some folders, shared by the process so that each set is compiled once."""
    return SchemaLibrary(*folders)
