"""What a message builder, a validator and a choreography must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from distro_sdk.models.delivery import Acknowledgement, Batch, FileKind, Package
from distro_sdk.models.message import MessagePlan, ReleaseProfile
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage


class MessageBuilder(Protocol):
    """Writes a plan in one format. Pure: the same plan gives the same bytes (row ERN-21).

    `format`: such as ``ern/4.3``; `schema`: the schema set the format is judged by, such as ``ern/4.3``;
    `namespace`: the XML namespace of its messages.
    """

    format: str
    schema: str
    namespace: str
    profiles: frozenset[ReleaseProfile]

    def build(self, plan: MessagePlan) -> bytes:
        """The message as UTF-8 XML; raises `DomainErrors` with paths into the release for what cannot be said."""
        ...


class MessageValidator(Protocol):
    """Judges messages of some formats in one stage of validation."""

    name: str
    stage: ValidationStage
    formats: frozenset[str]

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every finding, in document order."""
        ...


class Choreography(Protocol):
    """How a batch is laid out at the receiver and where its answers lie."""

    key: str
    title: str
    acknowledgement_folder: str | None

    def resource_uri(self, kind: FileKind, name: str) -> str:
        """Where a resource lies, relative to the message that names it."""
        ...

    def lay_out(self, batch: Batch) -> Package:
        """All files of the batch in writing order, manifest and completion marker included."""
        ...

    def read_acknowledgement(self, name: str, content: bytes) -> Sequence[Acknowledgement]:
        """The answers in a file of the acknowledgement folder; raises `DomainError` for one that cannot be read."""
        ...
