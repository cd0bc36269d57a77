"""Dolby Atmos masters: checked when they come in, described, and checked again before they go out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from distro_sdk.audio_formats import RegisteredAudioFormat
from distro_sdk.deliveries import DeliveryAnswer, Proceed, SidecarFile
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.graphql import GraphQLApi, GraphQLField
from distro_sdk.models.assets import Asset, AudioFormat
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedSoundRecording
from distro_sdk.plugin import Plugin, PluginContext
from stardust_dolby_atmos.choices import AtmosChoices
from stardust_dolby_atmos.formats import BinauralFormat, DolbyAtmosFormat, invalid
from stardust_dolby_atmos.master import (
    AtmosMaster,
    DeliverableKind,
    MasterAsked,
    MasterReport,
    find_fault,
    is_atmos,
    read_master,
)
from stardust_dolby_atmos.metadata import find_metadata, keep_metadata

__all__ = ["DolbyAtmosPlugin", "DolbySettings"]

MARK = "atmos"
"""A file whose name says this means to be a master, whatever is in it."""

OUR_FORMATS = frozenset({None, DolbyAtmosFormat.key, BinauralFormat.key})
"""Files that came in before formats were registered have none."""

MASTERS = "masters"
METADATA = "metadata"
MOST_WAITING = 100


class DolbySettings(BaseModel):
    """What the operator sets. `folder`: where the metadata of masters is written, by tenant and asset."""

    model_config = ConfigDict(extra="forbid")

    folder: Path | None = None


class DolbyAtmosPlugin(Plugin):
    """Takes Dolby Atmos masters as BWF ADM files and nothing that only pretends to be one (row INI-01)."""

    id: ClassVar[str] = "dolby-atmos"
    configuration: ClassVar[type[BaseModel] | None] = AtmosChoices

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._folder = DolbySettings.model_validate(self.settings).folder
        # From the check of a file to the word that it is stored, which follows in the same process.
        self._read: OrderedDict[tuple[str, str], AtmosMaster] = OrderedDict()

    def register_audio_formats(self) -> Sequence[RegisteredAudioFormat]:
        """Return the formats of masters and of binaural mixes."""
        return (BinauralFormat(), DolbyAtmosFormat())

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the query for what is known of a master."""
        master = GraphQLField(
            name="master",
            description="What is known of a Dolby Atmos master; null for any other file.",
            permission="catalogue:read",
            returns=MasterReport | None,
            resolve=_report,
            arguments=MasterAsked,
        )
        return (GraphQLApi("dolbyAtmos", "Dolby Atmos masters of the catalogue.", queries=(master,)),)

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Refuse what means to be an Atmos master and is none: ATMOS_INVALID, "Invalid Atmos file: …"."""
        if asset.audio is None or asset.audio.registered_format not in {None, DolbyAtmosFormat.key}:
            return
        named = MARK in asset.file_name.casefold()
        if asset.audio.format is not AudioFormat.WAV:
            if named:
                raise invalid(f"{asset.audio.format} is no broadcast wave file", "file")
            return
        if context.file is None:
            return
        if not named and not await asyncio.to_thread(is_atmos, context.file, asset.audio.channels):
            return
        try:
            master = await asyncio.to_thread(read_master, context.file)
        except ValueError as error:
            raise invalid(str(error), "file") from error
        self._read[context.tenant_id, asset.id] = master
        if len(self._read) > MOST_WAITING:
            self._read.popitem(last=False)

    async def after_asset_process(self, context: PluginContext, asset: Asset) -> None:
        """Tell what was read of a master, and which deliverables there are and which somebody has to make."""
        master = self._read.pop((context.tenant_id, asset.id), None)
        if master is None:
            return
        await keep_metadata(context.collection(METADATA), asset.id, master.axml)
        told = master.report(asset.id, asset.file_name).model_dump(mode="json")
        await context.collection(MASTERS).put(asset.id, told)
        if self._folder is not None:
            await asyncio.to_thread(_write, self._folder / context.tenant_id / asset.id, master.axml)

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> DeliveryAnswer | None:
        """Refuse an immersive edition that is no Atmos master; add the metadata of masters where it is wanted."""
        faults = [
            invalid(f"{recording.isrc}: {fault}", "sound_recordings", place, "immersive")
            for place, recording in enumerate(plan.sound_recordings)
            if (fault := _twin_fault(recording))
        ]
        if faults:
            raise DomainErrors(faults)
        choices = AtmosChoices.model_validate(context.configuration)
        if context.delivery is None or context.delivery.target_id not in choices.metadata_targets:
            return None
        places = [place for place, recording in enumerate(plan.sound_recordings) if _travels(recording)]
        return Proceed(files=tuple([await _sidecar(context, plan.sound_recordings[place], place) for place in places]))


def _travels(recording: PlannedSoundRecording) -> bool:
    """Whether an immersive edition travels that no other plugin's format answers for."""
    twin = recording.immersive
    return twin is not None and twin.file.provided and twin.audio.registered_format in OUR_FORMATS


async def _sidecar(context: PluginContext, recording: PlannedSoundRecording, place: int) -> SidecarFile:
    """The metadata of a recording's master, called as the master is; raises ATMOS_METADATA_MISSING."""
    assert recording.immersive is not None  # nothing else travels
    file = recording.immersive.file
    axml = await find_metadata(context.collection(METADATA), file.asset_id)
    if axml is None:
        message = f"{recording.immersive.isrc}: the metadata of its master is not kept: upload the master once more"
        raise DomainError("ATMOS_METADATA_MISSING", message, ("sound_recordings", place, "immersive"))
    return SidecarFile(name=f"{file.name.rpartition('.')[0]}.adm.xml", content=axml)


def _twin_fault(recording: PlannedSoundRecording) -> str | None:
    twin = recording.immersive
    if twin is None or not _travels(recording):
        return None
    if twin.audio.format is not AudioFormat.WAV:
        return f"{twin.audio.format} is no broadcast wave file"
    return find_fault(twin.audio.channels, twin.audio.sample_rate, twin.audio.bit_depth)


async def _report(context: PluginContext, asked: MasterAsked) -> MasterReport | None:
    kept = await context.collection(MASTERS).get(asked.asset_id)
    return None if kept is None else MasterReport.model_validate(kept.content)


def _write(folder: Path, axml: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{DeliverableKind.METADATA}.xml").write_bytes(axml)
