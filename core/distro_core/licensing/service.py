"""The licences of all tenants: entered, verified again from time to time, and asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from distro_core.clock import Clock
from distro_core.identity.documents import TenantDocument
from distro_core.licensing.held import HeldLicense, LicenseState
from distro_core.licensing.installation import Installation
from distro_core.licensing.rights import Rights
from distro_core.licensing.verification import Terms, Verification
from distro_core.marketplace.licensing import license_required
from distro_core.marketplace.registry.catalogue import Registries
from distro_core.plugins.runtime import Runtime, RuntimeHolder
from distro_core.secrets.port import KEY_SERVICE_CODES, Sealer
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.licensing import LONGEST_LICENSE, LicenseVerdict
from distro_sdk.manifest import LicenseModel

log = structlog.get_logger("distro.licensing")

MOST_LICENSES: Final = 500
"""Of one tenant."""


@dataclass(frozen=True)
class TenantLicense:
    """A tenant's licence for a plugin, and how it stands now."""

    plugin: str
    state: LicenseState
    held: HeldLicense


class Licensing:
    """Knows which tenant has a licence for which plugin; a `LicenseService`."""

    def __init__(
        self,
        control: ControlStore,
        registries: Registries,
        runtimes: RuntimeHolder,
        *,
        sealer: Sealer,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self.installation = Installation(control, clock)
        self._tenants = control.collection(TenantDocument)
        self._verification = Verification(registries, runtimes, self.installation)
        self._sealer = sealer
        self._clock = clock
        self._patience = timedelta(seconds=settings.license_patience)

    async def rights(self, tenant: TenantDocument, runtime: Runtime, kept: frozenset[str] = frozenset()) -> Rights:
        """What a tenant's licences allow now. `kept`: ids of plugins with which the work began that is to go on."""
        if not tenant.licenses and not runtime.licensed:
            return Rights(moment=self._clock.now(), patience=self._patience)
        return Rights(tenant.licenses, await self.installation.now(), self._patience, kept)

    async def require_license(self, plugin: str, license_model: LicenseModel, tenant_id: str) -> None:
        """Raise LICENSE_REQUIRED unless the tenant may install a plugin of that model (row MKT-03).

        Nothing is taken on trust: the licence is verified anew, and no answer is a refusal.
        """
        if license_model is LicenseModel.FREE:
            return
        tenant = await self._tenants.find(tenant_id)
        held = tenant.licenses.get(plugin) if tenant is not None else None
        if held is None or held.sealed is None:
            raise license_required()
        renewed = await self._verified(await self._verification.terms(plugin), tenant_id, held)
        now = await self.installation.now()
        if renewed.unreachable or renewed.state_at(now, self._patience) is not LicenseState.VALID:
            log.info("license_refused", plugin=plugin, tenant_id=tenant_id, reason=renewed.reason)
            raise license_required()

    async def add(self, tenant_id: str, plugin: str, license: str, *, by: str) -> TenantLicense:
        """Enter a licence, in place of the one that the tenant has for the plugin.

        Raises NOT_FOUND, LICENSE_NOT_NEEDED, LICENSE_INVALID with the reason, LICENSE_LIMIT_REACHED, or
        LICENSE_UNVERIFIABLE where nobody can judge it now. Its text is sealed and never told again.
        """
        terms = await self._verification.terms(plugin)
        if terms.license_model is LicenseModel.FREE:
            raise DomainError("LICENSE_NOT_NEEDED", f"plugin {plugin} is free", ("plugin",))
        text = license.strip()
        if not 1 <= len(text) <= LONGEST_LICENSE:
            raise _invalid(f"a licence has 1 to {LONGEST_LICENSE} characters")
        try:
            verdict = await self._verification.ask(terms, tenant_id, text)
        except TransportError as error:
            raise DomainError("LICENSE_UNVERIFIABLE", f"the licence cannot be verified now: {error.message}") from error
        now = await self.installation.now()
        held = HeldLicense(
            sealed=await self._sealer.seal(tenant_id, _purpose(plugin), text),
            verifier=terms.verifier,
            verified_at=now,
            added_at=now,
            added_by=by,
            **_facts(verdict, terms, now),
        )
        state = held.state_at(now, self._patience)
        if state is not LicenseState.VALID:
            raise _invalid(held.reason or "it has expired")
        await self._put(tenant_id, plugin, held)
        return TenantLicense(plugin, state, held)

    async def remove(self, tenant_id: str, plugin: str) -> None:
        """Give a licence up; what began before can end. Raises NOT_FOUND."""
        ended = {"sealed": None, "removed_at": await self.installation.now()}
        place = f"licenses.{plugin}"
        present = {"id": tenant_id, f"{place}.removed_at": None, f"{place}.added_at": {"$exists": True}}
        changed = {f"{place}.{field}": value for field, value in ended.items()}
        tenant = await self._tenants.try_update(present, Change(set=changed)) if _is_id(plugin) else None
        if tenant is None:
            raise _no_license(plugin)

    async def list(self, tenant_id: str) -> list[TenantLicense]:
        """The licences that a tenant holds, by plugin id."""
        now = await self.installation.now()
        return [self._shown(plugin, held, now) for plugin, held in (await self._held(tenant_id)).items()]

    async def verify(self, tenant_id: str, plugin: str) -> TenantLicense:
        """Verify a licence now and keep the verdict; raises NOT_FOUND."""
        held = (await self._held(tenant_id)).get(plugin)
        if held is None:
            raise _no_license(plugin)
        renewed = await self._renew(tenant_id, plugin, held)
        return self._shown(plugin, renewed, await self.installation.now())

    async def verify_all(self, tenant_id: str) -> int:
        """Verify all licences of a tenant; how many changed their state."""
        changed = 0
        for plugin, held in (await self._held(tenant_id)).items():
            before = held.state_at(await self.installation.now(), self._patience)
            renewed = await self._renew(tenant_id, plugin, held)
            after = renewed.state_at(await self.installation.now(), self._patience)
            if before is not after:
                changed += 1
                log.warning("license_state_changed", tenant_id=tenant_id, plugin=plugin, state=after.value)
        return changed

    async def _held(self, tenant_id: str) -> Mapping[str, HeldLicense]:
        licenses = (await self._tenants.get(tenant_id)).licenses
        return {plugin: held for plugin, held in sorted(licenses.items()) if held.removed_at is None}

    def _shown(self, plugin: str, held: HeldLicense, now: datetime) -> TenantLicense:
        return TenantLicense(plugin, held.state_at(now, self._patience), held)

    async def _renew(self, tenant_id: str, plugin: str, held: HeldLicense) -> HeldLicense:
        try:
            terms = await self._verification.terms(plugin)
        except DomainError:
            # Neither installed nor offered: there is nothing that it could be wanted for.
            return held
        renewed = await self._verified(terms, tenant_id, held)
        if renewed != held:
            same = {
                "id": tenant_id,
                f"licenses.{plugin}.added_at": held.added_at,
                f"licenses.{plugin}.removed_at": None,
            }
            await self._tenants.try_update(same, Change(set={f"licenses.{plugin}": renewed}))
        return renewed

    async def _verified(self, terms: Terms, tenant_id: str, held: HeldLicense) -> HeldLicense:
        """A licence with the verdict of now, or with the last one where nobody answers."""
        if held.sealed is None:
            return held
        try:
            text = await self._sealer.open(tenant_id, _purpose(terms.plugin_id), held.sealed)
            verdict = await self._verification.ask(terms, tenant_id, text)
        except (TransportError, DomainError) as error:
            if isinstance(error, DomainError) and error.code not in KEY_SERVICE_CODES:
                raise
            log.warning("license_not_verified", tenant_id=tenant_id, plugin=terms.plugin_id, code=error.code)
            revoked = _revocation(held, terms, await self.installation.now())
            return held.model_copy(update={"unreachable": True, **revoked})
        now = await self.installation.now()
        facts = _facts(verdict, terms, now)
        if held.refused_at is not None and facts["refused_at"] is not None:
            facts["refused_at"] = held.refused_at
        return held.model_copy(update={"verified_at": now, "unreachable": False, **facts})

    async def _put(self, tenant_id: str, plugin: str, held: HeldLicense) -> None:
        while True:
            tenant = await self._tenants.get(tenant_id)
            if len(tenant.licenses.keys() | {plugin}) > MOST_LICENSES:
                raise DomainError("LICENSE_LIMIT_REACHED", f"a tenant has at most {MOST_LICENSES} licences")
            where = {"id": tenant_id, "revision": tenant.revision}
            if await self._tenants.try_update(where, Change(set={f"licenses.{plugin}": held})) is not None:
                return


def _facts(verdict: LicenseVerdict, terms: Terms, now: datetime) -> dict[str, Any]:
    """What a verdict makes of a licence."""
    facts = {
        "license_id": verdict.license_id,
        "features": tuple(sorted(verdict.features)),
        "expires_at": verdict.expires_at,
        "grace_until": verdict.grace_until,
        "refused_at": None,
        "revoked": False,
        "reason": verdict.reason,
    }
    if terms.revokes(verdict.license_id):
        return {**facts, "features": (), "refused_at": now, "revoked": True, "reason": "its publisher has revoked it"}
    end = verdict.grace_until or verdict.expires_at
    has_ended = end is not None and now >= end
    if not verdict.valid and not has_ended:
        return {**facts, "features": (), "refused_at": now}
    return facts


def _revocation(held: HeldLicense, terms: Terms, now: datetime) -> dict[str, Any]:
    """What is known of a licence even where its verifier does not answer."""
    if not terms.revokes(held.license_id):
        return {}
    return {"refused_at": held.refused_at or now, "revoked": True, "reason": "its publisher has revoked it"}


def _purpose(plugin: str) -> str:
    return f"license:{plugin}"


def _is_id(plugin: str) -> bool:
    """Whether a name may stand in the path of a field."""
    return plugin.replace("-", "").isalnum()


def _no_license(plugin: str) -> DomainError:
    return DomainError("NOT_FOUND", f"there is no licence for plugin {plugin[:100]}", ("plugin",))


def _invalid(reason: str) -> DomainError:
    return DomainError("LICENSE_INVALID", f"the licence is not valid: {reason}", ("license",))
