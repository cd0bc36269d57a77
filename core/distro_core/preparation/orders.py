"""What is to be prepared of a release for a target: each file once, with the places where the release names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.omissions import leave_out
from distro_core.preparation.recipes import Judgement, Refusal, judge_audio, judge_cover
from distro_core.preparation.requirements import FileRequirements, requirements_of
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease, ImageType, Release, ResourceType
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer, AudioRecipe, ImageRecipe, Recipe


@dataclass(frozen=True)
class FileOrder:
    """A file that is to be made of an asset. `what`: for people; `path`: of the asset, in the release."""

    asset: Asset
    recipe: Recipe
    preparer: AssetPreparer
    what: str
    path: tuple[str | int, ...]

    @property
    def description(self) -> str:
        """What is made, in a sentence for people."""
        return f"{self.what} becomes {_told(self.recipe)} for this target"


@dataclass(frozen=True)
class FileRefusal:
    """A file that the target does not take and nobody can prepare."""

    asset: Asset
    refusal: Refusal
    what: str
    path: tuple[str | int, ...]

    @property
    def message(self) -> str:
        """Why, in a sentence for people."""
        return f"{self.what} {self.refusal.reason}"


def find_orders(
    complete: CompleteRelease,
    target: TargetDocument,
    profile: PlatformProfile | None,
    preparers: Sequence[AssetPreparer],
) -> tuple[list[FileOrder], list[FileRefusal]]:
    """What is to be made, and what cannot be, of the recordings and the front cover that a target takes."""
    wanted = requirements_of(target, profile)
    orders: dict[str, FileOrder] = {}
    refused: list[FileRefusal] = []
    for asset, what, path in _named(leave_out(complete.release, target.options), complete):
        judgement = _judge(asset, wanted, preparers)
        refused += [FileRefusal(asset, refusal, what, path) for refusal in judgement.refusals]
        if judgement.recipe is not None and judgement.preparer is not None:
            orders.setdefault(asset.id, FileOrder(asset, judgement.recipe, judgement.preparer, what, path))
    return list(orders.values()), refused


def _named(release: Release, complete: CompleteRelease) -> Iterator[tuple[Asset, str, tuple[str | int, ...]]]:
    """Immersive twins are left alone: they are made in their format, or not at all."""
    assets = {asset.id: asset for asset in complete.assets}
    for place, track in enumerate(release.tracks):
        asset = assets.get(track.audio_asset_id or "")
        if asset is not None and track.resource_type is ResourceType.SOUND_RECORDING:
            yield asset, f"track {place + 1}", ("tracks", place, "audio_asset_id")
    for place, image in enumerate(release.images):
        asset = assets.get(image.asset_id)
        if asset is not None and image.type is ImageType.FRONT_COVER:
            yield asset, "the cover", ("images", place)


def _judge(asset: Asset, wanted: FileRequirements, preparers: Sequence[AssetPreparer]) -> Judgement:
    return judge_audio(asset, wanted, preparers) if asset.audio else judge_cover(asset, wanted, preparers)


def _told(recipe: Recipe) -> str:
    match recipe:
        case AudioRecipe():
            rate = f" with {recipe.sample_rate} Hz" if recipe.sample_rate else ""
            depth = f" with {recipe.bit_depth} bits" if recipe.bit_depth else ""
            return f"{recipe.format.value}{rate}{depth}"
        case ImageRecipe():
            side = f" of at most {recipe.longest_side} pixels a side" if recipe.longest_side else ""
            return f"{recipe.format.value} in {recipe.colour_mode}{side}"
