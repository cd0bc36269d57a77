"""Keeps a registry from going back to an earlier edition (the rollback and freeze attacks of TUF, section 1.5.2)."""

from __future__ import annotations

from datetime import datetime

from distro_core.marketplace.registry.documents import RegistryStateDocument
from distro_core.marketplace.registry.format import SignedRegistry
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError


async def admit_edition(control: ControlStore, name: str, registry: SignedRegistry, now: datetime) -> None:
    """Note an edition as seen; raises REGISTRY_EXPIRED or REGISTRY_ROLLED_BACK.

    One serial stands for one content: another one of the same serial is refused, too.
    """
    if registry.has_expired(now):
        raise DomainError("REGISTRY_EXPIRED", f"registry {name} expired on {registry.content.expires:%Y-%m-%d %H:%M}")
    states = control.collection(RegistryStateDocument)
    serial, digest = registry.content.serial, registry.digest
    fields = {"serial": serial, "digest": digest, "expires": registry.content.expires}
    while True:
        known = await states.find(name)
        if known is None:
            try:
                await states.insert(RegistryStateDocument(id=name, **fields))
            except DomainError as error:
                if error.code != "ALREADY_EXISTS":
                    raise
                continue
            return
        if (known.serial, known.digest) == (serial, digest):
            return
        if serial <= known.serial:
            message = f"registry {name} offers edition {serial}, edition {known.serial} was seen before"
            raise DomainError("REGISTRY_ROLLED_BACK", message)
        if await states.try_update({"id": name, "revision": known.revision}, Change(set=fields)) is not None:
            return
