"""What is known of a delivery after its transfer, and how its target hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from distro_core.secrets.port import SealedSecret
from distro_sdk.models.base import Model


class StoreDifference(Model):
    """Something that a store shows otherwise than the catalogue has it (row WFL-26). `field`: into the release."""

    field: str
    ours: str
    theirs: str


class StoreCheck(Model):
    """What was found in a platform's store (rows WFL-25 to WFL-27).

    `broken_links`: links of the store that do not lead to the platform.
    """

    at: datetime
    available: bool
    differences: tuple[StoreDifference, ...] = ()
    links: tuple[str, ...] = ()
    broken_links: tuple[str, ...] = ()


class ArchivedReceipt(Model):
    """Where a receipt lies since it left its delivery (row RCP-05), and what reports need of it.

    `key`: in object storage.
    """

    id: str
    key: str
    protocol: str
    files: int
    bytes: int
    at: datetime


class Aftermath(Model):
    """What became known of a delivery since its files arrived.

    `reference`: the platform's own id of the delivery; `platform_ids`: what the platform calls the release, by
    namespace; `checked_at`: when the platform was last asked for the status; `stale_alerted_at`: when it was told that
    the delivery does not move.
    """

    reference: str | None = None
    platform_ids: dict[str, str] = Field(default_factory=dict)
    checked_at: datetime | None = None
    stale_alerted_at: datetime | None = None
    store_check: StoreCheck | None = None
    archived_receipt: ArchivedReceipt | None = None


class TargetAdapter(Model):
    """The adapter of a target. `settings`: those that are no secrets; `sealed`: its secrets by field name."""

    key: str
    settings: dict[str, Any] = Field(default_factory=dict)
    sealed: dict[str, SealedSecret] = Field(default_factory=dict)


class TargetWebhook(Model):
    """Where a platform calls back. `token_hash`: SHA-256 of the address's token; `secret`: signs the calls."""

    token_hash: str
    secret: SealedSecret
    created_at: datetime
