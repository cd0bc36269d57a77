"""A release together with everything it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.store.codec import decode_document
from distro_core.store.stores import TenantStore
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import CompleteRelease


async def load_complete_release(store: TenantStore, release: ReleaseDocument) -> CompleteRelease:
    """The release with its parties and assets, in one call; raises PARTY_NOT_FOUND and ASSET_NOT_FOUND."""
    parties, assets = await _find_named(store, release)
    missing = [
        DomainError("PARTY_NOT_FOUND", f"the release names party {party_id}, which is gone")
        for party_id in sorted(release.party_ids() - parties.keys())
    ]
    missing += [
        DomainError("ASSET_NOT_FOUND", f"the release names asset {asset_id}, which is gone")
        for asset_id in sorted(release.asset_ids() - assets.keys())
    ]
    if missing:
        raise DomainErrors(missing)
    return CompleteRelease(
        release=release.release(),
        parties=tuple(party.party() for _, party in sorted(parties.items())),
        assets=tuple(asset.asset() for _, asset in sorted(assets.items())),
    )


async def _find_named(
    store: TenantStore, release: ReleaseDocument
) -> tuple[dict[str, PartyDocument], dict[str, AssetDocument]]:
    """The parties and assets that a release names, by id, as far as they exist."""
    party_ids, asset_ids = release.party_ids(), release.asset_ids()
    of_assets = [_matching(asset_ids)]
    together = [_matching(party_ids), {"$unionWith": {"coll": AssetDocument.collection, "pipeline": of_assets}}]
    found = {raw["_id"]: raw for raw in await store.collection(PartyDocument).aggregate(together)}
    parties = {id: decode_document(found[id], PartyDocument) for id in party_ids & found.keys()}
    assets = {id: decode_document(found[id], AssetDocument) for id in asset_ids & found.keys()}
    return parties, assets


def _matching(ids: Iterable[str]) -> Mapping[str, Any]:
    return {"$match": {"_id": {"$in": sorted(ids)}}}
