"""What a message builder, a validator and a choreography must be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.models.assets import AssetKind
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import Acknowledgement, Batch, FileKind, Package
from distro_sdk.models.message import (
    CatalogListPlan,
    HashAlgorithm,
    MessagePlan,
    MessageType,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage


class NoSettings(BaseModel):
    """The configuration of a builder or a choreography that a partner cannot set anything of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageBuilder(Protocol):
    """Writes a plan in one format. Pure: the same plan gives the same bytes (row ERN-21), and nothing is waited for.

    `format`: such as ``ern/4.3``; `schema`: the schema set the format is judged by, such as ``ern/4.3``;
    `namespace`: the XML namespace of its messages; `profiles`, `variants`, `takedown_forms`: what it can say, an order
    for anything else is refused before `build`; `supports_immersive_audio`: whether it has a place for immersive twins;
    `file_name`: what its message must be called, None where the choreography decides; `configuration`: what a target
    may set for this format alone, arrives as `MessagePlan.settings`; `grammar`: a RELAX NG grammar (XML syntax) of what
    it writes, which judges where no official schema is installed. One whose messages fit into some choreographies alone
    names their keys by `choreographies`.
    """

    format: str
    schema: str
    namespace: str
    profiles: frozenset[ReleaseProfile]
    variants: frozenset[ProfileVariant]
    takedown_forms: frozenset[TakedownForm]
    supports_immersive_audio: bool
    file_name: str | None
    configuration: type[BaseModel]
    grammar: Path | None

    def build(self, plan: MessagePlan) -> bytes:
        """The message as UTF-8 XML; raises `DomainErrors` with paths into the release for what cannot be said."""
        ...


@runtime_checkable
class CatalogListBuilder(Protocol):
    """A message builder whose format has a CatalogListMessage as well (row MSG-05)."""

    def build_catalog_list(self, plan: CatalogListPlan) -> bytes:
        """The list as UTF-8 XML; raises `DomainErrors` for what cannot be said."""
        ...


class CompanionBuilder(Protocol):
    """Writes a message that travels beside that of a release, such as MEAD. Pure, as `MessageBuilder` is.

    `format`, `schema`, `namespace`, `grammar`: as of a message builder.
    """

    format: str
    schema: str
    namespace: str
    grammar: Path | None

    def file_name(self, plan: MessagePlan) -> str:
        """What the file is called."""
        ...

    def build(self, plan: MessagePlan) -> bytes | None:
        """The message as UTF-8 XML, None where there is nothing to say; raises `DomainErrors`."""
        ...


class FileDetails(Model):
    """What a message tells of a file, as far as it tells it; the file itself is the authority (row AST-12).

    `size`: bytes; `hashes`: lower-case hexadecimal; `codec`, `container`, and `audio_codec` of a video: in DDEX's
    words; `duration`: seconds, of the resource where the file has none of its own; the other figures as in the
    properties of an asset.
    """

    kind: AssetKind
    size: int | None = None
    hashes: Mapping[HashAlgorithm, str] = Field(default_factory=dict)
    container: str | None = None
    codec: str | None = None
    audio_codec: str | None = None
    duration: Decimal | None = None
    channels: int | None = None
    sample_rate: int | None = None
    bit_depth: int | None = None
    bit_rate: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: Decimal | None = None
    resolution: int | None = None


class ReadRelease(Model):
    """A release that was read from a message.

    `complete`: with ids made up from what the message says, and without assets: a message tells one hash of a file,
    an asset has three, so assets are described from the files themselves. `details`: what is told of the file of each
    asset that the release names, by asset id; `files`: where the file lies, by asset id, as the message names it, for
    those that come along; `terms`: the deals' commercial models with their uses.
    """

    complete: CompleteRelease
    files: Mapping[str, str]
    details: Mapping[str, FileDetails] = Field(default_factory=dict)
    terms: tuple[CommercialTerms, ...] = ()


class ReadMessage(Model):
    """What a message says. `format` such as ``ern/4.3``; `unread`: XPaths of what our model has no place for."""

    format: str
    message_id: str
    type: MessageType
    sender: str
    recipients: tuple[str, ...]
    created_at: datetime | None
    test: bool
    profile: str | None
    releases: tuple[ReadRelease, ...]
    unread: tuple[str, ...] = ()


class MessageReader(Protocol):
    """Reads messages of one format into releases. `namespaces`: the XML namespaces of its messages."""

    format: str
    namespaces: frozenset[str]

    def read(self, message: ParsedMessage) -> ReadMessage:
        """What the message says; raises `DomainErrors` with XPath and line in the text of each for what is wrong."""
        ...


class MessageValidator(Protocol):
    """Judges messages of some formats in one stage of validation.

    One that never changes the tree of a message, and waits for nothing, says so by `only_reads = True`: a large message
    is then judged by its schema at the same time, and a small one without a thread.
    """

    name: str
    stage: ValidationStage
    formats: frozenset[str]

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every finding, in document order."""
        ...


class Choreography(Protocol):
    """How a batch is laid out at the receiver and where its answers lie.

    `configuration`: what a target may set for this choreography, arrives as `Batch.settings`; `names_companions`:
    whether messages that travel beside are listed in its manifest. One that has a place for files that no message
    names says so by `carries_sidecars = True`; one that lays out some formats alone names them by `formats`, and one
    that was not made for some transports names their keys by `excluded_transports`: no target has both.
    """

    key: str
    title: str
    acknowledgement_folder: str | None
    configuration: type[BaseModel]
    names_companions: bool

    def resource_uri(self, kind: FileKind, name: str) -> str:
        """Where a resource lies, relative to the message that names it."""
        ...

    def lay_out(self, batch: Batch) -> Package:
        """All files of the batch in writing order, manifest and completion marker included. Waits for nothing."""
        ...

    def read_acknowledgement(self, name: str, content: bytes) -> Sequence[Acknowledgement]:
        """The answers in a file of the acknowledgement folder; raises `DomainError` for one that cannot be read."""
        ...


def formats_of(choreography: Choreography) -> frozenset[str] | None:
    """The only formats that a choreography lays out; None, for all, where it says nothing of them."""
    named = getattr(choreography, "formats", None)
    return None if named is None else frozenset(named)


def excluded_transports_of(choreography: Choreography) -> frozenset[str]:
    """Keys of the transports that a choreography was not made for; none where it says nothing of them."""
    return frozenset(getattr(choreography, "excluded_transports", ()))


def choreographies_of(builder: MessageBuilder) -> frozenset[str] | None:
    """Keys of the only choreographies for a builder's messages; None, for all, where it says nothing of them."""
    named = getattr(builder, "choreographies", None)
    return None if named is None else frozenset(named)


def carries_sidecars(choreography: Choreography) -> bool:
    """Whether a choreography has a place for files that no message names; not where it says nothing of them."""
    return getattr(choreography, "carries_sidecars", False) is True
