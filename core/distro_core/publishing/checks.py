"""What a machine checks of a submission before a person looks at it (row MKT-05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from distro_core.marketplace.registry.format import PluginEntry, PluginVersion, Publisher, RegistryContent
from distro_core.marketplace.trust import verify_artefact
from distro_core.marketplace.wheels.inspection import InspectedWheel, inspect_wheel
from distro_core.publishing.documents import DeveloperDocument, Reason, SubmissionDocument
from distro_core.publishing.own_registry import version_of
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginManifest


def inspect_submission(
    wheel: Path, submission: SubmissionDocument, developer: DeveloperDocument
) -> tuple[PluginManifest | None, list[Reason]]:
    """The manifest in a wheel, and every reason why it cannot be listed: those of the installer, found early."""
    reasons: list[Reason] = []
    inspected = _checked(reasons, lambda: inspect_wheel(wheel, {}))
    if inspected is None:
        return None, reasons
    manifest = inspected.manifest
    reasons += _faults(manifest, submission, developer)
    described = submission.model_copy(update={"manifest": manifest})
    if not reasons:
        _checked(reasons, lambda: _check_signature(described, developer))
    return manifest, reasons


def _checked(reasons: list[Reason], check: Callable[[], InspectedWheel | None]) -> InspectedWheel | None:
    try:
        return check()
    except DomainError as error:
        reasons.append(Reason(code=error.code, message=error.message))
        return None


def _faults(manifest: PluginManifest, submission: SubmissionDocument, developer: DeveloperDocument) -> Iterator[Reason]:
    if (manifest.id, manifest.version) != (submission.plugin_id, submission.version):
        said = f"the manifest is of {manifest.id} {manifest.version}"
        yield _wrong(f"{said}, submitted was {submission.plugin_id} {submission.version}")
    if manifest.publisher != developer.name:
        yield _wrong(f"its publisher is {manifest.publisher}, the developer is called {developer.name}")
    if missing := [field for field in ("category", "source", "python", "entry") if getattr(manifest, field) is None]:
        yield _wrong(f"a plugin of a marketplace must say its {', '.join(missing)}")
    is_free = manifest.license_model is LicenseModel.FREE
    if is_free != (submission.price is None):
        message = "it is free and has a price" if is_free else "it is not free and has no price"
        yield Reason(code="PLUGIN_PRICE_WRONG", message=message)


def _check_signature(submission: SubmissionDocument, developer: DeveloperDocument) -> None:
    """Verify the developer's signature as whoever installs the plugin will."""
    try:
        version = PluginVersion.model_validate(version_of(submission))
        publisher = Publisher(id=developer.id, name=developer.name, support=developer.support, keys=developer.keys)
        content = RegistryContent.model_validate(
            {
                "version": 1,
                "serial": 0,
                "issued_at": version.released_at,
                "expires": version.released_at,
                "publishers": [publisher],
                "plugins": [_listed(submission, version)],
                "revoked": [{"publisher": developer.id, "kid": kid} for kid in developer.revoked_keys],
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise DomainError("PLUGIN_MANIFEST_WRONG", f"a registry cannot list it: {place}: {fault['msg']}") from error
    verify_artefact(content, publisher, submission.plugin_id, version)


def _listed(submission: SubmissionDocument, version: PluginVersion) -> PluginEntry:
    assert submission.manifest is not None
    described = submission.manifest.model_dump(
        include={"id", "name", "description", "category", "source", "support", "license"}
    )
    return PluginEntry.model_validate(
        {**described, "publisher": submission.developer_id, "keywords": submission.keywords, "versions": [version]}
    )


def _wrong(message: str) -> Reason:
    return Reason(code="PLUGIN_MANIFEST_WRONG", message=message)
