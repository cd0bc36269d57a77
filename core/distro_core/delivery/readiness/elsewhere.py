"""What targets were told of releases, as far as it must be the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.readiness.case import GivenElsewhere
from distro_core.delivery.transitions import TRANSFERRED
from distro_core.scope import Scope
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype

MOST_DELIVERIES = 5000
"""Deliveries that are looked at, the newest first."""


async def find_given_elsewhere(scope: Scope, release_ids: Sequence[str]) -> Mapping[str, tuple[GivenElsewhere, ...]]:
    """What each target has of each release, by release: no tests, and nothing from before a takedown."""
    where = {
        "release_id": {"$in": list(release_ids)},
        "test": False,
        "status": {"$in": [status.value for status in sorted(TRANSFERRED)]},
    }
    wanted = {"release_id": 1, "target_id": 1, "subtype": 1, "receipt.release_title": 1, "files": 1}
    raw = scope.store.collection(DeliveryDocument).raw
    found = raw.find(where, wanted).sort([("batch_id", -1)]).limit(MOST_DELIVERIES)
    told: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    gone: set[tuple[str, str]] = set()
    for delivery in await found.to_list(length=MOST_DELIVERIES):
        pair = (delivery["release_id"], delivery["target_id"])
        if delivery["subtype"] == MessageSubtype.TAKEDOWN.value:
            gone.add(pair)
        elif pair not in gone and delivery.get("receipt"):
            told.setdefault(pair, []).append(delivery)
    given: dict[str, list[GivenElsewhere]] = {}
    for (release_id, target_id), deliveries in told.items():
        given.setdefault(release_id, []).append(_given(target_id, deliveries))
    return {release_id: tuple(each) for release_id, each in given.items()}


def _given(target_id: str, deliveries: Sequence[Mapping[str, Any]]) -> GivenElsewhere:
    """`deliveries`: the newest first. An update carries new files only, so that images are those of all."""
    return GivenElsewhere(
        target_id=target_id,
        title=deliveries[0]["receipt"]["release_title"],
        images=frozenset(
            file["asset_id"]
            for delivery in deliveries
            for file in delivery["files"]
            if file["kind"] == FileKind.IMAGE.value
        ),
    )
