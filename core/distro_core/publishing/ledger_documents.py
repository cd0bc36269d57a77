"""How sales and refunds are stored, in the control database: written once, never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model


class EntryKind(StrEnum):
    """What an entry of the ledger tells of."""

    SALE = "sale"
    REFUND = "refund"


class ShareHolder(StrEnum):
    """Who gets a share."""

    PUBLISHER = "publisher"
    PLATFORM = "platform"
    PARTNER = "partner"


class Share(Model):
    """A part of a price. `name`: a developer's id or a partner's name; `amount`: minor units, negative in refunds."""

    holder: ShareHolder
    name: str
    amount: int


class LedgerEntryDocument(Document):
    """A sale, or a refund of one, which is negative.

    `amount`: in minor units of `currency` (ISO 4217), the sum of the shares; `reference`: of the payment, which counts
    once; `sale_id`, `ordinal`: of a refund: of which sale it is which one.
    """

    collection: ClassVar[str] = "ledger"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "reference",
            (("reference", 1),),
            unique=True,
            error_code="PAYMENT_RECORDED",
            error_message="this payment was recorded already",
            error_path=("reference",),
        ),
        Index(
            "refund",
            (("sale_id", 1), ("ordinal", 1)),
            unique=True,
            only_if={"kind": "refund"},
        ),
        Index("statement", (("developer_id", 1), ("at", 1))),
    )

    kind: EntryKind
    plugin_id: str
    developer_id: str
    buyer: str
    amount: int
    currency: str
    shares: tuple[Share, ...]
    reference: str
    at: datetime
    sale_id: str | None = None
    ordinal: int = 0
