"""Apple Digital Masters: 24-bit sources, told as such in Apple's package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedSoundRecording
from distro_sdk.plugin import Plugin, PluginContext

__all__ = ["AppleDigitalMastersPlugin", "DigitalMasters"]

SETTING = "digital_masters"
"""The setting of a format that has a place for the mark: a list of ISRCs."""

SOURCE_INSUFFICIENT = "DIGITAL_MASTER_SOURCE_INSUFFICIENT"
BIT_DEPTH = 24
LOWEST_RATE = 44_100

Isrc = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$")]


class DigitalMasters(Model):
    """What a tenant configures. `isrcs`: recordings that a certified mastering house has made for Apple."""

    isrcs: Annotated[tuple[Isrc, ...], Field(max_length=20_000)] = ()


class AppleDigitalMastersPlugin(Plugin):
    """Marks the recordings that a label names, and stops those whose source is not good enough (row INI-03)."""

    id: ClassVar[str] = "apple-digital-masters"
    configuration: ClassVar[type[BaseModel] | None] = DigitalMasters

    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        """Return the plan with its digital masters in the setting of Apple's format; other formats stay as they are."""
        if SETTING not in plan.settings:
            return plan
        masters = [recording.isrc for _, recording in _masters(context, plan)]
        named = sorted({*plan.settings[SETTING], *masters})
        return plan.model_copy(update={"settings": {**plan.settings, SETTING: named}})

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Refuse a message that would tell a source as a digital master that is none."""
        if SETTING not in plan.settings:
            return
        faults = [
            DomainError(SOURCE_INSUFFICIENT, f"{recording.isrc}: {fault}", ("sound_recordings", place, "audio"))
            for place, recording in _masters(context, plan)
            if recording.file.provided and (fault := _fault(recording))
        ]
        if faults:
            raise DomainErrors(faults)


def _masters(context: PluginContext, plan: MessagePlan) -> Iterator[tuple[int, PlannedSoundRecording]]:
    named = frozenset(DigitalMasters.model_validate(context.configuration).isrcs)
    return ((place, each) for place, each in enumerate(plan.sound_recordings) if each.isrc in named)


def _fault(recording: PlannedSoundRecording) -> str | None:
    """Why the source is no digital master: Apple asks for 24 bit, at the rate of the master and not scaled up."""
    audio = recording.audio
    if not audio.lossless:
        return f"{audio.format} is lossy, a digital master has a lossless source"
    if audio.bit_depth is None or audio.bit_depth < BIT_DEPTH:
        return f"its source has {audio.bit_depth or 'an unknown number of'} bits a sample, {BIT_DEPTH} are asked for"
    if audio.sample_rate < LOWEST_RATE:
        return f"its source has {audio.sample_rate} Hz, at least {LOWEST_RATE} are asked for"
    return None
