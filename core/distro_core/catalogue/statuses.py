"""The life of a release as one table (rows CAT-11 and CAT-12)."""

from __future__ import annotations

from typing import Final

from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ReleaseStatus

TRANSITIONS: Final[dict[ReleaseStatus, frozenset[ReleaseStatus]]] = {
    ReleaseStatus.DRAFT: frozenset({ReleaseStatus.READY, ReleaseStatus.ARCHIVED}),
    ReleaseStatus.READY: frozenset(
        {ReleaseStatus.DRAFT, ReleaseStatus.DELIVERED, ReleaseStatus.TAKEN_DOWN, ReleaseStatus.ARCHIVED}
    ),
    ReleaseStatus.DELIVERED: frozenset({ReleaseStatus.TAKEN_DOWN}),
    ReleaseStatus.TAKEN_DOWN: frozenset({ReleaseStatus.READY, ReleaseStatus.ARCHIVED}),
    ReleaseStatus.ARCHIVED: frozenset({ReleaseStatus.DRAFT}),
}

QUEUEABLE: Final = frozenset({ReleaseStatus.READY, ReleaseStatus.DELIVERED, ReleaseStatus.TAKEN_DOWN})


def check_transition(current: ReleaseStatus, wanted: ReleaseStatus) -> None:
    """Raise RELEASE_STATUS_CONFLICT where a release cannot go from one status to the other."""
    if wanted not in TRANSITIONS[current]:
        allowed = ", ".join(sorted(status.value for status in TRANSITIONS[current]))
        message = f"a release that is {current.value} cannot become {wanted.value}, only {allowed}"
        raise DomainError("RELEASE_STATUS_CONFLICT", message, ("status",))


def check_queueable(status: ReleaseStatus) -> None:
    """Raise RELEASE_ARCHIVED or RELEASE_NOT_READY where a release cannot be queued for delivery."""
    if status is ReleaseStatus.ARCHIVED:
        raise DomainError("RELEASE_ARCHIVED", "an archived release cannot be delivered", ("status",))
    if status not in QUEUEABLE:
        raise DomainError("RELEASE_NOT_READY", f"the release is {status.value}, not ready", ("status",))


def check_editable(status: ReleaseStatus) -> None:
    """Raise RELEASE_ARCHIVED where a release must be taken out of the archive before it is changed."""
    if status is ReleaseStatus.ARCHIVED:
        raise DomainError("RELEASE_ARCHIVED", "an archived release cannot be changed", ("status",))
