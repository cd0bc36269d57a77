"""DDEX's official schemas, from a folder that the operator names. Nothing is ever fetched."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from distro_sdk.errors import DomainError
from distro_sdk.xml import hardened_parser


class SchemaLibrary:
    """Compiled schema sets. `folder`: holds ``<set>/<version>/*.xsd``, directly or below ``xsd``; may be None."""

    def __init__(self, folder: Path | None) -> None:
        self._root = _root(folder) if folder else None
        self._compiled: dict[str, etree.XMLSchema | None] = {}
        self._lock = threading.Lock()

    def find(self, schema_set: str) -> etree.XMLSchema | None:
        """The compiled schema of a set such as ``ern/4.3``, or None where the folder has none.

        Raises `DomainError` SCHEMA_UNUSABLE for a set that does not compile.
        """
        with self._lock:
            if schema_set not in self._compiled:
                self._compiled[schema_set] = self._compile(schema_set)
            return self._compiled[schema_set]

    def explain(self, schema: etree.XMLSchema, root: etree._Element) -> list[etree._LogEntry]:
        """What a schema says of an invalid message; under a lock, because a schema object holds one log for all."""
        with self._lock:
            schema.validate(root)
            return list(schema.error_log)

    def _compile(self, schema_set: str) -> etree.XMLSchema | None:
        if self._root is None or not (self._root / schema_set).is_dir():
            return None
        folder = self._root / schema_set
        main = _main_file(folder)
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
        if name == "XMLSchema.dtd":
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


def _main_file(folder: Path) -> Path | None:
    """The set's main file: the only one that no other file of the set includes, by DDEX's naming."""
    names = ("release-notification.xsd", "ern-choreography-sftp.xsd", "media-enrichment-and-description.xsd")
    return next((folder / name for name in names if (folder / name).is_file()), None)
