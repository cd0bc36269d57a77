"""Developer accounts (rows MKT-07 and MKT-08)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from distro_core.marketplace.registry.format import PublicKey, Publisher
from distro_core.publishing.documents import MOST_KEYS, MOST_REVOKED, DeveloperDocument
from distro_core.store.collection import Change, Order, Page, not_found
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, DomainErrors


class DeveloperService:
    """The developers of one tenant; `tenant_id`: None for those who see all of them."""

    def __init__(self, control: ControlStore, tenant_id: str | None) -> None:
        self._developers = control.collection(DeveloperDocument)
        self._tenant_id = tenant_id

    async def register(
        self, id: str, name: str, support: str, keys: Sequence[PublicKey], *, tenant_id: str, by: str
    ) -> DeveloperDocument:
        """A new developer; raises DEVELOPER_INVALID for each fault, or DEVELOPER_ID_TAKEN.

        `support`: where users of its plugins get help; `keys`: with which it signs, its private keys never leave it.
        """
        publisher = _checked(id, name, support, keys)
        developer = DeveloperDocument(
            id=publisher.id, tenant_id=tenant_id, name=publisher.name, support=publisher.support, keys=publisher.keys
        )
        try:
            return await self._developers.insert(developer, by=by)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            raise DomainError("DEVELOPER_ID_TAKEN", f"another developer has the id {id}", ("id",)) from error

    async def get(self, developer_id: str) -> DeveloperDocument:
        """A developer; raises NOT_FOUND, for another tenant's, too."""
        developer = await self._developers.find(developer_id)
        if developer is None or self._tenant_id not in {None, developer.tenant_id}:
            raise not_found(DeveloperDocument, developer_id[:100])
        return developer

    async def page(self, *, first: int, after: str | None = None) -> Page[DeveloperDocument]:
        """The developers, by id."""
        where = {} if self._tenant_id is None else {"tenant_id": self._tenant_id}
        return await self._developers.page(where, order=Order(), first=first, after=after)

    async def update(
        self,
        developer_id: str,
        *,
        name: str | None = None,
        support: str | None = None,
        add_keys: Sequence[PublicKey] = (),
        revoke_keys: Sequence[str] = (),
    ) -> DeveloperDocument:
        """Change what is given. A key that is revoked stays so: what it signed is not installed any more.

        Raises NOT_FOUND, DEVELOPER_INVALID, or REVISION_CONFLICT where somebody else was faster.
        """
        current = await self.get(developer_id)
        keys = (*current.keys, *add_keys)
        publisher = _checked(current.id, name or current.name, support or current.support, keys)
        known = {key.kid for key in keys}
        if unknown := sorted(set(revoke_keys) - known):
            raise DomainError("DEVELOPER_INVALID", f"there is no key {unknown[0][:100]}", ("revoke_keys",))
        revoked = tuple(dict.fromkeys((*current.revoked_keys, *revoke_keys)))
        if len(revoked) > MOST_REVOKED:
            raise DomainError("DEVELOPER_INVALID", f"at most {MOST_REVOKED} keys are revoked", ("revoke_keys",))
        changed = {
            "name": publisher.name,
            "support": publisher.support,
            "keys": publisher.keys,
            "revoked_keys": revoked,
        }
        return await self._developers.update(current.id, Change(set=changed), revision=current.revision)


def _checked(id: str, name: str, support: str, keys: Sequence[PublicKey]) -> Publisher:
    if len({key.kid for key in keys}) != len(keys):
        raise DomainError("DEVELOPER_INVALID", "two keys have one id", ("keys",))
    if len(keys) > MOST_KEYS:
        raise DomainError("DEVELOPER_INVALID", f"a developer has at most {MOST_KEYS} keys", ("keys",))
    try:
        return Publisher(id=id, name=name, support=support, keys=tuple(keys))
    except ValidationError as error:
        raise _invalid(error) from error


def read_keys(keys: Sequence[tuple[str, str]]) -> tuple[PublicKey, ...]:
    """Public keys of ids and values `x`; raises DEVELOPER_INVALID."""
    try:
        return tuple(PublicKey(kid=kid, x=x) for kid, x in keys)
    except ValidationError as error:
        raise DomainError("DEVELOPER_INVALID", f"a key is malformed: {error.errors()[0]['msg']}", ("keys",)) from error


def _invalid(error: ValidationError) -> DomainErrors:
    faults = [DomainError("DEVELOPER_INVALID", fault["msg"], tuple(fault["loc"])) for fault in error.errors()]
    return DomainErrors(faults)
