"""What a platform can do beyond taking files: submission, status, metadata, takedown, its store.

Files reach a platform by a transport, laid out by a choreography. An adapter speaks with the platform itself
(rows ADI-01 to ADI-14); a connection of row CON-01 is an adapter together with a target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Protocol
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field

from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import ValidationIssue
from distro_sdk.platforms import AudioRequirements, ImageRequirements

Reference = Annotated[str, Field(min_length=1, max_length=200)]
PlatformIds = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")], Annotated[str, Field(min_length=1, max_length=200)]
    ],
    Field(max_length=20),
]
"""What a platform calls a release, by namespace, such as ``{"spotify": "4aawyAB9vmqN3uQ7FjRGTy"}`` (row MAN-04)."""


class ConnectionType(StrEnum):
    """How a platform is reached (row CON-02); `manual`: by a person."""

    API = "api"
    FTP = "ftp"
    MANUAL = "manual"


class AdapterAction(StrEnum):
    """What an adapter may be able to do; the engine asks for nothing that is not declared."""

    SUBMIT = "submit"
    CHECK_STATUS = "check_status"
    UPDATE_METADATA = "update_metadata"
    TAKEDOWN = "takedown"
    CHECK_AVAILABILITY = "check_availability"
    VALIDATE_AUTHENTICATION = "validate_authentication"
    REFRESH_AUTHENTICATION = "refresh_authentication"


class PlatformMetadata(Model):
    """Facts of a platform's interface (row ADI-07). `documentation`: where its makers describe it."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    documentation: str | None = None


class ContentRequirements(Model):
    """What a platform's interface refuses beyond the target's profile (row ADI-08). `minimum_cover`: pixels."""

    audio_formats: tuple[AudioFormat, ...] = tuple(AudioFormat)
    audio: AudioRequirements = AudioRequirements()
    images: ImageRequirements = ImageRequirements()
    minimum_cover: int = Field(default=1, ge=1)


class ContentFile(Model):
    """A file that stands at the receiver. `path`: relative to the target's directory; `size`: bytes."""

    path: str
    kind: FileKind
    size: int
    md5: str


class Content(Model):
    """One delivery in the words of the catalogue. `artists`: names of the release's main artists."""

    delivery_id: str
    message_id: str
    batch_id: str
    subtype: MessageSubtype
    test: bool
    release: Release
    artists: tuple[str, ...] = ()
    label: str = ""
    files: tuple[ContentFile, ...] = ()


class ContentPackage(Model):
    """What is handed to a platform (row ADI-02). `key`: the same on every attempt, so that it is taken in once."""

    key: Reference
    document: dict[str, Any]


class StatusReport(Model):
    """What a platform says of a delivery (row ADI-04). `word`: its own; `at`: when it came to be so."""

    word: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(max_length=2000)] = ""
    at: AwareDatetime | None = None
    platform_ids: PlatformIds = Field(default_factory=dict)


class DeliveryResult(Model):
    """What came of handing content to a platform (row ADI-03). `reference`: the platform's id of the delivery."""

    reference: Reference


class StoreQuery(Model):
    """By what a release is looked for in a platform's store."""

    icpn: str | None = None
    platform_ids: PlatformIds = Field(default_factory=dict)


class StoreTrack(Model):
    """A track as a store shows it."""

    title: str = ""
    isrc: str | None = None


class StoreListing(Model):
    """A release as a store shows it (rows WFL-25 and WFL-26); what is None is not shown."""

    title: str | None = None
    artist: str | None = None
    label: str | None = None
    icpn: str | None = None
    release_date: date | None = None
    tracks: Annotated[tuple[StoreTrack, ...], Field(max_length=2000)] | None = None
    links: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=20)] = ()
    platform_ids: PlatformIds = Field(default_factory=dict)


class AdapterSession(Protocol):
    """An authenticated conversation with a platform; every failure is a `TransportError` (row ADI-11)."""

    async def deliver_content(self, package: ContentPackage) -> DeliveryResult:
        """Hand a release to the platform; the same package again gives the same reference."""
        ...

    async def check_status(self, reference: str) -> StatusReport:
        """What the platform says of a delivery now."""
        ...

    async def update_metadata(self, reference: str, package: ContentPackage) -> bool:
        """Tell changed metadata; whether the platform takes it."""
        ...

    async def takedown(self, reference: str, package: ContentPackage) -> bool:
        """Ask for a release to be removed; whether the platform takes the request."""
        ...

    async def check_availability(self, query: StoreQuery) -> StoreListing | None:
        """How the store shows a release, None where it does not."""
        ...

    async def validate_authentication(self) -> bool:
        """Whether the platform accepts our credentials (row ADI-10)."""
        ...

    async def refresh_authentication(self) -> bool:
        """Get fresh credentials where they have expired; whether that helped (row ADI-09)."""
        ...


class PlatformAdapter(Protocol):
    """One kind of platform. `key`: for targets; `configuration`: of a target, secrets as `SecretStr`.

    An adapter whose key is that of a transport belongs to every target with that transport.
    """

    key: str
    title: str
    connection_type: ConnectionType
    actions: frozenset[AdapterAction]
    configuration: type[BaseModel]

    def platform_metadata(self) -> PlatformMetadata:
        """Facts of the platform's interface."""
        ...

    def content_requirements(self) -> ContentRequirements:
        """What the interface refuses."""
        ...

    def validate_content(self, release: Release) -> Sequence[ValidationIssue]:
        """What the platform would refuse of a release (row ADI-01); paths are dotted, into the release."""
        ...

    def prepare_content(self, content: Content) -> ContentPackage:
        """A delivery in the platform's own words (rows ADI-02 and ADI-12); the same content gives the same package."""
        ...

    def connect(self, configuration: Any) -> AbstractAsyncContextManager[AdapterSession]:
        """A conversation. `configuration`: an instance of `configuration`."""
        ...


def links_of(platform_ids: Mapping[str, str], templates: Mapping[str, str]) -> dict[str, str]:
    """The links of a platform's ids. `templates`: by namespace, an address with ``{id}``; ids without one have none."""
    return {
        name: templates[name].replace("{id}", quote(id, safe="/:@"))
        for name, id in platform_ids.items()
        if name in templates
    }
