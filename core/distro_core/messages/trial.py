"""Whether a choreography has a place for some messages, found out by laying out a batch that never travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import Batch, BatchedRelease
from distro_sdk.models.message import MessageSubtype, MessageType, MessagingParty, ReleaseProfile

ABOUT_WHAT_IS_TOLD: Final = frozenset({"MESSAGE_TYPE_UNLISTED", "BATCH_PRODUCTS_MIXED"})
"""Refusals that follow from which messages stand in a batch, whatever is in them."""

_SOMEBODY: Final = MessagingParty(dpid="PADPIDA0000000000Q", name="Nobody")
_EMPTY: Final = b"<message/>"


@dataclass(frozen=True)
class Told:
    """A message that is to stand in a batch."""

    type: MessageType
    subtype: MessageSubtype
    profile: ReleaseProfile


def find_layout_faults(
    choreography: Choreography, settings: Mapping[str, Any], told: Sequence[Told]
) -> tuple[DomainError, ...]:
    """Why these messages cannot stand in one batch, nothing where they can. `settings`: of the choreography, all."""
    batch = Batch(
        id="20260101000000000",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        sender=_SOMEBODY,
        recipient=_SOMEBODY,
        test=True,
        settings=settings,
        releases=tuple(_release(number, one) for number, one in enumerate(told)),
    )
    try:
        choreography.lay_out(batch)
    except DomainError as error:
        errors = error.errors if isinstance(error, DomainErrors) else (error,)
        return tuple(fault for fault in errors if fault.code in ABOUT_WHAT_IS_TOLD)
    return ()


def _release(number: int, told: Told) -> BatchedRelease:
    return BatchedRelease(
        delivery_id=f"trial-{number}",
        message_id=f"TRIAL-{number}",
        message_file=f"TRIAL-{number}.xml",
        message=_EMPTY,
        type=told.type,
        subtype=told.subtype,
        profile=told.profile,
        icpn=f"{number:013d}",
    )
