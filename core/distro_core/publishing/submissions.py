"""Submissions: a developer hands a wheel in, a machine checks it, a person decides (row MKT-06)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

import structlog
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version
from pydantic import ValidationError

from distro_core.clock import Clock
from distro_core.marketplace.registry.format import LARGEST_ARTEFACT, MOST_VERSIONS, Price
from distro_core.objects.port import ObjectStorage
from distro_core.publishing.checks import inspect_submission
from distro_core.publishing.developers import DeveloperService
from distro_core.publishing.documents import (
    PluginClaimDocument,
    Reason,
    SubmissionDocument,
    SubmissionStatus,
    SubmissionStep,
)
from distro_core.publishing.own_registry import OwnRegistry, wheel_key
from distro_core.publishing.transitions import advance
from distro_core.store.collection import Order, Page, not_found
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.manifest import PLUGIN_ID

log = structlog.get_logger("distro.publishing")

LONGEST_NOTE: Final = 1000
MOST_KEYWORDS: Final = 30
LONGEST_KEYWORD: Final = 50


class SubmissionService:
    """Submissions as the developers of one tenant see them; `tenant_id`: None for reviewers, who see all."""

    def __init__(
        self,
        control: ControlStore,
        objects: ObjectStorage,
        registry: OwnRegistry,
        *,
        clock: Clock,
        tenant_id: str | None,
    ) -> None:
        self._submissions = control.collection(SubmissionDocument)
        self._claims = control.collection(PluginClaimDocument)
        self._developers = DeveloperService(control, tenant_id)
        self._objects = objects
        self._registry = registry
        self._clock = clock
        self._tenant_id = tenant_id

    async def submit(self, draft: SubmissionDocument, *, by: str) -> SubmissionDocument:
        """A new submission, whose wheel is to be sent next.

        Raises NOT_FOUND for a developer of others, SUBMISSION_INVALID, PLUGIN_ID_TAKEN or PLUGIN_VERSION_SUBMITTED.
        """
        developer = await self._developers.get(draft.developer_id)
        _check(draft)
        await self._check_claim(draft)
        if await self._submissions.count({"plugin_id": draft.plugin_id, "taken": True}) >= MOST_VERSIONS:
            raise DomainError("SUBMISSION_INVALID", f"a plugin has at most {MOST_VERSIONS} versions", ("version",))
        step = self._step(SubmissionStatus.DRAFT, by)
        facts = {"tenant_id": developer.tenant_id, "release": canonicalize_version(draft.version), "history": (step,)}
        stored = draft.model_copy(update=facts)
        return await self._submissions.insert(stored, by=by)

    async def receive(self, submission_id: str, blocks: AsyncIterator[bytes], *, by: str) -> SubmissionDocument:
        """Take the wheel in and check it: afterwards the submission is submitted, or rejected with every reason.

        Raises NOT_FOUND, SUBMISSION_STATUS_WRONG, or PLUGIN_CHECKSUM_WRONG for a file that is not what was announced,
        which may be sent again.
        """
        submission = await self.get(submission_id)
        if submission.status is not SubmissionStatus.DRAFT:
            raise DomainError("SUBMISSION_STATUS_WRONG", "the wheel of this submission was sent already")
        developer = await self._developers.get(submission.developer_id)
        async with self._objects.writer(wheel_key(submission.id)) as writer:
            digest, size = hashlib.sha256(), 0
            async for block in blocks:
                size += len(block)
                if size > submission.size:
                    break
                digest.update(block)
                await writer.write(block)
            if (size, digest.hexdigest()) != (submission.size, submission.sha256):
                raise DomainError("PLUGIN_CHECKSUM_WRONG", "the file is not the one that was announced")
            async with writer.written() as path:
                manifest, reasons = await asyncio.to_thread(inspect_submission, path, submission, developer)
            if not reasons:
                await writer.commit()
        status = SubmissionStatus.REJECTED if reasons else SubmissionStatus.SUBMITTED
        log.info("plugin_checked", plugin=submission.plugin_id, status=status.value, reasons=len(reasons))
        fields = {"manifest": manifest, "reasons": tuple(reasons)}
        return await advance(self._submissions, submission, self._step(status, by), fields)

    async def get(self, submission_id: str) -> SubmissionDocument:
        """A submission; raises NOT_FOUND, for another tenant's, too."""
        submission = await self._submissions.find(submission_id)
        if submission is None or self._tenant_id not in {None, submission.tenant_id}:
            raise not_found(SubmissionDocument, submission_id[:100])
        return submission

    async def page(
        self, *, status: SubmissionStatus | None = None, first: int, after: str | None = None
    ) -> Page[SubmissionDocument]:
        """The submissions, the newest first. `status`: only those that stand there."""
        where: dict[str, object] = {} if self._tenant_id is None else {"tenant_id": self._tenant_id}
        if status is not None:
            where["status"] = status
        return await self._submissions.page(where, order=Order(descending=True), first=first, after=after)

    async def withdraw(self, submission_id: str, *, by: str) -> SubmissionDocument:
        """Take a submission back that nobody has decided on; raises NOT_FOUND or SUBMISSION_STATUS_WRONG."""
        submission = await self.get(submission_id)
        withdrawn = await advance(self._submissions, submission, self._step(SubmissionStatus.WITHDRAWN, by))
        await self._objects.delete(wheel_key(submission.id))
        return withdrawn

    async def review(self, submission_id: str, *, by: str) -> SubmissionDocument:
        """Take a submission into review; raises NOT_FOUND or SUBMISSION_STATUS_WRONG."""
        submission = await self.get(submission_id)
        return await advance(self._submissions, submission, self._step(SubmissionStatus.IN_REVIEW, by))

    async def approve(self, submission_id: str, *, by: str, note: str | None = None) -> SubmissionDocument:
        """Let a submission be listed; once more where a process died while it was.

        Raises NOT_FOUND, SUBMISSION_STATUS_WRONG, SUBMISSION_INVALID, or PLUGIN_ID_TAKEN where another developer's
        plugin of that id was approved meanwhile.
        """
        submission = await self.get(submission_id)
        if submission.status is not SubmissionStatus.APPROVED:
            step = self._step(SubmissionStatus.APPROVED, by, note)
            if submission.status is SubmissionStatus.IN_REVIEW:
                await self._claim(submission)
            submission = await advance(self._submissions, submission, step, {"approved_at": self._clock.now()})
        await self._registry.publish()
        return await self.get(submission.id)

    async def reject(self, submission_id: str, reasons: Sequence[str], *, by: str) -> SubmissionDocument:
        """Refuse a submission; `reasons`: 1 to 20, for the developer. Raises as `approve` does."""
        texts = [reason.strip() for reason in reasons]
        if not 1 <= len(texts) <= 20 or not all(1 <= len(text) <= LONGEST_NOTE for text in texts):
            message = f"a rejection has 1 to 20 reasons of 1 to {LONGEST_NOTE} characters"
            raise DomainError("SUBMISSION_INVALID", message, ("reasons",))
        submission = await self.get(submission_id)
        fields = {"reasons": tuple(Reason(code="REVIEW", message=text) for text in texts)}
        rejected = await advance(self._submissions, submission, self._step(SubmissionStatus.REJECTED, by), fields)
        await self._objects.delete(wheel_key(submission.id))
        return rejected

    async def yank(self, submission_id: str, reason: str, *, by: str) -> SubmissionDocument:
        """Take a listed version back: it stays where it is installed, and is installed no more.

        Raises NOT_FOUND, SUBMISSION_STATUS_WRONG or SUBMISSION_INVALID.
        """
        text = reason.strip()
        if not 1 <= len(text) <= 500:
            raise DomainError("SUBMISSION_INVALID", "a reason has 1 to 500 characters", ("reason",))
        submission = await self.get(submission_id)
        if submission.status is not SubmissionStatus.YANKED:
            step = self._step(SubmissionStatus.YANKED, by, text)
            await advance(self._submissions, submission, step, {"yank_reason": text})
        await self._registry.publish()
        return await self.get(submission.id)

    async def _check_claim(self, submission: SubmissionDocument) -> None:
        claim = await self._claims.find(submission.plugin_id)
        if claim is not None and claim.developer_id != submission.developer_id:
            message = f"plugin {submission.plugin_id} is another developer's"
            raise DomainError("PLUGIN_ID_TAKEN", message, ("plugin",))

    async def _claim(self, submission: SubmissionDocument) -> None:
        try:
            claim = PluginClaimDocument(id=submission.plugin_id, developer_id=submission.developer_id)
            await self._claims.insert(claim)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            await self._check_claim(submission)

    def _step(self, status: SubmissionStatus, by: str, note: str | None = None) -> SubmissionStep:
        if note is not None and len(note) > LONGEST_NOTE:
            raise DomainError("SUBMISSION_INVALID", f"a note has at most {LONGEST_NOTE} characters", ("note",))
        return SubmissionStep(status=status, at=self._clock.now(), by=by, note=note)


def read_price(amount: int, currency: str) -> Price:
    """A price of minor units and ISO 4217; raises SUBMISSION_INVALID."""
    try:
        return Price(amount=amount, currency=currency)
    except ValidationError as error:
        message = f"the price is not valid: {error.errors()[0]['msg']}"
        raise DomainError("SUBMISSION_INVALID", message, ("price",)) from error


def _check(draft: SubmissionDocument) -> None:
    faults: list[DomainError] = []

    def expect(holds: bool, message: str, field: str) -> None:
        if not holds:
            faults.append(DomainError("SUBMISSION_INVALID", message, (field,)))

    expect(_is_hash(draft.sha256), "it is no SHA-256, hexadecimal", "sha256")
    expect(0 < draft.size <= LARGEST_ARTEFACT, f"a wheel has 1 to {LARGEST_ARTEFACT} bytes", "size")
    expect(1 <= len(draft.signature) <= 2000, "a signature has 1 to 2000 characters", "signature")
    expect(re.fullmatch(PLUGIN_ID, draft.plugin_id) is not None, "it is no plugin id", "plugin")
    expect(_is_version(draft.version), "it is no version (PEP 440)", "version")
    keywords = len(draft.keywords) <= MOST_KEYWORDS and all(1 <= len(one) <= LONGEST_KEYWORD for one in draft.keywords)
    expect(keywords, f"at most {MOST_KEYWORDS} keywords of 1 to {LONGEST_KEYWORD} characters", "keywords")
    if faults:
        raise DomainErrors(faults)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return len(text) <= 50
