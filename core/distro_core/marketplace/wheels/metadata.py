"""What a wheel says of itself in its `.dist-info` folder (the binary distribution format of the PyPA)."""

from __future__ import annotations

import base64
import binascii
import configparser
import csv
import hashlib
import hmac
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from distro_core.marketplace.wheels.archive import Archive, invalid
from distro_sdk.errors import DomainError
from distro_sdk.plugin import ENTRY_POINT_GROUP

MOST_TEXT = 1024**2
UNSIGNED = ("RECORD", "RECORD.jws", "RECORD.p7s")
"""Files of which RECORD need not tell a hash."""


@dataclass(frozen=True)
class WheelMetadata:
    """What matters of it. `folder`: the `.dist-info` folder; `entry_points`: of the group of plugins, by name."""

    folder: str
    name: str
    version: str
    entry_points: Mapping[str, str]


def read_metadata(archive: Archive) -> WheelMetadata:
    """What the wheel says of itself, compared with what is in it.

    Raises PLUGIN_WHEEL_INVALID, or PLUGIN_DEPENDENCY_MISSING for a distribution that the host lacks.
    """
    folder = _information_folder(archive)
    _check_record(archive, folder)
    _check_tags(_message(archive, f"{folder}/WHEEL"))
    metadata = _message(archive, f"{folder}/METADATA")
    name, version = metadata.get("Name"), metadata.get("Version")
    if not name or not version:
        raise invalid("METADATA names no name or version")
    _check_dependencies(metadata)
    return WheelMetadata(folder, name, version, _entry_points(archive, folder))


def _information_folder(archive: Archive) -> str:
    tops = {name.partition("/")[0] for name in archive.names if "/" in name}
    if any(top.endswith(".data") for top in tops):
        raise invalid("it has a .data folder, for which there is no place")
    folders = [top for top in tops if top.endswith(".dist-info")]
    if len(folders) != 1:
        raise invalid("it has not exactly one .dist-info folder")
    return folders[0]


def _check_record(archive: Archive, folder: str) -> None:
    """Refuse a wheel whose RECORD does not list exactly its files, each with its SHA-256 and size."""
    recorded: dict[str, tuple[str, str]] = {}
    for row in csv.reader(_text(archive, f"{folder}/RECORD").splitlines()):
        if len(row) != 3 or row[0] in recorded:
            raise invalid("RECORD has a malformed or repeated line")
        recorded[row[0]] = (row[1], row[2])
    unsigned = {f"{folder}/{name}" for name in UNSIGNED}
    for name in archive.names:
        if name not in recorded and name not in unsigned:
            raise invalid(f"RECORD does not list {name}")
    for name, (told, size) in recorded.items():
        if name in unsigned:
            continue
        if name not in archive.names:
            raise invalid(f"RECORD lists {name}, which is missing")
        digest, count = hashlib.sha256(), 0
        for block in archive.blocks(name):
            digest.update(block)
            count += len(block)
        if not hmac.compare_digest(_digest(told), digest.digest()) or size != str(count):
            raise invalid(f"{name} is not what RECORD says")


def _digest(told: str) -> bytes:
    algorithm, _, value = told.partition("=")
    if algorithm != "sha256":
        raise invalid("RECORD has a hash other than SHA-256")
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as error:
        raise invalid("RECORD has a malformed hash") from error


def _check_tags(wheel: Message) -> None:
    if wheel.get("Root-Is-Purelib") != "true" or wheel.get_all("Tag") != ["py3-none-any"]:
        raise DomainError(
            "PLUGIN_NATIVE_CODE", "the plugin's wheel is not for every machine: its tag must be py3-none-any"
        )
    if not str(wheel.get("Wheel-Version", "")).startswith("1."):
        raise invalid("its Wheel-Version is not 1")


def _check_dependencies(metadata: Message) -> None:
    missing = []
    for text in metadata.get_all("Requires-Dist") or ():
        try:
            needed = Requirement(text)
        except InvalidRequirement as error:
            raise invalid(f"METADATA requires {text[:100]!r}, which is malformed") from error
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        installed = _installed_version(needed.name)
        if needed.url or installed is None or not needed.specifier.contains(installed, prereleases=True):
            missing.append(f"{needed.name} {needed.specifier} (here: {installed or 'none'})")
    if missing:
        message = f"the plugin needs distributions that this platform does not have: {', '.join(missing)}"
        raise DomainError("PLUGIN_DEPENDENCY_MISSING", message)


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(canonicalize_name(name))
    except importlib.metadata.PackageNotFoundError:
        return None


def _entry_points(archive: Archive, folder: str) -> Mapping[str, str]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(_text(archive, f"{folder}/entry_points.txt"))
    except configparser.Error as error:
        raise invalid("entry_points.txt is malformed") from error
    if parser.sections() != [ENTRY_POINT_GROUP]:
        raise invalid(f"its entry points are not those of {ENTRY_POINT_GROUP} alone")
    return dict(parser[ENTRY_POINT_GROUP])


def _message(archive: Archive, name: str) -> Message:
    return Parser().parsestr(_text(archive, name))


def _text(archive: Archive, name: str) -> str:
    try:
        return archive.read(name, MOST_TEXT).decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(f"{name} is no text") from error
