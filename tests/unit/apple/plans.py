"""Plans that Apple's format can carry, made from the SDK's example plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from distro_plugins.apple53 import AppleBuilder
from distro_plugins.apple53.tables import NAMESPACE
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import AudioFormat, AudioProperties, FileHashes
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, Price, Territories, UseType
from distro_sdk.models.message import MessagePlan, MessageSubtype, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedDeal, PlannedGenre
from distro_sdk.models.planned_resources import PlannedFile, PlannedImmersiveEdition, PlannedSoundRecording
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import ParsedMessage, parse_message

SETTINGS: Mapping[str, Any] = {"provider": "SoederMusic", "test_packages": True, "price_tiers": {"FULL": 3}}
GENRE = PlannedGenre(name="Pop", subgenre="Indie Pop", code="POP-00", subgenre_code="INDIE-POP-00")
TITLES = ("Ænima & <Fjörd>", "光と影 \"I\" 'II'", "Zażółć — gęślą")
START = date(2026, 2, 20)
DOWNLOAD = CommercialTerms(commercial_model=CommercialModel.PAY_AS_YOU_GO, use_types=(UseType.PERMANENT_DOWNLOAD,))
STREAM = CommercialTerms(
    commercial_model=CommercialModel.SUBSCRIPTION,
    use_types=(UseType.ON_DEMAND_STREAM, UseType.CONDITIONAL_DOWNLOAD),
)
PRICED = CommercialTerms(
    commercial_model=CommercialModel.PAY_AS_YOU_GO,
    use_types=(UseType.PERMANENT_DOWNLOAD,),
    price=Price(amount=Decimal("0.99"), currency="EUR"),
)


def apple_plan(
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    profile: ReleaseProfile = ReleaseProfile.AUDIO,
    settings: Mapping[str, Any] | None = None,
    **changes: Any,
) -> MessagePlan:
    """The SDK's example, with codes of genres, files side by side, and titles that Apple would take."""
    plan = example_plan(subtype, profile)
    values: dict[str, Any] = {
        "settings": {**SETTINGS, **(settings or {})},
        "sound_recordings": tuple(
            recording.model_copy(update={"title": title, "file": beside(recording.file)})
            for recording, title in zip(plan.sound_recordings, TITLES, strict=False)
        ),
        "images": tuple(image.model_copy(update={"file": beside(image.file)}) for image in plan.images),
        "release": plan.release.model_copy(update={"genre": GENRE}),
        "track_releases": tuple(release.model_copy(update={"genre": GENRE}) for release in plan.track_releases),
        "deals": () if subtype is MessageSubtype.TAKEDOWN else (deal(plan, STREAM), deal(plan, DOWNLOAD)),
    }
    if subtype is not MessageSubtype.INITIAL:
        values |= without_files(values)
    return plan.model_copy(update=values | changes)


def beside(file: PlannedFile) -> PlannedFile:
    """The file under its bare name."""
    return file.model_copy(update={"uri": file.name})


def without_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same resources, whose files were delivered before."""

    def kept(resource: Any) -> Any:
        return resource.model_copy(update={"file": resource.file.model_copy(update={"provided": False})})

    return {name: tuple(kept(each) for each in values[name]) for name in ("sound_recordings", "images")}


def deal(plan: MessagePlan, terms: CommercialTerms, **changes: Any) -> PlannedDeal:
    """A deal for everything in the plan, everywhere, from the release date on."""
    values: dict[str, Any] = {
        "release_references": ("R0", *(release.reference for release in plan.track_releases)),
        "terms": terms,
        "territories": Territories(),
        "start_date": START,
        "price_code": "FULL" if terms == DOWNLOAD else None,
    }
    return PlannedDeal.model_validate(values | changes)


def with_deals(*deals: PlannedDeal, settings: Mapping[str, Any] | None = None, **changes: Any) -> MessagePlan:
    """The plan of an album with these deals."""
    return apple_plan(settings=settings, deals=deals, **changes)


def with_recording(plan: MessagePlan, place: int, **changes: Any) -> MessagePlan:
    """The plan with one recording changed. `place`: from 0."""
    recordings = list(plan.sound_recordings)
    recordings[place] = recordings[place].model_copy(update=changes)
    return plan.model_copy(update={"sound_recordings": tuple(recordings)})


def with_release(plan: MessagePlan, **changes: Any) -> MessagePlan:
    """The plan with its release changed."""
    return plan.model_copy(update={"release": plan.release.model_copy(update=changes)})


def twin(recording: PlannedSoundRecording, **changes: Any) -> PlannedImmersiveEdition:
    """An immersive twin: a BWF ADM file of twelve channels."""
    name = recording.file.name.replace(".flac", "_atmos.wav")
    content = name.encode()
    values: dict[str, Any] = {
        "technical_reference": "T91",
        "isrc": "SEAYD7900191",
        "audio": AudioProperties(
            format=AudioFormat.WAV,
            codec="PCM",
            lossless=True,
            duration=recording.duration,
            channels=12,
            sample_rate=48_000,
            bit_depth=24,
        ),
        "file": PlannedFile(
            uri=name,
            name=name,
            asset_id=name,
            size=300_000_000,
            hashes=FileHashes(
                md5=hashlib.md5(content).hexdigest(),
                sha1=hashlib.sha1(content).hexdigest(),
                sha256=hashlib.sha256(content).hexdigest(),
            ),
        ),
    }
    return PlannedImmersiveEdition.model_validate(values | changes)


def built(plan: MessagePlan) -> ParsedMessage:
    """The metadata of a plan, read back."""
    return parse_message(AppleBuilder().build(plan))


def refused(plan: MessagePlan) -> set[tuple[str, str]]:
    """Codes and paths of everything for which the builder refuses a plan."""
    try:
        AppleBuilder().build(plan)
    except DomainErrors as error:
        return {(fault.code, ".".join(str(step) for step in fault.path)) for fault in error.errors}
    return set()


def text(message: ParsedMessage, path: str) -> str | None:
    """The text of an element of the album; names without prefix are Apple's."""
    return message.root.findtext(f"album/{path}", None, {None: NAMESPACE})


def texts(message: ParsedMessage, path: str) -> list[str | None]:
    """The texts of all elements of a path."""
    return [element.text for element in every(message, path)]


def every(message: ParsedMessage, path: str) -> list[etree._Element]:
    """All elements of a path below the album."""
    return message.root.findall(f"album/{path}", {None: NAMESPACE})


def offers(message: ParsedMessage, path: str = "products/product") -> list[dict[str, str]]:
    """The products, each as a mapping of what it says."""
    return [{etree.QName(each).localname: each.text or "" for each in product} for product in every(message, path)]
