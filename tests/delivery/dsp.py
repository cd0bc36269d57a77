"""The conformance receiver as the DSP of a test, and what a label does with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from distro_api.receiver import (
    FileAction,
    Finding,
    PackageReport,
    Receiver,
    ReceiverOptions,
    ReceiverUser,
    Severity,
)
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label

PASSWORD = "a-secret-of-the-label"
ENDED = frozenset({Status.LIVE, Status.UPDATED, Status.REMOVED, Status.REJECTED, Status.FAILED, Status.NEEDS_ATTENTION})


@asynccontextmanager
async def receiver_at(root: Path, port: int = 0, options: ReceiverOptions | None = None) -> AsyncIterator[Receiver]:
    users = [ReceiverUser("label", password=PASSWORD), ReceiverUser("other", password=PASSWORD)]
    async with Receiver(root, users, port=port, options=options) as running:
        yield running


async def sftp_target(label: Label, receiver: Receiver, **fields: object) -> TargetDocument:
    settings = {
        "host": receiver.host,
        "port": receiver.port,
        "username": "label",
        "host_key": receiver.host_key,
        "timeout": 30,
    }
    given: dict[str, object] = {
        "transport": "sftp",
        "settings": settings,
        "secrets": {"password": SecretStr(PASSWORD)},
        "acknowledges": True,
    }
    return await label.target(**given | fields)


async def ended(label: Label, delivery: DeliveryDocument) -> DeliveryDocument:
    """The delivery once it has come to an end."""
    async with asyncio.timeout(60):
        while (current := await label.deliveries.get(delivery.id)).status not in ENDED:
            await asyncio.sleep(0.02)
    return current


async def deliver(label: Label, release_id: str, target: TargetDocument) -> DeliveryDocument:
    (made,) = await label.deliveries.create([release_id], target.id)
    return await ended(label, made)


def errors(report: PackageReport) -> list[Finding]:
    """What the receiver found wrong; without DDEX's schemas it warns that it could not look at everything."""
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]


def arrivals(receiver: Receiver) -> Counter[str]:
    """How often each file came to stand at its place."""
    return Counter(event.place for event in receiver.events if event.action is FileAction.RENAMED)
