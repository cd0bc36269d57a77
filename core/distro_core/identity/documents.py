"""How tenants, users, sessions and API keys are stored, in the control database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from distro_core.identity.branding import Branding
from distro_core.identity.plugin_versions import PluginVersions
from distro_core.licensing.held import HeldLicense
from distro_core.notifications.channels.choice import ChannelChoice
from distro_core.secrets.port import SealedSecret
from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.platforms import PlatformProfile

NOTIFIED_STATUSES: tuple[DeliveryStatus, ...] = (
    DeliveryStatus.LIVE,
    DeliveryStatus.UPDATED,
    DeliveryStatus.REMOVED,
    DeliveryStatus.REJECTED,
    DeliveryStatus.FAILED,
    DeliveryStatus.NEEDS_ATTENTION,
)
"""Of which statuses of its deliveries a tenant is notified until it chooses (row STT-04)."""


class TenantType(StrEnum):
    """What kind of organisation a tenant is (row TEN-04)."""

    LABEL = "label"
    ARTIST = "artist"
    AGGREGATOR = "aggregator"


class TenantDocument(Document):
    """A label with its own database. `key`: short name in database, object and channel names; never changes.

    `active`: its database stands and its users may sign in; `enabled_plugins`: ids of the plugins that the tenant has
    switched on beyond those that are on for everybody; `notified_statuses`: the statuses of deliveries of which it
    is notified; `notification_channels`: by key, those that it uses; `platforms`: those that it describes itself;
    `plugin_configuration`, `plugin_secrets`: by plugin id, what it has configured, secrets sealed by their names;
    `plugin_versions`: of what it keeps of plugins; `require_validation`: whether only messages that pass validation
    are delivered (row VAL-10); `licenses`: by plugin id (row LIC-02); `branding`: how its pages look (row WHL-01).
    """

    collection: ClassVar[str] = "tenants"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "key",
            (("key", 1),),
            unique=True,
            error_code="TENANT_KEY_TAKEN",
            error_message="another tenant has this key",
            error_path=("key",),
        ),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,38}$")
    name: str = Field(min_length=1, max_length=200)
    type: TenantType = TenantType.LABEL
    dpid: str | None = Field(default=None, pattern=r"^PADPIDA[a-zA-Z0-9]+$")
    active: bool = True
    disabled_plugins: tuple[str, ...] = ()
    enabled_plugins: tuple[str, ...] = ()
    notified_statuses: tuple[DeliveryStatus, ...] = NOTIFIED_STATUSES
    notification_channels: dict[str, ChannelChoice] = Field(default_factory=dict)
    require_validation: bool = True
    platforms: tuple[PlatformProfile, ...] = ()
    plugin_configuration: dict[str, dict[str, Any]] = Field(default_factory=dict)
    plugin_secrets: dict[str, dict[str, SealedSecret]] = Field(default_factory=dict)
    plugin_versions: dict[str, PluginVersions] = Field(default_factory=dict)
    licenses: dict[str, HeldLicense] = Field(default_factory=dict)
    branding: Branding = Branding()


class Role(StrEnum):
    """What a user may do in a tenant (rows USR-02 to USR-04)."""

    ADMIN = "admin"
    MANAGER = "manager"
    VIEWER = "viewer"


class Membership(Model):
    """A user's role in one tenant."""

    tenant_id: str
    role: Role


class UserDocument(Document):
    """A person who signs in. `email`: lower case; `password_hash`: argon2id.

    `operator`: whether it operates the platform, which concerns all tenants; `notified_statuses`: of which deliveries
    it wants to see notifications (row NOT-01), None for all there are; `notification_channels`: by key, what it has
    chosen of them.
    """

    collection: ClassVar[str] = "users"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "email",
            (("email", 1),),
            unique=True,
            error_code="EMAIL_TAKEN",
            error_message="a user with this e-mail address exists",
            error_path=("email",),
        ),
        Index("memberships", (("memberships.tenant_id", 1), ("_id", 1))),
    )

    email: str
    display_name: str
    password_hash: str
    memberships: tuple[Membership, ...] = ()
    active: bool = True
    operator: bool = False
    last_login_at: datetime | None = None
    notified_statuses: tuple[DeliveryStatus, ...] | None = None
    notification_channels: dict[str, ChannelChoice] = Field(default_factory=dict)

    def role_in(self, tenant_id: str) -> Role | None:
        """The user's role in a tenant, or None for somebody who is no member."""
        return next((member.role for member in self.memberships if member.tenant_id == tenant_id), None)


class SessionDocument(Document):
    """A signed-in user in one tenant: the family of refresh tokens that follow one another.

    Ending it deletes it. `expires_at`: when it ends by itself unless it is refreshed.
    """

    collection: ClassVar[str] = "sessions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("user", (("user_id", 1),)),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    user_id: str
    tenant_id: str
    expires_at: datetime


class RefreshTokenDocument(Document):
    """One refresh token of a session. `hash`: SHA-256 of it, hexadecimal; the token itself is kept nowhere."""

    collection: ClassVar[str] = "refresh_tokens"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("hash", (("hash", 1),), unique=True),
        Index("session", (("session_id", 1),)),
        Index("expiry", (("expires_at", 1),), expire_after=0),
    )

    hash: str
    session_id: str
    expires_at: datetime
    used_at: datetime | None = None


class ApiKeyDocument(Document):
    """A key by which a program calls the API for one tenant. `hash`: SHA-256 of it, hexadecimal (row SEC-08).

    `hint`: its first characters, by which people recognise it.
    """

    collection: ClassVar[str] = "api_keys"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("hash", (("hash", 1),), unique=True),
        Index("tenant", (("tenant_id", 1), ("_id", 1))),
    )

    tenant_id: str
    name: str = Field(min_length=1, max_length=100)
    hash: str
    hint: str
    permissions: tuple[str, ...]
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class SignInAttemptsDocument(Document):
    """How often somebody has tried to sign in of late. `id`: SHA-256 of e-mail and address; `count`: attempts."""

    collection: ClassVar[str] = "sign_in_attempts"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expiry", (("expires_at", 1),), expire_after=0),)

    count: int = 0
    expires_at: datetime


CONTROL_DOCUMENTS: tuple[type[Document], ...] = (
    TenantDocument,
    UserDocument,
    SessionDocument,
    RefreshTokenDocument,
    ApiKeyDocument,
    SignInAttemptsDocument,
)
"""Every type of document that identity keeps in the control database."""
