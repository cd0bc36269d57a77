"""Asking a verifier for its verdict, with what the registries say of the plugin."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from distro_core.licensing.installation import Installation
from distro_core.marketplace.registry.catalogue import Registries
from distro_core.marketplace.registry.offers import Offer
from distro_core.plugins.runtime import RuntimeHolder
from distro_core.plugins.watch import Watch
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.licensing import LicenseKey, LicenseQuestion, LicenseVerdict
from distro_sdk.manifest import OFFLINE, LicenseModel

log = structlog.get_logger("distro.licensing")


@dataclass(frozen=True)
class Terms:
    """How a plugin is licensed. `offer`: where a registry offers it; `known`: whether all registries could be asked."""

    plugin_id: str
    license_model: LicenseModel
    verifier: str
    offer: Offer | None
    known: bool

    @property
    def keys(self) -> tuple[LicenseKey, ...]:
        """The publisher's keys, without those that were revoked."""
        if self.offer is None:
            return ()
        revoked = {kid for kid, _ in self._revoked()}
        return tuple(LicenseKey(**key.model_dump()) for key in self.offer.publisher.keys if key.kid not in revoked)

    def revokes(self, license_id: str | None) -> bool:
        """Whether the registry has revoked a licence."""
        return license_id is not None and license_id in {license for _, license in self._revoked()}

    def _revoked(self) -> list[tuple[str | None, str | None]]:
        if self.offer is None:
            return []
        publishers = {None, self.offer.publisher.id}
        return [(each.kid, each.license) for each in self.offer.content.revoked if each.publisher in publishers]


class Verification:
    """Whom to ask about a licence, and what is asked."""

    def __init__(self, registries: Registries, runtimes: RuntimeHolder, installation: Installation) -> None:
        self._registries = registries
        self._runtimes = runtimes
        self._installation = installation

    async def terms(self, plugin_id: str) -> Terms:
        """How a plugin is licensed: as it is installed, else as it is offered. Raises NOT_FOUND."""
        catalogue = await self._registries.catalogue()
        offer = catalogue.offers.get(plugin_id)
        found = self._runtimes.current.found.get(plugin_id)
        known = offer is not None or not catalogue.faults
        if found is not None and found.manifest is not None:
            manifest = found.manifest
            return Terms(plugin_id, manifest.license_model, manifest.license_verifier, offer, known)
        if offer is None or offer.shown is None:
            raise DomainError("NOT_FOUND", f"no plugin with id {plugin_id[:100]} is installed or offered", ("plugin",))
        return Terms(plugin_id, offer.shown.license_model, offer.shown.license_verifier, offer, known)

    async def ask(self, terms: Terms, tenant_id: str, license: str) -> LicenseVerdict:
        """The verdict now; raises `TransportError` where nobody can give one."""
        runtime = self._runtimes.current
        verifier = runtime.registries.license_verifiers.offered_by(runtime.loaded).get(terms.verifier)
        if verifier is None:
            raise _unreachable(f"no plugin that is loaded verifies licences of the kind {terms.verifier}")
        if terms.verifier == OFFLINE and not terms.known:
            raise _unreachable("the registry that lists the publisher's keys cannot be read")
        question = LicenseQuestion(
            plugin_id=terms.plugin_id,
            tenant_id=tenant_id,
            installation_id=await self._installation.id(),
            now=await self._installation.now(),
            keys=terms.keys,
        )
        with Watch(runtime.dispatcher.timeout) as watch:
            outcome = await watch.run(terms.verifier, verifier.verify, question, license)
        if isinstance(outcome.error, TransportError):
            raise outcome.error
        if outcome.error is not None or not isinstance(outcome.result, LicenseVerdict):
            # A verifier's own words could hold the licence.
            log.error("license_verifier_failed", verifier=terms.verifier, error=type(outcome.error).__name__)
            raise _unreachable(f"the verifier {terms.verifier} failed")
        return outcome.result


def _unreachable(reason: str) -> TransportError:
    return TransportError(ErrorCategory.API_UNAVAILABLE, "LICENSE_VERIFIER_UNAVAILABLE", reason, retryable=True)
