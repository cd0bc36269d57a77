"""A release together with everything it names."""

from __future__ import annotations

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.store.stores import TenantStore
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import CompleteRelease


async def load_complete_release(store: TenantStore, release: ReleaseDocument) -> CompleteRelease:
    """The release with its parties and assets, in two calls; raises PARTY_NOT_FOUND and ASSET_NOT_FOUND."""
    parties = await store.collection(PartyDocument).get_many(release.party_ids())
    assets = await store.collection(AssetDocument).get_many(release.asset_ids())
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
