"""DDEX's official schemas, from folders that the operator names or has installed. Nothing is ever fetched."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from stat import S_ISDIR
from typing import Any, Final

from lxml import etree

from distro_core.validation.allowed_values import write_as_patterns
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


State = tuple[int, int, int] | None
"""What tells that a file was changed: its number, time and size; None where there is none."""


@dataclass(frozen=True)
class _Compiled:
    """A judge, and every file that was looked at to find and make it, those that are not there as well."""

    judge: Judge | None
    files: Mapping[str, State]

    def is_current(self) -> bool:
        """Whether the files are what they were."""
        return all(_state(file) == state for file, state in self.files.items())


class SchemaLibrary:
    """Compiled schema sets, for any number of threads.

    `folders`: each holds ``<standard>/<version>/*.xsd``, directly or in a subfolder ``xsd``; the first that has a set
    gives it, None for no folder. A set of which any file is installed or replaced later is found without a restart.
    """

    def __init__(self, *folders: Path | None) -> None:
        self._folders = tuple(str(folder) for folder in folders if folder)
        self._judges: dict[str, _Compiled] = {}
        self._lock = threading.Lock()

    def find(self, schema_set: str) -> Judge | None:
        """The judge of a set such as ``ern/4.3``, or None where no folder has it.

        Raises `DomainError` SCHEMA_UNUSABLE for a set that does not compile.
        """
        with self._lock:
            known = self._judges.get(schema_set)
            if known is None or not known.is_current():
                known = self._make(schema_set)
                if known.judge is not None:
                    self._judges[schema_set] = known
            return known.judge

    def _make(self, schema_set: str) -> _Compiled:
        seen: dict[str, State] = {}
        main = self._main_file(schema_set, seen)
        return _Compiled(_make_judge(Path(main), schema_set, seen) if main else None, seen)

    def _main_file(self, schema_set: str, seen: dict[str, State]) -> str | None:
        for folder in self._folders:
            inner = f"{folder}/xsd"
            root = f"{inner if _look(inner, seen) else folder}/{schema_set}"
            for name in MAIN_FILES if _look(root, seen) else ():
                if _look(f"{root}/{name}", seen):
                    return f"{root}/{name}"
        return None


def compile_schema(main: Path, name: str, others: Iterable[Path] = ()) -> etree.XMLSchema:
    """Compile a schema set, never touching the network. `name` of the set; `others`: more folders with its imports.

    Raises `DomainError` SCHEMA_UNUSABLE.
    """
    try:
        return _read_schema(main, _LocalFiles((main.parent, main.parent.parent, *others)))
    except (etree.LxmlError, OSError) as error:
        text = f"the schema set {name} does not compile: {error}"
        raise DomainError("SCHEMA_UNUSABLE", text[:1000]) from error


def _make_judge(main: Path, name: str, seen: dict[str, State]) -> Judge:
    """The judge of a set: its verdicts come from lists of values as patterns where these compile."""
    try:
        quick = _read_schema(main, _LocalFiles((main.parent, main.parent.parent), seen))
    except (etree.LxmlError, OSError):
        quick = None
    return Judge(lambda: compile_schema(main, name), quick)


def _read_schema(main: Path, found: _LocalFiles) -> etree.XMLSchema:
    parser = hardened_parser()
    parser.resolvers.add(found)
    tree = etree.parse(str(main), parser)  # noqa: TID251 (the operator's own files)
    if found.seen is not None:
        write_as_patterns(tree.getroot())
    return etree.XMLSchema(tree)


def _look(file: str, seen: dict[str, State]) -> bool:
    """Whether there is a file or folder, of which is remembered what it looked like."""
    seen[file] = _state(file)
    return seen[file] is not None


def _state(file: str) -> State:
    try:
        found = os.stat(file)  # noqa: PTH116 (with each verdict, and a Path costs more than the look)
    except OSError:
        return None
    return (found.st_ino, 0, 0) if S_ISDIR(found.st_mode) else (found.st_ino, found.st_mtime_ns, found.st_size)


class _LocalFiles(etree.Resolver):
    """Finds imports by file name in the set's own folders; anything else is refused instead of fetched.

    `seen`: takes every file that was looked at where lists of values become patterns, None where they stay lists.
    """

    def __init__(self, folders: tuple[Path, ...], seen: dict[str, State] | None = None) -> None:
        super().__init__()
        self._folders = folders
        self.seen = seen

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        """The local file of that name; raises OSError for one that is not in the set."""
        name = (system_url or "").rsplit("/", 1)[-1]
        if name == "XMLSchema.dtd":  # xmldsig's schema names it, and needs nothing of it
            return self.resolve_string("", context)
        for folder in self._folders:
            file = folder / name
            if self.seen is None and file.is_file():
                return self.resolve_filename(str(file), context)
            if self.seen is not None and _look(str(file), self.seen):
                return self.resolve_string(_with_patterns(file), context, base_url=str(file))
        raise OSError(f"not in the schema folder: {system_url}")


def _with_patterns(file: Path) -> bytes:
    root = etree.fromstring(file.read_bytes(), hardened_parser())  # noqa: TID251 (the operator's own files)
    write_as_patterns(root)
    return etree.tostring(root)


@cache
def library(*folders: Path | None) -> SchemaLibrary:
    """The library of some folders, shared by the process so that each set is compiled once."""
    return SchemaLibrary(*folders)
