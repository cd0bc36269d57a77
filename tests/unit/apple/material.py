"""Packages of real bytes: plans whose files exist, batches of them, and folders as a receiver would see them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from distro_plugins.apple53 import AppleBuilder, ItmspChoreography
from distro_plugins.apple53.tables import genre_codes, territories
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Batch, BatchedRelease, CompanionMessage, FileKind, Package, ResourceFile
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessagingParty
from distro_sdk.models.planned_resources import PlannedFile
from tests.itmsp_reader import ReadPackage, read_package
from tests.unit.apple.plans import apple_plan, twin, with_recording

LABEL = MessagingParty(dpid="PADPIDA2026010101A", name="Söder & Söner")
APPLE = MessagingParty(dpid="PADPIDA2026010102B", name="Apple")
BATCH_ID = "20260928120000123"


def content_of(asset_id: str) -> bytes:
    """The bytes of an asset: a BWF ADM file for immersive twins, some bytes for everything else."""
    immersive = any(word in asset_id for word in ("atmos", "immersive"))
    return adm_wave() if immersive else f"content of {asset_id}".encode()


def adm_wave() -> bytes:
    """The shortest file that has the chunks of BWF ADM."""
    chunks = ((b"fmt ", bytes(16)), (b"bext", bytes(602)), (b"chna", bytes(4)), (b"axml", b"<a/>"), (b"data", bytes(6)))
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def real_plan(subtype: MessageSubtype = MessageSubtype.INITIAL, *, atmos: bool = False, **changes: Any) -> MessagePlan:
    """A plan whose files have the sizes and hashes of real bytes."""
    plan = apple_plan(subtype, **changes)
    if atmos:
        plan = with_recording(plan, 0, immersive=twin(plan.sound_recordings[0]))
    recordings = []
    for recording in plan.sound_recordings:
        edition = recording.immersive
        real = edition and edition.model_copy(update={"file": with_real_bytes(edition.file)})
        recordings.append(recording.model_copy(update={"file": with_real_bytes(recording.file), "immersive": real}))
    images = tuple(image.model_copy(update={"file": with_real_bytes(image.file)}) for image in plan.images)
    return plan.model_copy(update={"sound_recordings": tuple(recordings), "images": images})


def batched(plan: MessagePlan, **changes: Any) -> BatchedRelease:
    """The release of a plan in a batch, with the files that travel."""
    images = {image.file.asset_id for image in plan.images}
    values: dict[str, Any] = {
        "delivery_id": f"delivery of {plan.release.icpn}",
        "message_id": plan.message_id,
        "message_file": "message.xml",
        "message": AppleBuilder().build(plan),
        "subtype": plan.subtype,
        "icpn": plan.release.icpn,
        "files": tuple(
            resource(FileKind.IMAGE if file.asset_id in images else FileKind.AUDIO, file)
            for file in plan.files()
            if file.provided
        ),
    }
    return BatchedRelease.model_validate(values | changes)


def resource(kind: FileKind, file: PlannedFile) -> ResourceFile:
    """A file as the core hands it to a choreography."""
    return ResourceFile(
        kind=kind,
        name=file.name,
        original_name="mix.wav",
        asset_id=file.asset_id,
        size=file.size,
        hashes=file.hashes,
    )


def companion() -> CompanionMessage:
    """A message that travels beside."""
    return CompanionMessage(format="mead/1.1", name="MEAD.xml", content=b"<mead/>")


def batch(*releases: BatchedRelease, settings: Mapping[str, Any] | None = None) -> Batch:
    """A batch for Apple."""
    return Batch(
        id=BATCH_ID,
        created_at=datetime(2026, 9, 28, 12, 0, 0, 123_000, tzinfo=UTC),
        sender=LABEL,
        recipient=APPLE,
        test=True,
        settings=settings or {},
        releases=releases,
    )


def laid_out(*plans: MessagePlan, settings: Mapping[str, Any] | None = None) -> Package:
    """The packages of some plans."""
    return ItmspChoreography().lay_out(batch(*(batched(plan) for plan in plans), settings=settings))


def written(package: Package, target: Path) -> Path:
    """The package on the disk, with the bytes of every file; the folder of its first release."""
    for file in package.files:
        path = target / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content if file.content is not None else content_of(file.asset_id or ""))
    return (target / package.files[0].path).parent


def judged(folder: Path) -> ReadPackage:
    """What the independent reader says of a package."""
    return read_package(folder, genre_codes(), territories())


def names(files: Iterable[Path]) -> list[str]:
    """File names, sorted."""
    return sorted(file.name for file in files)


def change(path: Path, edit: Callable[[str], str]) -> None:
    """Write a text file anew."""
    path.write_text(edit(path.read_text("utf-8")), "utf-8")


def with_real_bytes(file: PlannedFile) -> PlannedFile:
    """The file with the size and the hashes of its bytes."""
    content = content_of(file.asset_id)
    hashes = FileHashes(
        md5=hashlib.md5(content).hexdigest(),
        sha1=hashlib.sha1(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return file.model_copy(update={"size": len(content), "hashes": hashes})
