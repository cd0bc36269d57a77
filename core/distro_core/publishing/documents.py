"""How developers, submissions and our own registry are stored, in the control database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.marketplace.registry.format import Price, PublicKey
from distro_core.secrets.port import SealedSecret
from distro_core.store.documents import Document, Index
from distro_sdk.manifest import LicenseModel, PluginManifest
from distro_sdk.models.base import Model

OWN = "own"
MOST_KEYS = 10
MOST_REVOKED = 50


class DeveloperDocument(Document):
    """Who publishes plugins here (rows MKT-07 and MKT-08). Its id is that of a publisher in a registry.

    `tenant_id`: whose people act for it; `support`: where users get help (row MKT-10); `keys`: with which it signs;
    `revoked_keys`: ids of keys that no longer count.
    """

    collection: ClassVar[str] = "developers"
    indexes: ClassVar[tuple[Index, ...]] = (Index("tenant", (("tenant_id", 1), ("_id", 1))),)

    tenant_id: str
    name: str
    support: str
    keys: tuple[PublicKey, ...]
    revoked_keys: tuple[str, ...] = ()


class PluginClaimDocument(Document):
    """Whose plugin it is: the developer's of whom a version was approved first. Its id is the plugin's."""

    collection: ClassVar[str] = "plugin_claims"

    developer_id: str


class SubmissionStatus(StrEnum):
    """How far a submission has come; `transitions.py` says from where to where."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    LISTED = "listed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    YANKED = "yanked"


class Reason(Model):
    """Why a submission was rejected: a code of the automatic checks, or REVIEW for a person's words."""

    code: str
    message: str


class SubmissionStep(Model):
    """A change of status. `by`: id of the user or API key."""

    status: SubmissionStatus
    at: datetime
    by: str
    note: str | None = None


class SubmissionDocument(Document):
    """One version of a plugin that a developer wants to be listed.

    `release`: its version in the one form in which equal ones are the same; `sha256`, `size`, `signature`: of its
    wheel, as the developer says; `manifest`: once the wheel was inspected; `taken`: true while nobody else may submit
    this version; `reasons`: why it was rejected; `history`: every status.
    """

    collection: ClassVar[str] = "plugin_submissions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "version",
            (("plugin_id", 1), ("release", 1)),
            unique=True,
            only_if={"taken": True},
            error_code="PLUGIN_VERSION_SUBMITTED",
            error_message="this version of the plugin was submitted already",
            error_path=("version",),
        ),
        Index("developer", (("developer_id", 1), ("_id", -1))),
        Index("tenant", (("tenant_id", 1), ("_id", -1))),
        Index("status", (("status", 1), ("_id", -1))),
        Index("wheel", (("sha256", 1),)),
    )

    developer_id: str
    tenant_id: str
    plugin_id: str
    version: str
    release: str = ""
    sha256: str
    size: int
    signature: str
    price: Price | None = None
    keywords: tuple[str, ...] = ()
    manifest: PluginManifest | None = None
    status: SubmissionStatus = SubmissionStatus.DRAFT
    taken: bool = True
    reasons: tuple[Reason, ...] = ()
    history: tuple[SubmissionStep, ...] = ()
    yank_reason: str = ""
    approved_at: datetime | None = None

    @property
    def license_model(self) -> LicenseModel | None:
        """Whether it costs anything; known once its wheel was inspected."""
        return None if self.manifest is None else self.manifest.license_model


class RegistryKeyDocument(Document):
    """The key that signs our own registry. `sealed`: the private key as a JWK."""

    collection: ClassVar[str] = "registry_keys"

    public: PublicKey
    sealed: SealedSecret


class OwnEditionDocument(Document):
    """The newest edition of our own registry, as it is served."""

    collection: ClassVar[str] = "own_registry"

    serial: int
    content: bytes
    expires: datetime
