"""Everything that is checked of a wheel before any of its code runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_version
from pydantic import ValidationError

from distro_core.marketplace.registry.format import PluginVersion
from distro_core.marketplace.registry.offers import Offer
from distro_core.marketplace.wheels.archive import Archive, open_archive
from distro_core.marketplace.wheels.metadata import WheelMetadata, read_metadata
from distro_core.marketplace.wheels.names import check_pure, check_shadows, top_levels
from distro_core.plugins.requirements import malformed_ranges, requirements_not_met, unmet_by_host
from distro_sdk.errors import DomainError
from distro_sdk.manifest import MANIFEST_FILE, PluginManifest

MOST_MANIFEST = 64 * 1024
OF_THE_ENTRY = ("id", "name", "category", "source", "support")
OF_THE_VERSION = ("version", "sdk", "python", "license_model", "license_verifier", "requires")


@dataclass(frozen=True)
class InspectedWheel:
    """A wheel that has passed. `distribution`: its name; `top_levels`: names of its modules and packages."""

    manifest: PluginManifest
    entry: str
    distribution: str
    top_levels: tuple[str, ...]


def inspect_wheel(wheel: Path, others: Mapping[str, Iterable[str]]) -> InspectedWheel:
    """Check a wheel's files, metadata, names and manifest.

    `others`: the names of modules that each other installed plugin brings. Raises PLUGIN_WHEEL_INVALID,
    PLUGIN_WHEEL_UNSAFE, PLUGIN_NATIVE_CODE, PLUGIN_DEPENDENCY_MISSING, PLUGIN_SHADOWS_MODULE, PLUGIN_MANIFEST_WRONG
    or PLUGIN_REQUIREMENTS_NOT_MET.
    """
    with open_archive(wheel) as archive:
        metadata = read_metadata(archive)
        check_pure(archive)
        names = top_levels(archive, metadata.folder)
        check_shadows(names, others)
        manifest, entry = _manifest(archive, metadata)
    return InspectedWheel(manifest, entry, metadata.name, names)


def compare_with_offer(inspected: InspectedWheel, offer: Offer, version: PluginVersion) -> None:
    """Raises PLUGIN_MANIFEST_WRONG where a manifest says something else than its registry."""
    said = inspected.manifest.model_dump(mode="json")
    expected: dict[str, Any] = {
        **offer.entry.model_dump(mode="json", include=set(OF_THE_ENTRY)),
        **version.model_dump(mode="json", include=set(OF_THE_VERSION)),
    }
    if different := [field for field in expected if said[field] != expected[field]]:
        raise _wrong(f"its registry says something else of {', '.join(different)}")


def _manifest(archive: Archive, metadata: WheelMetadata) -> tuple[PluginManifest, str]:
    if len(metadata.entry_points) != 1:
        raise _wrong("its wheel has not exactly one entry point")
    ((id, entry),) = metadata.entry_points.items()
    try:
        manifest = PluginManifest.model_validate(json.loads(archive.read(_place(archive, entry), MOST_MANIFEST)))
    except (ValueError, RecursionError, ValidationError) as error:
        raise _wrong(str(error)[:500]) from error
    if manifest.id != id or manifest.entry != entry:
        raise _wrong(f"the entry point is {id} = {entry}, the manifest says {manifest.id} = {manifest.entry}")
    if canonicalize_version(manifest.version) != canonicalize_version(metadata.version):
        raise _wrong(f"the wheel has version {metadata.version}, the manifest says {manifest.version}")
    if malformed := malformed_ranges(manifest):
        raise _wrong("; ".join(malformed))
    if reasons := unmet_by_host(manifest.sdk, manifest.python):
        raise DomainError("PLUGIN_REQUIREMENTS_NOT_MET", requirements_not_met(manifest.name, reasons))
    return manifest, entry


def _place(archive: Archive, entry: str) -> str:
    """Where the manifest lies: in the package of the entry's module, or in the nearest one above it."""
    steps = entry.partition(":")[0].split(".")
    for depth in range(len(steps), 0, -1):
        place = "/".join((*steps[:depth], MANIFEST_FILE))
        if place in archive.names:
            return place
    raise _wrong("there is none beside the module that the entry point names")


def _wrong(reason: str) -> DomainError:
    return DomainError("PLUGIN_MANIFEST_WRONG", f"the plugin's {MANIFEST_FILE} is not valid: {reason}")
