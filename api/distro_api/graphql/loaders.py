"""Batches of documents by id: however many fields ask, a kind costs one store call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import TypeVar

from strawberry.dataloader import DataLoader

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.aggregation import Distribution, distributions
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.documents import Document

D = TypeVar("D", bound=Document)

GetScope = Callable[[], Awaitable[Scope]]


class Loaders:
    """The loaders of one operation. What they load is None where the id names nothing.

    A resolver returns a loader's future and does not await it: then all fields of a list ask in the same moment and
    share one store call.
    """

    def __init__(self, scope: GetScope) -> None:
        self._scope = scope

    @cached_property
    def parties(self) -> DataLoader[str, PartyDocument | None]:
        """Parties by id."""
        return self._loader(PartyDocument)

    @cached_property
    def assets(self) -> DataLoader[str, AssetDocument | None]:
        """Assets by id."""
        return self._loader(AssetDocument)

    @cached_property
    def releases(self) -> DataLoader[str, ReleaseDocument | None]:
        """Releases by id."""
        return self._loader(ReleaseDocument)

    @cached_property
    def targets(self) -> DataLoader[str, TargetDocument | None]:
        """Targets by id."""
        return self._loader(TargetDocument)

    @cached_property
    def deliveries(self) -> DataLoader[str, DeliveryDocument | None]:
        """Deliveries by id."""
        return self._loader(DeliveryDocument)

    @cached_property
    def distributions(self) -> DataLoader[str, Distribution]:
        """Where releases are on all their platforms, by id of the release."""

        async def load(ids: list[str]) -> Sequence[Distribution]:
            return await distributions(await self._scope(), ids)

        return DataLoader(load_fn=load)

    def _loader(self, document_type: type[D]) -> DataLoader[str, D | None]:
        async def load(ids: list[str]) -> Sequence[D | None]:
            scope = await self._scope()
            found = await scope.store.collection(document_type).get_many(ids)
            return [found.get(wanted) for wanted in ids]

        return DataLoader(load_fn=load)
