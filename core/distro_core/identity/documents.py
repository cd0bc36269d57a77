"""How tenants, users, sessions and API keys are stored, in the control database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_sdk.models.base import Model
from pydantic import Field

from distro_core.store.documents import Document, Index


class TenantType(StrEnum):
    """What kind of organisation a tenant is (row TEN-04)."""

    LABEL = "label"
    ARTIST = "artist"
    AGGREGATOR = "aggregator"


class TenantDocument(Document):
    """A label with its own database. `key`: short name in database, object and channel names; never changes.

    `enabled_plugins`: ids of the plugins that the tenant has switched on beyond those that are on for everybody.
    """

    collection: ClassVar[str] = "tenants"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("key", (("key", 1),), unique=True, error_code="TENANT_KEY_TAKEN", error_path=("key",)),
    )

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,38}$")
    name: str = Field(min_length=1, max_length=200)
    type: TenantType = TenantType.LABEL
    dpid: str | None = Field(default=None, pattern=r"^PADPIDA[a-zA-Z0-9]+$")
    active: bool = True
    disabled_plugins: tuple[str, ...] = ()
    enabled_plugins: tuple[str, ...] = ()


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
    """A person who signs in. `email`: lower case; `password_hash`: argon2id."""

    collection: ClassVar[str] = "users"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("email", (("email", 1),), unique=True, error_code="EMAIL_TAKEN", error_path=("email",)),
        Index("memberships", (("memberships.tenant_id", 1), ("_id", 1))),
    )

    email: str
    display_name: str
    password_hash: str
    memberships: tuple[Membership, ...] = ()
    active: bool = True
    last_login_at: datetime | None = None
