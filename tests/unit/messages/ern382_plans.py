"""Plans that ERN 3.8.2 can carry: any plan, mended where a release profile of 1.4 asks for more than those of 2.1.

And what the official schema says of their messages, under both states of its allowed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from distro_plugins.ern382.languages import is_told
from distro_plugins.ern382.settings import AllowedValues
from distro_sdk.models.assets import ImageFormat, ImageProperties
from distro_sdk.models.catalogue import ContributorRole, ImageType, ParentalWarning, ReleaseType, VideoType
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import HashAlgorithm, MessagePlan, ProfileVariant, ReleaseProfile
from distro_sdk.models.planned_resources import (
    PlannedContributor,
    PlannedImage,
    PlannedParty,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedVideo,
)
from distro_sdk.models.structure import Cue
from tests.any_planned_resources import planned_file
from tests.unit.messages.official import script

R = TypeVar("R", bound=PlannedRecording)

AUDIO = {ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE}
LINE = RightsLine(year=2024, text="2024 Northern Light", company="Northern Light")
CUE = Cue(title="Encore", start_time=Decimal(10), duration=Decimal(20), iswc="T0345246801")
COMPOSER = PlannedContributor(
    party_reference="P2", roles=(ContributorRole.COMPOSER, ContributorRole.MUSIC_PUBLISHER), sequence=1
)


@cache
def _schemas(folder: Path) -> tuple[etree.XMLSchema, ...]:
    loader = script(folder / "ddex_xsd.py")
    return loader.load("ern", "3.8.2"), loader.load("ern", "3.8.2", avs="avs-2020")


def schema_faults(root: etree._Element, ddex_folder: Path, *, newest_only: bool = False) -> list[str]:
    """What the schemas complain of, cut short: their messages list every allowed value."""
    newest, older = _schemas(ddex_folder)
    judged = ((schema, schema.validate(root)) for schema in ((newest,) if newest_only else (newest, older)))
    return [error.message[:200] for schema, valid in judged if not valid for error in schema.error_log]


def carried(plan: MessagePlan, settings: Mapping[str, Any] | None = None) -> MessagePlan:
    """The plan as it would be had its makers known of ERN 3.8.2; images beside the cover only by `settings`."""
    videos = tuple(_with_capture(video) for video in plan.videos)
    release = plan.release.model_copy(
        update={
            "p_line": plan.release.p_line or LINE,
            "c_line": plan.release.c_line or LINE,
            "type": _type(plan),
        }
    )
    mended = plan.model_copy(
        update={
            "release": release,
            "sound_recordings": tuple(_audio(recording) for recording in plan.sound_recordings),
            "videos": tuple(_told(video) for video in videos),
            "parties": _identified_once(plan.parties),
            "images": _images(plan, videos, several=bool(settings and settings.get("several_images"))),
            "options": plan.options.model_copy(update={"hash_algorithm": _old(plan.options.hash_algorithm)}),
            "settings": dict(settings or {}),
        }
    )
    return _composed(mended) if plan.variants == (ProfileVariant.CLASSICAL,) and plan.profile in AUDIO else mended


def _type(plan: MessagePlan) -> ReleaseType:
    """An album has several recordings, and a classical release is an album."""
    if plan.profile in AUDIO and len(plan.sound_recordings) == 1 and not plan.variants:
        return ReleaseType.SINGLE
    classical = plan.profile in AUDIO and ProfileVariant.CLASSICAL in plan.variants
    return ReleaseType.ALBUM if classical else plan.release.type


def _old(algorithm: HashAlgorithm) -> HashAlgorithm:
    return HashAlgorithm.MD5 if algorithm is HashAlgorithm.SHA256 else algorithm


def _told(recording: R) -> R:
    language = recording.language
    known = language and is_told(language, AllowedValues.OF_2020)
    return recording.model_copy(update={"language": language if known else None})


def _audio(recording: PlannedSoundRecording) -> PlannedSoundRecording:
    return _told(recording).model_copy(update={"immersive": None})


def _with_capture(video: PlannedVideo) -> PlannedVideo:
    reference = video.screen_capture_reference or f"A{video.reference[1:]}-capture"
    cues = video.cues or (CUE,) if video.type is VideoType.LONG_FORM else ()
    return video.model_copy(update={"screen_capture_reference": reference, "cues": cues})


def _identified_once(parties: tuple[PlannedParty, ...]) -> tuple[PlannedParty, ...]:
    """The first party alone keeps all ids: where each is made up, two may come out the same."""
    first, *others = parties
    nothing = {"isni": None, "ipi": None, "ipn": None, "dpid": None, "proprietary_ids": ()}
    return (first, *(party.model_copy(update=nothing) for party in others))


def _images(plan: MessagePlan, videos: tuple[PlannedVideo, ...], *, several: bool) -> tuple[PlannedImage, ...]:
    there = {image.reference for image in plan.images}
    missing = [video.screen_capture_reference for video in videos]
    captures = tuple(_capture(reference) for reference in missing if reference and reference not in there)
    only_cover = plan.profile in AUDIO and not several
    kept = (image for image in plan.images if not only_cover or image.type is ImageType.FRONT_COVER)
    return (*kept, *captures)


def _capture(reference: str) -> PlannedImage:
    return PlannedImage(
        reference=reference,
        technical_reference=f"T{reference[1:]}",
        type=ImageType.SCREEN_CAPTURE,
        proprietary_id=f"IMG_{reference}",
        parental_warning=ParentalWarning.NOT_EXPLICIT,
        image=ImageProperties(format=ImageFormat.PNG, width=1280, height=720, colour_mode="RGB"),
        file=planned_file("image", f"{reference}.png", provided=True),
    )


def _composed(plan: MessagePlan) -> MessagePlan:
    first, *others = plan.sound_recordings
    credited = first.model_copy(update={"contributors": (COMPOSER,)})
    return plan.model_copy(update={"sound_recordings": (credited, *others)})
