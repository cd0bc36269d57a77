"""Folders of ERN packages for tests of imports: true files, and messages that tell them as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from distro_core.assets.description import describe_file
from distro_core.messages.planner import plan_message
from distro_plugins.ern42 import Ern42Plugin
from distro_plugins.ern43 import Ern43Plugin
from distro_plugins.ern382 import Ern382Plugin
from distro_plugins.ern432 import Ern432Plugin
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.message import MessageOptions, MessageSubtype, TakedownForm
from tests.catalogue_examples import MOMENT, STREAMING, example_order, example_release
from tests.unit.assets.corpus import picture, sound

BUILDERS = {
    builder.format: builder
    for plugin in (Ern382Plugin, Ern42Plugin, Ern43Plugin, Ern432Plugin)
    for builder in plugin().register_message_builders()
}
TERMS: tuple[CommercialTerms, ...] = (STREAMING,)


def true_release(folder: Path, *, icpn: str = "0094631432057", tracks: int = 2) -> CompleteRelease:
    """A release whose files lie in a folder as they are described; each run makes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = example_release(tracks=tracks)
    assets = []
    for asset in plain.assets:
        audio = asset.kind is AssetKind.AUDIO
        number = int(asset.id.rsplit("-", 1)[1])
        path = folder / f"{asset.id}.{'flac' if audio else 'jpg'}"
        path.write_bytes(sound("FLAC", seconds=40 + number) if audio else picture(size=(1500, 1500)))
        assets.append(describe_file(path, id=asset.id))
    release = plain.release.model_copy(
        update={
            "icpn": icpn,
            "tracks": tuple(track.model_copy(update={"preview": None}) for track in plain.release.tracks),
        }
    )
    return CompleteRelease(release=release, parties=plain.parties, assets=tuple(assets))


def write_package(
    folder: Path,
    complete: CompleteRelease,
    files: Path,
    *,
    format: str = "ern/4.3",
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    created_at: datetime = MOMENT,
    without: frozenset[str] = frozenset(),
    takedown_form: TakedownForm = TakedownForm.NO_DEALS,
) -> Path:
    """A message with its files beside it. `without`: assets that do not travel."""
    folder.mkdir(parents=True, exist_ok=True)
    order = replace(
        example_order(subtype, terms=TERMS, already_delivered=without),
        created_at=created_at,
        options=MessageOptions(takedown_form=takedown_form),
    )
    plan = plan_message(complete, order)
    message = folder / f"{complete.release.icpn}.xml"
    message.write_bytes(BUILDERS[format].build(plan))
    names: Mapping[str, str] = {asset.id: asset.file_name for asset in complete.assets}
    for file in plan.files():
        if file.provided:
            target = folder / file.uri
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((files / names[file.asset_id]).read_bytes())
    return message
