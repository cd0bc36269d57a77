"""A release with the files that one target takes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from distro_core.assets.documents import AssetDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.preparation.documents import PreparedFileDocument
from distro_core.preparation.files import PreparedFiles
from distro_core.preparation.orders import FileOrder, FileRefusal, find_orders
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease

A = TypeVar("A", bound=Asset)


@dataclass(frozen=True)
class PreparedAssets:
    """The prepared files of a release, by the id of the asset that each takes the place of."""

    files: Mapping[str, PreparedFileDocument] = field(default_factory=dict)

    def in_place_of(self, asset: A) -> A:
        """The asset with what is true of the file that travels; its id and its owner's name stay."""
        file = self.files.get(asset.id)
        return asset if file is None else asset.model_copy(update=_told(file, asset))

    def complete(self, complete: CompleteRelease) -> CompleteRelease:
        """The release with these files."""
        return complete.model_copy(update={"assets": tuple(self.in_place_of(asset) for asset in complete.assets)})


NOTHING_PREPARED = PreparedAssets()


@dataclass(frozen=True)
class Outlook:
    """What would be prepared, without doing it. `there`: what of it was made before."""

    orders: Sequence[FileOrder]
    refusals: Sequence[FileRefusal]
    there: PreparedAssets

    def check(self) -> None:
        """Raise `DomainErrors` with every file that the target does not take and nobody can prepare."""
        if self.refusals:
            raise DomainErrors([DomainError(each.refusal.code, each.message, each.path) for each in self.refusals])


async def foresee(scope: Scope, complete: CompleteRelease, target: TargetDocument) -> Outlook:
    """What a delivery to a target would prepare, and what it would be refused for; nothing is made."""
    profile = scope.plugins.platforms.get(target.platform or "")
    orders, refusals = find_orders(complete, target, profile, tuple(scope.plugins.asset_preparers.values()))
    return Outlook(orders, refusals, PreparedAssets(await PreparedFiles(scope).find(orders)))


async def prepare_all(scope: Scope, outlook: Outlook) -> PreparedAssets:
    """Make what is not there yet.

    Raises `DomainErrors` with every file that the target does not take and nobody can prepare, before anything is
    made, and what `PreparedFiles.make` raises.
    """
    outlook.check()
    made = dict(outlook.there.files)
    for order in outlook.orders:
        if order.asset.id not in made:
            made[order.asset.id] = await PreparedFiles(scope).make(order)
    return PreparedAssets(made)


async def find_sent_assets(
    scope: Scope, deliveries: Sequence[DeliveryDocument], wanted: set[str]
) -> dict[str, AssetDocument]:
    """The assets as the messages of deliveries tell them, by id: with a prepared file where one takes their place.

    Those whose prepared file is gone are left out.
    """
    found = await scope.store.collection(AssetDocument).get_many(wanted)
    told = {file.asset_id: file.hashes.sha256 for delivery in deliveries for file in delivery.files}
    others = {id: told[id] for id, asset in found.items() if told.get(id, asset.hashes.sha256) != asset.hashes.sha256}
    if not others:
        return found
    where = {"source_sha256": {"$in": sorted({found[id].hashes.sha256 for id in others})}}
    prepared = await scope.store.collection(PreparedFileDocument).list(where)
    by_hashes = {(each.source_sha256, each.hashes.sha256): each for each in prepared if each.hashes and each.object_key}
    for id, digest in others.items():
        file = by_hashes.get((found[id].hashes.sha256, digest))
        asset = found.pop(id)
        if file is not None:
            found[id] = PreparedAssets({id: file}).in_place_of(asset)
    return found


def _told(file: PreparedFileDocument, asset: Asset) -> dict[str, object]:
    told: dict[str, object] = {"size": file.size, "hashes": file.hashes, "audio": file.audio, "image": file.image}
    if isinstance(asset, AssetDocument):
        told |= {"object_key": file.object_key, "part_md5s": ""}  # those of the original would be wrong
    return told
