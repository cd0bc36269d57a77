"""The folder into which DDEX's official schemas are installed, for good or not at all.

Every installation makes a new folder beside the one in force and puts it in force by one renaming of a link, so that
a validator sees the old sets or the new ones, never a mixture.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lxml import etree
from pydantic import AwareDatetime, TypeAdapter

from distro_core.validation.schemas import MAIN_FILES, compile_schema, schema_set_of
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.xml import hardened_parser

MAX_FILES: Final = 2_000
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
RECORD: Final = "installed.json"
_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"


class InstalledSet(Model):
    """A schema set that is installed. `source`: folder or address it came from."""

    name: str
    files: tuple[str, ...]
    source: str
    installed_at: AwareDatetime


@dataclass(frozen=True)
class FoundSet:
    """A schema set in a folder. `files`: by name, everything that it needs; `main`: the one that stands for it."""

    name: str
    main: Path
    files: dict[str, Path]


@dataclass(frozen=True)
class Installation:
    """What became of an installation. `refused`: by name of the set, why it was left out."""

    installed: tuple[InstalledSet, ...]
    refused: dict[str, str]


class SchemaStore:
    """Installed schema sets. `folder`: a link to the folder in force, read as any other folder with schemas."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> tuple[InstalledSet, ...]:
        """Every installed set, by name; raises `DomainError` SCHEMA_STORE_UNREADABLE."""
        try:
            content = (self._folder / RECORD).read_bytes()
        except FileNotFoundError:
            return ()
        try:
            return _RECORDS.validate_json(content)
        except ValueError as error:
            raise DomainError("SCHEMA_STORE_UNREADABLE", f"{self._folder / RECORD} cannot be read") from error

    def install(self, folder: Path, *, source: str, now: datetime) -> Installation:
        """Install every set of a folder that compiles; those that are there already are replaced, others stay.

        `source`: what is remembered as their origin. Raises `DomainError` SCHEMAS_ABSENT for a folder without any
        schema of DDEX, SCHEMA_STORE_UNREADABLE where the store is no store. An installation that fails leaves what
        was there.
        """
        if self._folder.exists() and not self._folder.is_symlink():
            raise DomainError(
                "SCHEMA_STORE_UNREADABLE", f"{self._folder} was not made by an installation: move it away"
            )
        usable, refused = _sift(find_schema_sets(folder))
        if not usable and not refused:
            raise DomainError("SCHEMAS_ABSENT", f"there is no schema of DDEX in {source}")
        added = tuple(
            InstalledSet(name=found.name, files=tuple(sorted(found.files)), source=source, installed_at=now)
            for found in usable
        )
        if added:
            self._put_in_force(usable, added)
        return Installation(added, refused)

    def _put_in_force(self, usable: Sequence[FoundSet], added: Sequence[InstalledSet]) -> None:
        before = self._folder.resolve() if self._folder.is_symlink() else None
        token = secrets.token_hex(8)
        fresh = self._folder.with_name(f"{self._folder.name}-{token}")
        link = self._folder.with_name(f"{self._folder.name}-{token}.link")
        try:
            self._fill(fresh, usable, added)
            link.symlink_to(fresh.name)
            link.replace(self._folder)
        except OSError:
            link.unlink(missing_ok=True)
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)

    def _fill(self, fresh: Path, usable: Sequence[FoundSet], added: Sequence[InstalledSet]) -> None:
        names = {found.name for found in usable}
        kept = [record for record in self.list() if record.name not in names]
        for record in kept:
            shutil.copytree(self._folder / record.name, fresh / record.name)
        for found in usable:
            (fresh / found.name).mkdir(parents=True)
            for name, file in found.files.items():
                shutil.copyfile(file, fresh / found.name / name)
        records = sorted([*kept, *added], key=lambda record: record.name)
        (fresh / RECORD).write_bytes(_RECORDS.dump_json(tuple(records), indent=2))


def find_schema_sets(folder: Path) -> list[FoundSet]:
    """The schema sets in a folder, wherever in it they lie, by name; of several states of a set the one least deep.

    Raises `DomainError` SCHEMA_TOO_LARGE for more files, or larger ones, than schemas have.
    """
    files = sorted(_schema_files(folder), key=lambda file: (len(file.parts), file))
    found: dict[str, FoundSet] = {}
    for main in files:
        name = _set_name(main) if main.name in MAIN_FILES else None
        if name is not None and name not in found:
            found[name] = FoundSet(name, main, _gather(main, files))
    return [found[name] for name in sorted(found)]


def schema_imports(content: bytes) -> tuple[str, ...]:
    """The addresses from which a schema imports; none for what is no schema."""
    try:
        root = etree.fromstring(content, hardened_parser())  # noqa: TID251 (the operator's own files)
    except etree.XMLSyntaxError:
        return ()
    parts = root.iterchildren(f"{_XSD}import", f"{_XSD}include")
    return tuple(part.get("schemaLocation", "") for part in parts if part.get("schemaLocation"))


def file_name(address: str) -> str:
    """The last part of an address."""
    return urlsplit(address).path.rsplit("/", 1)[-1]


def _sift(sets: Iterable[FoundSet]) -> tuple[list[FoundSet], dict[str, str]]:
    """Those that compile, and why the others do not."""
    usable: list[FoundSet] = []
    refused: dict[str, str] = {}
    for found in sets:
        try:
            compile_schema(found.main, found.name, (file.parent for file in found.files.values()))
            usable.append(found)
        except DomainError as error:
            refused[found.name] = error.message
    return usable, refused


def _schema_files(folder: Path) -> Iterator[Path]:
    files = list(islice(folder.rglob("*.xsd"), MAX_FILES + 1))
    if len(files) > MAX_FILES:
        raise DomainError("SCHEMA_TOO_LARGE", f"{folder} holds more than {MAX_FILES} schema files")
    for file in files:
        if file.is_file():
            if file.stat().st_size > MAX_FILE_BYTES:
                raise DomainError("SCHEMA_TOO_LARGE", f"{file} has more than {MAX_FILE_BYTES} bytes")
            yield file


def _set_name(main: Path) -> str | None:
    try:
        root = etree.fromstring(main.read_bytes(), hardened_parser())  # noqa: TID251 (the operator's own files)
    except etree.XMLSyntaxError:
        return None
    return schema_set_of(root.get("targetNamespace", ""))


def _gather(main: Path, files: Sequence[Path]) -> dict[str, Path]:
    """A schema with everything that it imports, by file name: from its own folder, the one above, or anywhere else."""
    gathered = {main.name: main}
    waiting = [main]
    while waiting:
        for address in schema_imports(waiting.pop().read_bytes()):
            name = file_name(address)
            near = [main.parent / name, main.parent.parent / name, *(file for file in files if file.name == name)]
            there = next((file for file in near if file in files), None)
            if there is not None and name not in gathered:
                gathered[name] = there
                waiting.append(there)
    return gathered


_RECORDS: Final = TypeAdapter(tuple[InstalledSet, ...])
