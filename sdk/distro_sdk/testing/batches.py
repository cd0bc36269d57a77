"""Batches to lay out: of two releases with every kind of file, and random ones. Needs hypothesis."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Batch, BatchedRelease, CompanionMessage, FileKind, ResourceFile
from distro_sdk.models.message import MessageSubtype, MessagingParty, ReleaseProfile

LABEL = MessagingParty(dpid="PADPIDA2026010101A", name="Luz Records & Söhne")
DSP = MessagingParty(dpid="PADPIDA2026010102B", name="A <DSP>")
BATCH_ID = "20260928120000123"
MOMENT = datetime(2026, 9, 28, 12, 0, 0, 123_000, tzinfo=UTC)

EXTENSIONS = {FileKind.AUDIO: "wav", FileKind.VIDEO: "mp4", FileKind.IMAGE: "jpg", FileKind.DOCUMENT: "pdf"}
"""Kinds of resources, with an extension that fits."""

RESOURCES = frozenset(EXTENSIONS)


def example_file(kind: FileKind, name: str) -> ResourceFile:
    """A file of the catalogue."""
    content = f"{kind.value} {name}".encode()
    hashes = FileHashes(
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return ResourceFile(
        kind=kind, name=name, original_name=f"my {name}", asset_id=f"asset {name}", size=len(content), hashes=hashes
    )


def example_release(
    number: int, kinds: Sequence[FileKind] = (FileKind.AUDIO, FileKind.IMAGE), **changes: Any
) -> BatchedRelease:
    """The n-th release of a batch, n from 1: two files of each of `kinds`."""
    icpn = f"4006381{number:06d}"
    files = [
        example_file(kind, f"{icpn}_{kind.value}_{place:03d}.{EXTENSIONS[kind]}") for kind in kinds for place in (1, 2)
    ]
    values: dict[str, Any] = {
        "delivery_id": f"delivery {number}",
        "message_id": f"M{number}",
        "message_file": f"M{number}.xml",
        "message": f"<message number='{number}'/>".encode(),
        "subtype": MessageSubtype.INITIAL,
        "icpn": icpn,
        "files": tuple(files),
    }
    return BatchedRelease.model_validate(values | changes)


def example_companion(number: int) -> CompanionMessage:
    """A message that travels beside that of the n-th release."""
    return CompanionMessage(
        format="mead/1.1", name=f"MEAD_M{number}.xml", content=f"<mead number='{number}'/>".encode()
    )


def example_batch(*releases: BatchedRelease, **changes: Any) -> Batch:
    """These releases in one batch."""
    values: dict[str, Any] = {
        "id": BATCH_ID,
        "created_at": MOMENT,
        "sender": LABEL,
        "recipient": DSP,
        "test": False,
        "releases": releases,
    }
    return Batch.model_validate(values | changes)


def batches(kinds: Sequence[FileKind]) -> st.SearchStrategy[Batch]:
    """Random batches with resources of these kinds: updates and takedowns, ids of both sorts, any names."""
    texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40)
    told = st.tuples(
        st.sampled_from(MessageSubtype),
        st.lists(st.sampled_from(list(kinds)), max_size=len(kinds), unique=True),
        st.booleans(),
        st.booleans(),
    )
    return st.builds(
        _random_batch,
        st.lists(told, min_size=1, max_size=5),
        st.sampled_from(ReleaseProfile),
        st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (hypothesis asks)
        st.tuples(texts, texts),
        st.booleans(),
    )


def _random_batch(
    told: Sequence[tuple[MessageSubtype, Sequence[FileKind], bool, bool]],
    profile: ReleaseProfile,
    moment: datetime,
    names: tuple[str, str],
    test: bool,
) -> Batch:
    releases = [
        example_release(
            number,
            () if subtype is MessageSubtype.TAKEDOWN else kinds,
            subtype=subtype,
            profile=profile,
            grid=f"A10302B{number:010d}X" if has_grid else None,
            companions=(example_companion(number),) if has_companion else (),
        )
        for number, (subtype, kinds, has_grid, has_companion) in enumerate(told, 1)
    ]
    return example_batch(
        *releases,
        id=f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}",
        created_at=moment,
        sender=LABEL.model_copy(update={"name": names[0]}),
        recipient=DSP.model_copy(update={"name": names[1]}),
        test=test,
    )
