"""Deliveries in memory, for tests of `before_delivery` that need no platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from distro_sdk.deliveries import MOST_TOLD, OutgoingDelivery, ReleaseDelivery
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype
from distro_sdk.plugin import PluginContext


class DeliveriesInMemory:
    """A tenant's deliveries. `asked_again`: the releases about which a plugin wished to be asked again, in order."""

    def __init__(self) -> None:
        self.asked_again: list[str] = []
        self._found: dict[tuple[str, str], list[ReleaseDelivery]] = {}

    def add(
        self,
        release_id: str,
        target_id: str,
        status: DeliveryStatus,
        subtype: MessageSubtype = MessageSubtype.INITIAL,
        *,
        test: bool = False,
    ) -> ReleaseDelivery:
        """One more delivery of a release to a target, newer than all before."""
        found = self._found.setdefault((release_id, target_id), [])
        name = f"{release_id}-{target_id}-{len(found)}"
        delivery = ReleaseDelivery(delivery_id=name, test=test, subtype=subtype, status=status)
        found.insert(0, delivery)
        return delivery

    async def find(self, release_id: str, target_id: str) -> Sequence[ReleaseDelivery]:
        return self._found.get((release_id, target_id), [])[:MOST_TOLD]

    async def ask_again(self, release_id: str) -> int:
        self.asked_again.append(release_id)
        return 0


def example_delivery(**changes: Any) -> OutgoingDelivery:
    """A delivery that is about to begin and takes further files."""
    delivery = OutgoingDelivery(
        delivery_id="delivery",
        release_id="release",
        target_id="target",
        asked_at=datetime(2026, 9, 28, 12, 0, tzinfo=UTC),
        takes_files=True,
    )
    return replace(delivery, **changes)


def about_to_begin(
    context: PluginContext, deliveries: DeliveriesInMemory | None = None, **changes: Any
) -> PluginContext:
    """A context as `before_delivery` gets it. `deliveries`: those that the plugin sees; `changes`: of the delivery."""
    seen = deliveries or DeliveriesInMemory()
    return replace(context, delivery=example_delivery(**changes), open_deliveries=lambda: seen)
