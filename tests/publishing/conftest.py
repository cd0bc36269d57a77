"""A platform of its own that publishes plugins, and a developer with a key."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OKPKey

from distro_core.identity.documents import TenantDocument
from distro_core.licensing.documents import InstallationDocument
from distro_core.marketplace.registry.format import Price
from distro_core.marketplace.trust import sign_artefact
from distro_core.platform import Platform
from distro_core.publishing.developers import DeveloperService
from distro_core.publishing.documents import (
    DeveloperDocument,
    OwnEditionDocument,
    PluginClaimDocument,
    RegistryKeyDocument,
    SubmissionDocument,
)
from distro_core.publishing.ledger_documents import LedgerEntryDocument
from distro_core.publishing.submissions import SubmissionService
from distro_core.settings import Settings
from distro_sdk.testing.clock import SettableClock
from tests.marketplace.market import Market, WheelDraft, new_key, public
from tests.marketplace.shops import Shop, empty_shop, open_shop

OURS = (
    DeveloperDocument,
    InstallationDocument,
    LedgerEntryDocument,
    OwnEditionDocument,
    PluginClaimDocument,
    RegistryKeyDocument,
    SubmissionDocument,
)


@pytest.fixture
def clock() -> SettableClock:
    """The machine's clock, to be set."""
    return SettableClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def shop(platform: Platform, settings: Settings, clock: SettableClock, tmp_path: Path) -> AsyncIterator[Shop]:
    """A platform that publishes, and reads no registry but its own."""
    async with open_shop(settings, Market(tmp_path), clock, registries=()) as opened:
        yield opened
        await empty_shop(opened)
    for document in OURS:
        await platform.control.collection(document).raw.delete_many({})


@dataclass(frozen=True)
class Studio:
    """A developer at work. `tenant`: whose people act for it."""

    shop: Shop
    tenant: TenantDocument
    key: OKPKey
    id: str = "owls"
    name: str = "Owls"

    @property
    def submissions(self) -> SubmissionService:
        return submissions_of(self.shop, self.tenant.id)

    async def register(self) -> DeveloperDocument:
        developers = DeveloperService(self.shop.platform.control, self.tenant.id)
        return await developers.register(
            self.id, self.name, "owls@example.com", [public(self.key)], tenant_id=self.tenant.id, by="ola"
        )

    def draft(self, wheel: WheelDraft, packed: bytes | None = None, **fields: Any) -> SubmissionDocument:
        """What is submitted of a wheel, signed. `fields`: that differ."""
        content = wheel.pack() if packed is None else packed
        digest = hashlib.sha256(content).hexdigest()
        id, version = wheel.manifest["id"], wheel.manifest["version"]
        told = {
            "developer_id": self.id,
            "tenant_id": self.tenant.id,
            "plugin_id": id,
            "version": version,
            "sha256": digest,
            "size": len(content),
            "signature": sign_artefact(id, version, digest, len(content), self.key),
            "keywords": ("bird",),
            **fields,
        }
        return SubmissionDocument(**told)

    async def hand_in(self, wheel: WheelDraft, **fields: Any) -> SubmissionDocument:
        """Submit a wheel and send it."""
        packed = wheel.pack()
        submission = await self.submissions.submit(self.draft(wheel, packed, **fields), by="ola")
        return await self.submissions.receive(submission.id, in_blocks(packed), by="ola")

    async def publish(self, wheel: WheelDraft, **fields: Any) -> SubmissionDocument:
        """Submit a wheel that is approved."""
        submission = await self.hand_in(wheel, **fields)
        reviewers = submissions_of(self.shop, None)
        await reviewers.review(submission.id, by="rita")
        return await reviewers.approve(submission.id, by="rita")


@pytest.fixture
async def studio(shop: Shop, tenant_a: TenantDocument) -> Studio:
    """A developer of tenant A."""
    made = Studio(shop, tenant_a, new_key("owls-2026"))
    await made.register()
    return made


def submissions_of(shop: Shop, tenant_id: str | None) -> SubmissionService:
    """The submissions of a tenant, or of all for reviewers."""
    platform = shop.platform
    registry = platform.marketplace.own_registry
    return SubmissionService(platform.control, platform.objects, registry, clock=platform.clock, tenant_id=tenant_id)


async def in_blocks(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """A file as it arrives."""
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


EUROS = Price(amount=4900, currency="EUR")
