"""The adapter of platforms that a person delivers to (row CON-02)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.adapters import (
    AdapterAction,
    ConnectionType,
    Content,
    ContentPackage,
    ContentRequirements,
    DeliveryResult,
    PlatformMetadata,
    StatusReport,
    StoreListing,
    StoreQuery,
)
from distro_sdk.models.catalogue import Release
from distro_sdk.models.validation import ValidationIssue

PENDING = StatusReport(word="pending", text="a person delivers it")
"""What the platform is taken to say until a person has said more."""


class ManualSettings(BaseModel):
    """Settings of targets that a person delivers to. `portal`: where the person signs in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    portal: Annotated[str, Field(max_length=1000, pattern=r"^https://[^\s]+$")] | None = None


class ManualAdapter:
    """Hands deliveries to a person: nothing is asked of the platform, so that it can do nothing by itself."""

    key: str = "manual"
    title: str = "A person"
    connection_type: ConnectionType = ConnectionType.MANUAL
    actions: frozenset[AdapterAction] = frozenset()
    configuration: type[BaseModel] = ManualSettings

    def platform_metadata(self) -> PlatformMetadata:
        """There is no interface."""
        return PlatformMetadata(name=self.title)

    def content_requirements(self) -> ContentRequirements:
        """Whatever the person can carry."""
        return ContentRequirements()

    def validate_content(self, release: Release) -> Sequence[ValidationIssue]:
        """A person finds a release by its artist and title at the least."""
        if release.display_artist:
            return ()
        message = "the release does not say whose it is"
        return (ValidationIssue(code="ARTIST_MISSING_FOR_PERSON", message=message, path="display_artist"),)

    def prepare_content(self, content: Content) -> ContentPackage:
        """What the person needs to know first."""
        release = content.release
        told = {"title": release.title, "icpn": release.icpn, "subtype": content.subtype.value}
        return ContentPackage(key=content.message_id, document=told)

    @asynccontextmanager
    async def connect(self, configuration: ManualSettings) -> AsyncIterator[ManualSession]:
        """Nobody is connected to."""
        yield ManualSession()


class ManualSession:
    """Answers for a platform that was not spoken with: everything is left to the person."""

    async def deliver_content(self, package: ContentPackage) -> DeliveryResult:
        """The delivery is pending under the id of its message."""
        return DeliveryResult(reference=package.key)

    async def check_status(self, reference: str) -> StatusReport:
        """Nothing is known."""
        return PENDING

    async def update_metadata(self, reference: str, package: ContentPackage) -> bool:
        """The person does it."""
        return False

    async def takedown(self, reference: str, package: ContentPackage) -> bool:
        """The person does it."""
        return False

    async def check_availability(self, query: StoreQuery) -> StoreListing | None:
        """The person looks."""
        return None

    async def validate_authentication(self) -> bool:
        """The person signs in."""
        return True

    async def refresh_authentication(self) -> bool:
        """There is nothing to refresh."""
        return False
