"""Platforms that a tenant describes itself, beside those that plugins bring (rows TAP-07, TAP-08, SVC-08)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.documents import TenantDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.configuration import secret_names
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.platform_rules import RuleKind
from distro_sdk.platforms import PlatformProfile

MOST_PLATFORMS = 100
_ROUNDS = 10

Profiles = Sequence[PlatformProfile]


@dataclass(frozen=True)
class ActivePlatform:
    """A platform that something can be delivered to. `targets`: how many are active."""

    profile: PlatformProfile
    targets: int
    has_credentials: bool


class PlatformService:
    """The platforms of one tenant."""

    def __init__(self, scope: Scope, control: ControlStore) -> None:
        self._scope = scope
        self._tenants = control.collection(TenantDocument)

    async def create(self, fields: Mapping[str, Any]) -> PlatformProfile:
        """Describe a platform. `fields`: of `PlatformProfile`, as JSON.

        Raises PLATFORM_PROFILE_INVALID with every fault, PLATFORM_KEY_TAKEN, PLATFORMS_TOO_MANY, FORMAT_UNKNOWN,
        CHOREOGRAPHY_UNKNOWN or GENRE_PROVIDER_UNKNOWN.
        """
        profile = self._read(fields)

        def add(own: Profiles) -> Profiles:
            if profile.key in self._scope.plugins.platforms or any(each.key == profile.key for each in own):
                raise DomainError("PLATFORM_KEY_TAKEN", f"there is a platform {profile.key} already", ("key",))
            if len(own) >= MOST_PLATFORMS:
                message = f"a tenant describes {MOST_PLATFORMS} platforms at most"
                raise DomainError("PLATFORMS_TOO_MANY", message)
            return (*own, profile)

        await self._change(add)
        return profile

    async def update(self, key: str, changes: Mapping[str, Any]) -> PlatformProfile:
        """Change fields of a platform that the tenant has described; raises as `create` does, and PLATFORM_UNKNOWN.

        Targets that were made from it keep what they took from it then.
        """
        changed: list[PlatformProfile] = []

        def replace(own: Profiles) -> Profiles:
            current = _find(own, key)
            known = current.model_dump(mode="json", exclude_unset=True)
            changed[:] = [self._read({**known, **changes, "key": key})]
            return tuple(changed[0] if each.key == key else each for each in own)

        await self._change(replace)
        return changed[0]

    async def delete(self, key: str) -> PlatformProfile:
        """Forget a platform that the tenant has described; raises PLATFORM_UNKNOWN or PLATFORM_IN_USE."""
        target = await self._scope.store.collection(TargetDocument).find_one({"platform": key, "archived_at": None})
        gone: list[PlatformProfile] = []

        def remove(own: Profiles) -> Profiles:
            gone[:] = [_find(own, key)]
            if target is not None:
                raise DomainError("PLATFORM_IN_USE", f"target {target.name} delivers to this platform", ("key",))
            return tuple(each for each in own if each.key != key)

        await self._change(remove)
        return gone[0]

    def find(self, name: str) -> PlatformProfile | None:
        """The platform of that key, else the one of that name, whatever its case; None where there is none."""
        platforms = self._scope.plugins.platforms
        wanted = name.strip().casefold()
        return platforms.get(name) or next(
            (profile for profile in platforms.values() if profile.name.casefold() == wanted), None
        )

    async def active(self) -> list[ActivePlatform]:
        """The platforms to which an active target delivers, by key."""
        targets = self._scope.store.collection(TargetDocument)
        where = {"active": True, "archived_at": None, "platform": {"$ne": None}}
        of: dict[str, list[TargetDocument]] = {}
        for target in await targets.list(where, limit=1000):
            of.setdefault(target.platform or "", []).append(target)
        platforms = self._scope.plugins.platforms
        return [
            ActivePlatform(platforms[key], len(own), any(self._has_credentials(target) for target in own))
            for key, own in sorted(of.items())
            if key in platforms
        ]

    def _has_credentials(self, target: TargetDocument) -> bool:
        """Whether a secret is set, or the protocol has none to set."""
        transport = self._scope.plugins.transports.get(target.transport)
        return bool(target.sealed) or (transport is not None and not secret_names(transport.configuration))

    async def _change(self, change: Callable[[Profiles], Profiles]) -> None:
        for _ in range(_ROUNDS):
            tenant = await self._tenants.get(self._scope.tenant_id)
            changed = Change(set={"platforms": tuple(change(tenant.platforms))})
            where = {"id": tenant.id, "revision": tenant.revision}
            if await self._tenants.try_update(where, changed) is not None:
                return
        raise DomainError("REVISION_CONFLICT", "the tenant keeps changing; try again")

    def _read(self, fields: Mapping[str, Any]) -> PlatformProfile:
        try:
            profile = PlatformProfile.model_validate(dict(fields))
        except ValidationError as error:
            raise _profile_errors(error) from error
        errors = list(self._unknown(profile))
        if errors:
            raise errors[0] if len(errors) == 1 else DomainErrors(errors)
        return profile

    def _unknown(self, profile: PlatformProfile) -> Sequence[DomainError]:
        plugins = self._scope.plugins
        found = [
            plugins.unknown("format", format, ("formats", place))
            for place, format in enumerate(profile.formats)
            if format not in plugins.message_builders
        ]
        if profile.choreography not in plugins.choreographies:
            found.append(plugins.unknown("choreography", profile.choreography))
        if profile.genre_provider is not None and profile.genre_provider not in plugins.genre_mappers:
            found.append(plugins.unknown("genre_provider", profile.genre_provider))
        return found


_OWN_WORDS: Final = dict.fromkeys(
    ("union_tag_invalid", "union_tag_not_found"), f"a rule has a kind: {', '.join(RuleKind)}"
)
"""What is said in place of pydantic's words, by the type of its fault."""


def _profile_errors(error: ValidationError) -> DomainError:
    faults = [
        DomainError("PLATFORM_PROFILE_INVALID", _OWN_WORDS.get(fault["type"], fault["msg"]), tuple(fault["loc"]))
        for fault in error.errors(include_input=False, include_url=False, include_context=False)[:50]
    ]
    return faults[0] if len(faults) == 1 else DomainErrors(faults)


def _find(own: Profiles, key: str) -> PlatformProfile:
    found = next((profile for profile in own if profile.key == key), None)
    if found is None:
        raise DomainError("PLATFORM_UNKNOWN", f"you have described no platform {key}", ("key",))
    return found
