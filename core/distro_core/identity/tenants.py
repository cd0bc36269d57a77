"""Tenants: made once by an operator, changed by their admins."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

from distro_core.identity.branding import Branding
from distro_core.identity.documents import TenantDocument, TenantType
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus

KEY_PATTERN = re.compile(r"[a-z][a-z0-9-]{1,38}")
DPID_PATTERN = re.compile(r"PADPIDA[a-zA-Z0-9]{1,40}")
MAX_NAME = 200

PrepareDatabase = Callable[[TenantDocument], Awaitable[None]]
"""Makes a tenant's database with its indexes; may be called again for the same tenant."""


class TenantService:
    """Makes and changes tenants. `prepare`: makes a tenant's database, see `Platform.create_tenant_database`."""

    def __init__(self, control: ControlStore, prepare: PrepareDatabase) -> None:
        self._tenants = control.collection(TenantDocument)
        self._prepare = prepare

    async def create(
        self, key: str, name: str, *, type: TenantType = TenantType.LABEL, dpid: str | None = None
    ) -> TenantDocument:
        """A new tenant with its database (rows TEN-01 and TEN-04).

        `key`: 2 to 39 of a-z, 0-9 and -, beginning with a letter; never changes. Raises TENANT_KEY_INVALID,
        TENANT_KEY_TAKEN, TENANT_NAME_INVALID or DPID_INVALID. A creation that broke off is finished by the next call.
        """
        _refuse_faults(
            None if KEY_PATTERN.fullmatch(key) else _key_fault(key),
            _name_fault(name),
            _dpid_fault(dpid),
        )
        draft = TenantDocument(key=key, name=name.strip(), type=type, dpid=dpid, active=False)
        try:
            tenant = await self._tenants.insert(draft)
        except DomainError as error:
            unfinished = await self._tenants.find_one({"key": key, "active": False})
            if error.code != "TENANT_KEY_TAKEN" or unfinished is None:
                raise
            tenant = unfinished
        await self._prepare(tenant)
        return await self._tenants.update(
            tenant.id, Change(set={"active": True, "name": name.strip(), "type": type, "dpid": dpid})
        )

    async def get(self, tenant_id: str) -> TenantDocument:
        """The tenant of that id; raises NOT_FOUND."""
        return await self._tenants.get(tenant_id)

    async def find(self, key: str) -> TenantDocument | None:
        """The tenant of that key, or None."""
        return await self._tenants.find_one({"key": key})

    async def update(
        self,
        tenant_id: str,
        *,
        name: str | None = None,
        type: TenantType | None = None,
        dpid: str | None = None,
        remove_dpid: bool = False,
        notified_statuses: Iterable[DeliveryStatus] | None = None,
        require_validation: bool | None = None,
        branding: Branding | None = None,
        revision: int | None = None,
    ) -> TenantDocument:
        """Change what is given; raises TENANT_NAME_INVALID, DPID_INVALID, NOT_FOUND or REVISION_CONFLICT.

        `notified_statuses`: the statuses of deliveries of which it is notified, none for no notifications (row STT-04);
        `require_validation`: false lets a message with findings be delivered, with a warning (row VAL-10);
        `branding`: how its pages look, in place of what was there (row WHL-01).
        """
        _refuse_faults(None if name is None else _name_fault(name), _dpid_fault(dpid))
        changes: dict[str, object] = {}
        if name is not None:
            changes["name"] = name.strip()
        if type is not None:
            changes["type"] = type
        if dpid is not None or remove_dpid:
            changes["dpid"] = dpid
        if notified_statuses is not None:
            changes["notified_statuses"] = tuple(dict.fromkeys(notified_statuses))
        if require_validation is not None:
            changes["require_validation"] = require_validation
        if branding is not None:
            changes["branding"] = branding
        return await self._tenants.update(tenant_id, Change(set=changes), revision=revision)


def _refuse_faults(*faults: DomainError | None) -> None:
    if found := [fault for fault in faults if fault is not None]:
        raise DomainErrors(found)


def _key_fault(key: str) -> DomainError:
    message = f"{key!r} is not a key: 2 to 39 of a-z, 0-9 and -, beginning with a letter"
    return DomainError("TENANT_KEY_INVALID", message, ("key",))


def _name_fault(name: str) -> DomainError | None:
    if 1 <= len(name.strip()) <= MAX_NAME:
        return None
    return DomainError("TENANT_NAME_INVALID", f"a tenant's name has 1 to {MAX_NAME} characters", ("name",))


def _dpid_fault(dpid: str | None) -> DomainError | None:
    if dpid is None or DPID_PATTERN.fullmatch(dpid):
        return None
    return DomainError("DPID_INVALID", "a DDEX party id is PADPIDA followed by letters and digits", ("dpid",))
