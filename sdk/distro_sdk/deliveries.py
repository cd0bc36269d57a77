"""What a plugin may answer when a delivery is about to begin, and what it may learn of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessageSubtype

LARGEST_SIDECAR = 16 << 20
"""Bytes of one file that a plugin adds."""

LARGEST_SIDECARS = 32 << 20
"""Bytes of all files that plugins add to one delivery."""

MOST_SIDECARS = 50
"""Files that plugins add to one delivery."""

MOST_TOLD = 50
"""Deliveries of a release to a target that are told, the newest ones."""

LONGEST_PAUSE = 30 * 86_400.0
"""Seconds after which a plugin may ask at most to be asked again."""


class SidecarFile(Model):
    """A file that travels beside a message which does not name it.

    `name`: letters, digits, `.`, `_` and `-`, and not that of another file of the delivery; where it does not begin
    with the release's ICPN, that and a `_` are put before it, so that files of two releases never meet in one folder.
    """

    name: Annotated[str, Field(min_length=1, max_length=150)]
    content: bytes


class Proceed(Model):
    """The delivery may begin. `files`: what is added to its package."""

    files: tuple[SidecarFile, ...] = ()


class Postpone(Model):
    """Not yet: the delivery waits, and the plugin is asked again.

    `reason`: one sentence for people; `until`: when it is asked again, with a zone; `retry_after`: seconds until then,
    where `until` says nothing. `Deliveries.ask_again` brings the question forward.
    """

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    until: AwareDatetime | None = None
    retry_after: Annotated[float, Field(ge=1, le=LONGEST_PAUSE)] = 300.0


DeliveryAnswer = Proceed | Postpone
"""What `before_delivery` answers; nothing is the same as `Proceed()`."""


@dataclass(frozen=True)
class OutgoingDelivery:
    """The delivery that `before_delivery` is called for.

    `asked_at`: now; `takes_files`: whether files may be added: the choreography has a place for them, and the delivery
    is neither a takedown nor of metadata alone; `postponed_since`: since when plugins put it off, None where this is
    the first time that it is asked about.
    """

    delivery_id: str
    release_id: str
    target_id: str
    asked_at: datetime
    takes_files: bool
    postponed_since: datetime | None = None


class ReleaseDelivery(Model):
    """A delivery of a release to a target, as it stands. `test`: whether the platform was told that it is a test."""

    delivery_id: str
    test: bool
    subtype: MessageSubtype
    status: DeliveryStatus


class Deliveries(Protocol):
    """The tenant's deliveries, as far as plugins may look at them."""

    async def find(self, release_id: str, target_id: str) -> Sequence[ReleaseDelivery]:
        """Those of a release to a target, the newest first, 50 at most."""
        ...

    async def ask_again(self, release_id: str) -> int:
        """Have plugins asked soon about the deliveries of a release that they put off; how many deliveries those are.

        One whose question is under way is asked about once more, so that nothing is missed in between.
        """
        ...
