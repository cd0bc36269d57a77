"""A label at work: releases with real files, targets, deliveries and a worker that is a function call."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import (
    ArtistDraft,
    ContributorDraft,
    GenreDraft,
    ImageDraft,
    ReleaseChanges,
    ReleaseDraft,
    RightsLineDraft,
    TrackDraft,
)
from distro_core.catalogue.releases import ReleaseService
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.engine import run_batch
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetDraft
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.message import MessagingParty
from tests.delivery.material import blocks, cover, tone

SENDER = MessagingParty(dpid="PADPIDA2014120301A", name="Northern Lights")
RECIPIENT = MessagingParty(dpid="PADPIDA2013071501L", name="Example DSP")

_numbers = itertools.count(1)


def icpn(number: int) -> str:
    """A GTIN-13 with its check digit (GS1 General Specifications 7.9)."""
    body = f"40{number:010d}"
    odd, even = (sum(int(digit) for digit in body[start::2]) for start in (0, 1))
    return f"{body}{-(odd + 3 * even) % 10}"


def _ending(content: bytes) -> str:
    return "wav" if content.startswith(b"RIFF") else "mp3"


@dataclass
class Label:
    """What a label does, in as few words as a test needs."""

    scope: Scope
    folder: Path
    targets: TargetService = field(init=False)
    deliveries: DeliveryService = field(init=False)
    releases: ReleaseService = field(init=False)

    def __post_init__(self) -> None:
        self.targets = TargetService(self.scope)
        self.deliveries = DeliveryService(self.scope)
        self.releases = ReleaseService(self.scope)

    def with_scope(self, **changes: Any) -> Label:
        """The same label with another clock, other settings or other plugins."""
        return Label(replace(self.scope, **changes), self.folder)

    async def asset(self, kind: AssetKind, name: str, content: bytes) -> str:
        """The id of a stored file."""
        return (await AssetService(self.scope).receive(kind, name, blocks(content))).id

    async def release(self, *audio: bytes, title: str = "Night Drive", ready: bool = True) -> ReleaseDocument:
        """A release with a cover and a track for each audio file: two tones unless given."""
        number = next(_numbers)
        files = audio or (tone(440), tone(660))
        tracks = [
            TrackDraft(
                title=f"Track {place}",
                isrc=f"DEA1226{number:03d}{place:02d}",
                audio_asset_id=await self.asset(AssetKind.AUDIO, f"take {place}.{_ending(content)}", content),
                contributors=(ContributorDraft(name="Ada Writer", roles=("Composer",)),),
                p_line=RightsLineDraft(year=2026, company="Northern Lights"),
                language="en",
                genre=GenreDraft(name="Pop"),
            )
            for place, content in enumerate(files, 1)
        ]
        draft = ReleaseDraft(
            title=title,
            artists=(ArtistDraft(name="The Example"),),
            display_artist="The Example",
            label="Northern Lights",
            icpn=icpn(number),
            language="en",
            genre=GenreDraft(name="Pop"),
            parental_warning="NotExplicit",
            release_date="2026-01-01",
            p_line=RightsLineDraft(year=2026, company="Northern Lights"),
            c_line=RightsLineDraft(year=2026, company="Northern Lights"),
            images=(ImageDraft(asset_id=await self.asset(AssetKind.IMAGE, "cover.jpg", cover())),),
            tracks=tuple(tracks),
        )
        made = await self.releases.create(draft)
        return await self.releases.set_status(made.id, ReleaseStatus.READY) if ready else made

    async def retitle(self, release_id: str, title: str) -> ReleaseDocument:
        """The release with another title."""
        return await self.releases.update(release_id, ReleaseChanges(title=title))

    def draft(self, **fields: Any) -> TargetDraft:
        """A target in the label's folder that does not answer, unless told otherwise."""
        given: dict[str, Any] = {
            "name": "Example DSP",
            "platform": "conformance-receiver",
            "transport": "local-folder",
            "settings": {"directory": str(self.folder)},
            "sender": SENDER,
            "recipient": RECIPIENT,
            "acknowledges": False,
        }
        return TargetDraft.model_validate(given | fields)

    async def target(self, **fields: Any) -> TargetDocument:
        """A stored target."""
        return await self.targets.create(self.draft(**fields))

    async def broken_target(self, **fields: Any) -> TargetDocument:
        """A stored target in a folder that the operator allows no longer."""
        made = await self.target(**fields)
        targets = self.scope.store.collection(TargetDocument)
        return await targets.update(made.id, Change(set={"settings": {"directory": "/nowhere"}}))

    async def deliver(self, release_ids: Sequence[str], target_id: str, **options: Any) -> DeliveryDocument:
        """Make a delivery and work on it until the attempt is over; the first of the batch."""
        made = await self.deliveries.create(release_ids, target_id, Wish(**options))
        return await self.work(made[0])

    async def work(self, delivery: DeliveryDocument) -> DeliveryDocument:
        """Make one attempt, as a worker does."""
        current = await self.deliveries.get(delivery.id)
        await run_batch(self.scope, current.batch_id)
        return await self.deliveries.get(delivery.id)

    def files(self) -> list[str]:
        """What lies at the receiver."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def markers(self) -> list[str]:
        """Those of them that say that a package is complete."""
        return [path for path in self.files() if path.endswith("BatchComplete.txt")]
