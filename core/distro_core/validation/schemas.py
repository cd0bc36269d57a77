"""DDEX's official schemas, from a folder that the operator names. Nothing is ever fetched."""

from __future__ import annotations

import re
import threading
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

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


class SchemaLibrary:
    """Compiled schema sets, for any number of threads.

    `folder`: holds ``<standard>/<version>/*.xsd``, directly or in a subfolder ``xsd``; None where there is none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._root = _root(folder) if folder else None
        self._compiled: dict[str, etree.XMLSchema | None] = {}
        self._explaining: dict[str, etree.XMLSchema] = {}
        self._lock = threading.Lock()

    def find(self, schema_set: str) -> etree.XMLSchema | None:
        """The compiled schema of a set such as ``ern/4.3``, or None where the folder has none.

        Raises `DomainError` SCHEMA_UNUSABLE for a set that does not compile.
        """
        with self._lock:
            if schema_set not in self._compiled:
                self._compiled[schema_set] = self._compile(schema_set)
            return self._compiled[schema_set]

    def judge(self, schema_set: str, root: etree._Element) -> list[etree._LogEntry] | None:
        """What a set says against a message, nothing where it is valid; None where the folder has no such set.

        Threads judge side by side with one schema. Its log is shared, though: an invalid message is judged again, by
        one thread at a time, with a schema that is kept for that. Raises as `find` does.
        """
        schema = self.find(schema_set)
        if schema is None:
            return None
        if schema.validate(root):
            return []
        with self._lock:
            explaining = self._explaining.get(schema_set) or self._compile(schema_set)
            if explaining is None:
                raise DomainError("SCHEMA_UNUSABLE", f"the schema set {schema_set} is gone")
            self._explaining[schema_set] = explaining
            explaining.validate(root)
            return list(explaining.error_log)

    def _compile(self, schema_set: str) -> etree.XMLSchema | None:
        if self._root is None or not (self._root / schema_set).is_dir():
            return None
        folder = self._root / schema_set
        main = next((folder / name for name in MAIN_FILES if (folder / name).is_file()), None)
        if main is None:
            return None
        parser = hardened_parser()
        parser.resolvers.add(_LocalFiles((folder, folder.parent)))
        try:
            return etree.XMLSchema(etree.parse(str(main), parser))  # noqa: TID251 (the operator's own files)
        except (etree.LxmlError, OSError) as error:
            raise DomainError("SCHEMA_UNUSABLE", f"the schema set {schema_set} does not compile: {error}") from error


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
def library(folder: Path | None) -> SchemaLibrary:
    """The library of a folder, shared by the process so that each set is compiled once."""
    return SchemaLibrary(folder)


def _root(folder: Path) -> Path:
    return folder / "xsd" if (folder / "xsd").is_dir() else folder
