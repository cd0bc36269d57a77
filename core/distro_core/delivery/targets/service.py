"""Targets: where deliveries go, with sealed credentials (rows TGT-01 to TGT-09)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.connection_settings import find_connection_errors, plain_settings, setting_errors
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import SecretField, TargetChanges, TargetDraft, TargetFilter
from distro_core.delivery.targets.pairing import find_hybrid_faults, find_pairing_faults
from distro_core.delivery.targets.texts import find_text_faults
from distro_core.delivery.transitions import WAITING
from distro_core.messages.capabilities import (
    faults_of,
    find_option_faults,
    find_profile_fault,
    read_choreography_settings,
    read_message_settings,
)
from distro_core.messages.trial import Told, find_layout_faults
from distro_core.platforms.titles import quote_title
from distro_core.plugins.port import TenantPlugins
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.secrets.port import SealedSecret
from distro_core.store.collection import Change, Order, Page, not_found
from distro_core.store.documents import new_id
from distro_sdk.configuration import secret_names
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import Choreography, MessageBuilder
from distro_sdk.models.message import (
    MessageOptions,
    MessageSubtype,
    MessageType,
    MessagingParty,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.platforms import PlatformProfile
from distro_sdk.transports import Transport

BY_NAME = Order("name")
JUDGED_TOGETHER = frozenset(
    {"platform", "format", "profile", "options", "message_settings", "choreography", "choreography_settings"}
)
"""Fields that allow or forbid each other's values."""

PAIRED = frozenset({"format", "choreography", "transport"})
"""Fields that plugins fill, and that say of each other what they can work with."""

DEFAULT_CHOREOGRAPHY = TargetDocument.model_fields["choreography"].default
REQUIRED = ("name", "sender", "recipient", "commercial_terms")


class TargetService:
    """The targets of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._targets = scope.store.collection(TargetDocument)

    async def get(self, id: str) -> TargetDocument:
        """The target of that id, archived ones included; raises NOT_FOUND."""
        return await self._targets.get(id)

    async def page(
        self, filter: TargetFilter | None = None, order: Order = BY_NAME, first: int = 50, after: str | None = None
    ) -> Page[TargetDocument]:
        """A page of targets that are not archived."""
        narrowed = (filter or TargetFilter()).model_dump(exclude_none=True)
        return await self._targets.page({**narrowed, "archived_at": None}, order=order, first=first, after=after)

    async def create(self, draft: TargetDraft) -> TargetDocument:
        """Store a new target with its secrets sealed.

        Raises `DomainErrors` with every fault: PLATFORM_UNKNOWN, TRANSPORT_UNKNOWN, FORMAT_UNKNOWN,
        PLATFORM_FORMAT_UNSUPPORTED, CHOREOGRAPHY_UNKNOWN, GENRE_PROVIDER_UNKNOWN, PROFILE_UNSUPPORTED,
        TAKEDOWN_FORM_UNSUPPORTED, IMMERSIVE_UNSUPPORTED, COMPANION_UNKNOWN, MESSAGE_SETTING_INVALID,
        CHOREOGRAPHY_SETTING_INVALID, TARGET_FIELD_MISSING, TARGET_SETTING_INVALID, TARGET_SECRET_MISPLACED,
        CHARACTER_ILLEGAL, CHOREOGRAPHY_FORMAT_UNSUITABLE, CHOREOGRAPHY_TRANSPORT_UNSUITABLE or ADDRESS_FORBIDDEN.
        """
        fields = self._fields(draft)
        missing = [name for name in ("format", "recipient", "commercial_terms") if not fields.get(name)]
        errors = [_missing(name) for name in missing] + [*find_text_faults(fields), *self._unknown_keys(fields)]
        choreography = fields.get("choreography") or DEFAULT_CHOREOGRAPHY
        errors += find_pairing_faults(self._scope.plugins, fields.get("format"), choreography, [draft.transport])
        transport = self._scope.plugins.transports.get(draft.transport)
        if transport is None:
            raise _together(errors)
        errors += await find_connection_errors(transport, draft.settings, draft.secrets)
        if errors:
            raise _together(errors)
        target_id = new_id()
        settings = plain_settings(transport, draft.settings, draft.secrets)
        sealed = {name: await self._seal(target_id, name, secret) for name, secret in draft.secrets.items()}
        target = TargetDocument(id=target_id, settings=settings, sealed=sealed, has_circuit=False, **fields)
        return await self._targets.insert(target, by=self._scope.actor)

    async def update(self, id: str, changes: TargetChanges, revision: int | None = None) -> TargetDocument:
        """Change a target; raises as `create` does, NOT_FOUND, REVISION_CONFLICT and METADATA_TRANSPORT_UNSUITABLE.

        A target that the platform itself has paused goes on when its connection is changed. Secrets stay as they are
        unless `changes` names them; all go when the transport changes.
        """
        current = await self._targets.get(id)
        if current.archived_at is not None:
            raise not_found(TargetDocument, id)
        given = changes.given()
        errors = [_missing(name) for name in REQUIRED if name in given and not given[name]]
        errors += find_text_faults(given)
        judged = {name: getattr(current, name) for name in JUDGED_TOGETHER} if JUDGED_TOGETHER & set(given) else {}
        errors += [*self._unknown_keys(judged | given), *self._pairing_faults(current, given)]
        if errors:
            raise _together(errors)
        connection = {"transport", "settings", "secrets"} & changes.model_fields_set
        change = {**given, **(await self._reconnected(current, changes) if connection else {})}
        if connection and current.paused is not None and current.paused.by == SYSTEM_ACTOR:
            # It was paused because its credentials were refused (row ERR-05).
            change["paused"] = None
        return await self._targets.update(id, Change(set=change), revision=revision or current.revision)

    async def delete(self, id: str) -> TargetDocument:
        """Delete a target, or archive it without its secrets when deliveries name it.

        Raises NOT_FOUND, and TARGET_IN_USE while deliveries to it are under way.
        """
        target = await self._targets.get(id)
        if target.archived_at is not None:
            raise not_found(TargetDocument, id)
        deliveries = self._scope.store.collection(DeliveryDocument)
        under_way = await deliveries.count({"target_id": id, "status": {"$in": sorted(WAITING)}})
        if under_way:
            raise DomainError("TARGET_IN_USE", f"{under_way} deliveries to this target are under way", ("id",))
        if await deliveries.find_one({"target_id": id}) is None:
            return await self._targets.delete(id)
        change = Change(
            set={
                "archived_at": self._scope.clock.now(),
                "active": False,
                "sealed": {},
                "acknowledgements_due_at": None,
                "metadata_connection": None,
                "adapter": None,
                "webhook": None,
                "statuses_due_at": None,
            }
        )
        return await self._targets.update(id, change)

    def secret_fields(self, target: TargetDocument) -> tuple[SecretField, ...]:
        """The secret settings that the target's transport has, and which of them are set (row TGT-09)."""
        transport = self._scope.plugins.transports.get(target.transport)
        names = secret_names(transport.configuration) if transport else tuple(sorted(target.sealed))
        return tuple(SecretField(name=name, is_set=name in target.sealed) for name in names)

    async def open_configuration(self, target: TargetDocument) -> BaseModel:
        """The transport's settings with their secrets opened, for connecting only: never stored, logged or returned.

        Raises TRANSPORT_UNKNOWN, SECRET_UNREADABLE, or TARGET_SETTING_INVALID when the transport has changed.
        """
        transport = self.transport(target)
        secrets = await self._open_all(target, target.sealed)
        if errors := setting_errors(transport, target.settings, secrets):
            raise _together(errors)
        return transport.configuration.model_validate({**target.settings, **secrets})

    def transport(self, target: TargetDocument) -> Transport:
        """The transport that the target names; raises TRANSPORT_UNKNOWN when its plugin is not enabled."""
        transport = self._scope.plugins.transports.get(target.transport)
        if transport is None:
            raise self._scope.plugins.unknown("transport", target.transport)
        return transport

    async def _reconnected(self, current: TargetDocument, changes: TargetChanges) -> dict[str, Any]:
        key = changes.transport if "transport" in changes.model_fields_set else current.transport
        transport = self._scope.plugins.transports.get(key)
        if transport is None:
            raise self._scope.plugins.unknown("transport", key)
        kept = current.sealed if key == current.transport else {}
        kept = {name: sealed for name, sealed in kept.items() if name not in changes.secrets}
        fresh = {name: secret for name, secret in changes.secrets.items() if secret is not None}
        plain = changes.settings if "settings" in changes.model_fields_set else current.settings
        secrets = {**await self._open_all(current, kept), **fresh}
        if errors := await find_connection_errors(transport, plain, secrets):
            raise _together(errors)
        sealed = {**kept, **{name: await self._seal(current.id, name, secret) for name, secret in fresh.items()}}
        return {"settings": plain_settings(transport, plain, secrets), "sealed": sealed}

    def _fields(self, draft: TargetDraft) -> dict[str, Any]:
        given = {name: getattr(draft, name) for name in TargetDraft.model_fields if name not in {"settings", "secrets"}}
        profile = _defaults(self._platform(draft.platform))
        return profile | {name: value for name, value in given.items() if value is not None}

    def _platform(self, key: str | None) -> PlatformProfile | None:
        if key is None:
            return None
        profile = self._scope.plugins.platforms.get(key)
        if profile is None:
            raise self._scope.plugins.unknown("platform", key)
        return profile

    def _unknown_keys(self, fields: Mapping[str, Any]) -> Iterable[DomainError]:
        plugins = self._scope.plugins
        known: dict[str, Mapping[str, Any]] = {
            "platform": plugins.platforms,
            "transport": plugins.transports,
            "format": plugins.message_builders,
            "choreography": plugins.choreographies,
            "genre_provider": plugins.genre_mappers,
        }
        for name, offered in known.items():
            if (key := fields.get(name)) is not None and key not in offered:
                yield plugins.unknown(name, key)
        builder = plugins.message_builders.get(fields.get("format") or "")
        if builder is not None:
            yield from _untaken_format(plugins.platforms.get(fields.get("platform") or ""), builder.format)
            yield from _message_faults(builder, fields, plugins)
        choreography = plugins.choreographies.get(fields.get("choreography") or DEFAULT_CHOREOGRAPHY)
        if choreography is not None:
            given = fields.get("choreography_settings", {})
            faults = faults_of(lambda: read_choreography_settings(choreography, given))
            yield from faults or _purge_faults(choreography, given, fields.get("options", MessageOptions()))

    def _pairing_faults(self, current: TargetDocument, given: Mapping[str, Any]) -> Iterator[DomainError]:
        """What cannot work together as soon as a change has been made that touches it."""
        if not PAIRED & set(given):
            return
        plugins, connection = self._scope.plugins, current.metadata_connection
        paired = {name: given.get(name) or getattr(current, name) for name in PAIRED}
        transports = [paired["transport"], *([connection.transport] if connection else [])]
        yield from find_pairing_faults(plugins, paired["format"], paired["choreography"], transports)
        if connection is not None and "transport" in given and (files := plugins.transports.get(paired["transport"])):
            yield from find_hybrid_faults(plugins, files, connection.transport)

    async def _seal(self, target_id: str, name: str, secret: SecretStr) -> SealedSecret:
        purpose = _purpose(target_id, name)
        return await self._scope.sealer.seal(self._scope.tenant_id, purpose, secret.get_secret_value())

    async def _open_all(self, target: TargetDocument, sealed: Mapping[str, SealedSecret]) -> dict[str, SecretStr]:
        tenant_id = self._scope.tenant_id
        return {
            name: SecretStr(await self._scope.sealer.open(tenant_id, _purpose(target.id, name), secret))
            for name, secret in sealed.items()
        }


def _untaken_format(profile: PlatformProfile | None, format: str) -> Iterator[DomainError]:
    """A version that the platform does not read (row ERN-04)."""
    if profile and not profile.takes(format):
        message = f"{quote_title(profile.name)} takes {', '.join(profile.formats)}, not {format}"
        yield DomainError("PLATFORM_FORMAT_UNSUPPORTED", message, ("format",))


def _message_faults(
    builder: MessageBuilder, fields: Mapping[str, Any], plugins: TenantPlugins
) -> Iterator[DomainError]:
    """What the format cannot do of what the target asks for."""
    if (profile := fields.get("profile")) is not None:
        yield from find_profile_fault(builder, profile)
    yield from find_option_faults(builder, fields.get("options", MessageOptions()), plugins.companion_builders)
    yield from faults_of(lambda: read_message_settings(builder, fields.get("message_settings", {})))


def _purge_faults(
    choreography: Choreography, settings: Mapping[str, Any], options: MessageOptions
) -> Iterator[DomainError]:
    """A takedown by purge that the choreography could never deliver."""
    if options.takedown_form is TakedownForm.PURGE:
        purge = Told(MessageType.PURGE_RELEASE, MessageSubtype.TAKEDOWN, ReleaseProfile.AUDIO)
        for fault in find_layout_faults(choreography, read_choreography_settings(choreography, settings), [purge]):
            yield DomainError(fault.code, fault.message, ("options", "takedown_form"))


def _purpose(target_id: str, name: str) -> str:
    return f"target:{target_id}:{name}"


def _defaults(profile: PlatformProfile | None) -> dict[str, Any]:
    if profile is None:
        return {}
    return {
        "format": profile.formats[0],
        "choreography": profile.choreography,
        "genre_provider": profile.genre_provider,
        "commercial_terms": profile.commercial_terms,
        "minimum_cover": profile.minimum_cover,
        "recipient": MessagingParty(dpid=profile.dpid, name=profile.name) if profile.dpid else None,
    }


def _missing(name: str) -> DomainError:
    return DomainError("TARGET_FIELD_MISSING", f"a target needs its {name.replace('_', ' ')}", (name,))


def _together(errors: list[DomainError]) -> DomainError:
    return errors[0] if len(errors) == 1 else DomainErrors(errors)
