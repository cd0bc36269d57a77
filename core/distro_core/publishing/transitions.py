"""From which status a submission may come to which (row MKT-06)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from distro_core.publishing.documents import SubmissionDocument, SubmissionStatus, SubmissionStep
from distro_core.store.collection import Change, Collection
from distro_sdk.errors import DomainError

S = SubmissionStatus

TRANSITIONS: Final[Mapping[SubmissionStatus, frozenset[SubmissionStatus]]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.REJECTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.IN_REVIEW, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.LISTED}),
    S.LISTED: frozenset({S.YANKED}),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.YANKED: frozenset(),
}

RELEASED: Final = frozenset({S.REJECTED, S.WITHDRAWN})
"""In which the same version may be submitted again."""

PUBLISHED: Final = frozenset({S.APPROVED, S.LISTED, S.YANKED})
"""Which an edition of the registry tells of."""


async def advance(
    submissions: Collection[SubmissionDocument],
    submission: SubmissionDocument,
    step: SubmissionStep,
    fields: Mapping[str, object] | None = None,
) -> SubmissionDocument:
    """Move a submission on, atomically; `fields`: what changes with it. Raises SUBMISSION_STATUS_WRONG."""
    allowed_from = sorted(status for status, targets in TRANSITIONS.items() if step.status in targets)
    where = {"id": submission.id, "status": {"$in": allowed_from}}
    changed = {**(fields or {}), "status": step.status, "taken": step.status not in RELEASED}
    moved = await submissions.try_update(where, Change(set=changed, push={"history": step}))
    if moved is None:
        current = await submissions.get(submission.id)
        message = f"a submission that is {current.status.value} cannot become {step.status.value}"
        raise DomainError("SUBMISSION_STATUS_WRONG", message, ("submission",))
    return moved
