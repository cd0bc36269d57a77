"""Reads a message of any format that a plugin reads, and finds the files that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from distro_core.assets.description import describe_file
from distro_core.assets.hashing import hash_file
from distro_core.validation.schemas import SchemaLibrary, schema_set_of
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import FileDetails, MessageReader, ReadMessage, ReadRelease
from distro_sdk.models.assets import Asset, FileHashes
from distro_sdk.models.message import HashAlgorithm
from distro_sdk.xml import ParsedMessage, as_parsed

MOST_FINDINGS: Final = 100
_LONGEST_FINDING: Final = 300
_RESOURCES: Final = "resources"


def read_message(
    content: bytes | ParsedMessage, readers: Iterable[MessageReader], schemas: SchemaLibrary | None = None
) -> ReadMessage:
    """What a message says; blocks, so call it in a thread. What is parsed is not parsed again.

    `schemas`: where the official schema of the message's version is among them, a message that breaks it is refused;
    without it, whatever can be understood is read. Raises `DomainErrors` NAMESPACE_UNKNOWN, SCHEMA_INVALID, what
    `parse_message` raises and what the reader does, each with its place in the text.
    """
    message = as_parsed(content)
    reader = find_reader(message.namespace, readers)
    if schemas is not None:
        _check_schema(message, schemas)
    return reader.read(message)


def find_reader(namespace: str, readers: Iterable[MessageReader]) -> MessageReader:
    """The reader of a namespace; raises `DomainErrors` NAMESPACE_UNKNOWN."""
    known = list(readers)
    found = next((reader for reader in known if namespace in reader.namespaces), None)
    if found is None:
        formats = ", ".join(sorted(reader.format for reader in known)) or "nothing"
        text = f"no plugin reads messages of the namespace {namespace[:200]!r}; read are {formats}"
        raise DomainErrors([DomainError("NAMESPACE_UNKNOWN", text)])
    return found


def find_files(read: ReadRelease, folder: Path, root: Path) -> dict[str, Path]:
    """Where the file of each asset lies that the message names. `folder`: of the message; `root`: none lies outside.

    Raises `DomainErrors` FILE_MISSING, FILE_OUTSIDE_FOLDER and FILE_HASH_WRONG for every file that is not as told.
    """
    found: dict[str, Path] = {}
    faults: list[DomainError] = []
    for asset_id, uri in read.files.items():
        try:
            path = find_file(uri, folder, root)
            check_hash(path, read.details[asset_id], uri)
            found[asset_id] = path
        except DomainError as error:
            faults.append(error)
    if faults:
        raise DomainErrors(faults)
    return found


def describe_files(read: ReadRelease, folder: Path) -> tuple[Asset, ...]:
    """The assets of a release, described from the files beside its message; blocks for hashing and decoding.

    Raises `DomainErrors` with what `find_files` and `describe_file` find.
    """
    paths = find_files(read, folder, folder)
    faults: list[DomainError] = []
    assets: list[Asset] = []
    for asset_id, path in paths.items():
        try:
            assets.append(describe_file(path, read.details[asset_id].kind, id=asset_id))
        except DomainError as error:
            faults.append(DomainError(error.code, f"{read.files[asset_id]}: {error.message}"))
    if faults:
        raise DomainErrors(faults)
    return tuple(assets)


def find_file(uri: str, folder: Path, root: Path) -> Path:
    """The file of an address, as it is or without its escapes, else of its name beside the message."""
    within = root.resolve()
    outside = False
    for candidate in _candidates(uri, folder):
        try:
            path = candidate.resolve()
            there = path.is_file()
        except (OSError, ValueError):
            # A name that no file system takes, too long for one or with a null character.
            continue
        if not path.is_relative_to(within):
            outside = True
        elif there:
            return path
    if outside:
        raise DomainError("FILE_OUTSIDE_FOLDER", f"{uri[:200]} lies elsewhere than with the message")
    raise DomainError("FILE_MISSING", f"there is no file {uri[:200]}")


def check_hash(path: Path, told: FileDetails, uri: str) -> None:
    """Compare the hashes that a message tells with those of the file; raises FILE_HASH_WRONG."""
    if not told.hashes:
        return
    real = _by_algorithm(hash_file(path))
    for algorithm, value in told.hashes.items():
        if real[algorithm] != value:
            text = f"{uri[:200]} has the {algorithm.value} {real[algorithm]}, the message says {value}"
            raise DomainError("FILE_HASH_WRONG", text)


def _by_algorithm(hashes: FileHashes) -> Mapping[HashAlgorithm, str]:
    return {HashAlgorithm.MD5: hashes.md5, HashAlgorithm.SHA1: hashes.sha1, HashAlgorithm.SHA256: hashes.sha256}


def _candidates(uri: str, folder: Path) -> Iterator[Path]:
    for text in dict.fromkeys((uri, unquote(uri))):
        name = text.replace("\\", "/").rsplit("/", 1)[-1]
        yield from (folder / text, folder / _RESOURCES / name, folder / name)


def _check_schema(message: ParsedMessage, schemas: SchemaLibrary) -> None:
    """Refuse what breaks the official schema; a finding never carries the list of all allowed values."""
    schema_set = schema_set_of(message.namespace)
    official = schemas.find(schema_set) if schema_set else None
    if official is None:
        return
    found = official.judge(message.root, len(message.content))[:MOST_FINDINGS]
    findings = [
        DomainError("SCHEMA_INVALID", f"{one.path or '/'} (line {one.line or '?'}): {one.message[:_LONGEST_FINDING]}")
        for one in found
    ]
    if findings:
        raise DomainErrors(findings)
