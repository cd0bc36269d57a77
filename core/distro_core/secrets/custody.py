"""All data keys of the platform: by whom they are wrapped, moved to another provider, and replaced (row SEC-07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError


@dataclass(frozen=True)
class WrappedCount:
    """How many data keys one wrapping key wraps. `current`: whether keys are wrapped so from now on."""

    provider: str
    wrapping_key_id: str
    count: int
    current: bool


class KeyCustody:
    """What the operator does with the data keys of all tenants."""

    def __init__(self, control: ControlStore, sealer: EnvelopeSealer) -> None:
        self._documents = control.collection(TenantKeysDocument)
        self._sealer = sealer

    async def counts(self) -> Sequence[WrappedCount]:
        """How many data keys each wrapping key wraps; raises what the current provider raises."""
        found: Counter[tuple[str, str]] = Counter()
        samples = {}
        async for document in self._all():
            for stored in document.keys.values():
                found[stored.provider, stored.wrapping_key_id] += 1
                samples[stored.provider, stored.wrapping_key_id] = stored
        return [
            WrappedCount(*where, count, await self._sealer.providers.is_current(samples[where]))
            for where, count in sorted(found.items())
        ]

    async def rewrap(self) -> int:
        """Wrap every data key with the current provider's current key; how many were not yet.

        Each tenant is one atomic update, and what is done is not done again: whoever was interrupted begins anew.
        Raises KEY_SERVICE_UNAVAILABLE, KEY_SERVICE_REFUSED or SECRET_UNREADABLE at the first key that does not move.
        """
        moved = 0
        async for document in self._all():
            try:
                moved += await self._sealer.rewrap(document.id)
            except DomainError as error:
                # A tenant may be removed meanwhile.
                if error.code != "NOT_FOUND":
                    raise
        return moved

    async def rotate(self) -> int:
        """Give every tenant a new data key and return how many; what the old ones sealed stays readable."""
        ids = [document.id async for document in self._all()]
        for id in ids:
            await self._sealer.rotate(id)
        return len(ids)

    async def _all(self) -> AsyncIterator[TenantKeysDocument]:
        last = ""
        while page := await self._documents.list({"id": {"$gt": last}}):
            for document in page:
                yield document
            last = page[-1].id


async def count_wrapped(control: ControlStore, providers: Sequence[str]) -> int:
    """How many tenants have data keys that one of these providers wrapped."""
    wrapping = {"$map": {"input": {"$objectToArray": "$keys"}, "as": "each", "in": "$$each.v.provider"}}
    where = {"$expr": {"$gt": [{"$size": {"$setIntersection": [wrapping, list(providers)]}}, 0]}}
    return await control.collection(TenantKeysDocument).raw.count_documents(where) if providers else 0
