"""Messages of stored releases: previewed without side effects, or generated for a delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distro_core.brief_work import BRIEF_TRACKS, run_work
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument, ReleaseValidation
from distro_core.delivery.requests.precedents import find_files_there, has_release
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.capabilities import read_message_settings
from distro_core.messages.message_id import new_message_id
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message, resource_files
from distro_core.messages.subtype import decide_subtype
from distro_core.messages.writing import WrittenMessage, write_message
from distro_core.metrics import time_stage
from distro_core.preparation.orders import FileOrder
from distro_core.preparation.releases import foresee
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_core.validation.pipeline import ContentCheck, judges_briefly, validate_message
from distro_core.validation.schemas import library
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.genres import GenreMapper
from distro_sdk.messages import Choreography, MessageBuilder
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.delivery import CompanionMessage, ResourceFile
from distro_sdk.models.message import MessagePlan, MessageSubtype, ReleaseProfile
from distro_sdk.models.validation import ValidationIssue, ValidationResult


@dataclass(frozen=True)
class GeneratedMessage:
    """A message with what it was made from and what validation says of it."""

    plan: MessagePlan
    content: bytes
    files: tuple[ResourceFile, ...]
    validation: ValidationResult
    companions: tuple[CompanionMessage, ...] = ()


@dataclass(frozen=True)
class MessagePreview:
    """What would be told to a target now.

    `preparations`: files that are made for the target; `prepared`: assets of which they are there already, so that
    the message tells them. Of the others it tells what they are made of.
    """

    subtype: MessageSubtype
    content: bytes
    validation: ValidationResult
    files: tuple[ResourceFile, ...] = ()
    companions: tuple[CompanionMessage, ...] = ()
    preparations: tuple[FileOrder, ...] = ()
    prepared: frozenset[str] = frozenset()


class MessageService:
    """The messages of one tenant's releases."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def preview(self, release_id: str, target: TargetDocument) -> MessagePreview:
        """What a delivery to this target would say now; nothing is stored (row ERN-09).

        Raises as `generate` does, and with every file that the target does not take and nobody can prepare.
        """
        release = await self._scope.store.collection(ReleaseDocument).get(release_id)
        subtype = decide_subtype(release.status, await has_release(self._scope, release_id, target))
        complete = await load_complete_release(self._scope.store, release)
        outlook = await foresee(self._scope, complete, target)
        outlook.check()
        complete = outlook.there.complete(complete)
        there = frozenset[str]()
        if subtype is MessageSubtype.UPDATE:
            there = await find_files_there(self._scope, release_id, target, complete.assets)
        generated = await self.build(
            complete,
            target,
            message_id=new_message_id(),
            created_at=self._scope.clock.now(),
            subtype=subtype,
            already_delivered=there,
        )
        return MessagePreview(
            subtype,
            generated.content,
            generated.validation,
            generated.files,
            generated.companions,
            tuple(outlook.orders),
            frozenset(outlook.there.files),
        )

    async def generate(
        self,
        complete: CompleteRelease,
        target: TargetDocument,
        *,
        message_id: str,
        created_at: datetime,
        subtype: MessageSubtype,
        already_delivered: frozenset[str] = frozenset(),
        contents: ContentCheck | None = None,
    ) -> tuple[GeneratedMessage, ReleaseValidation]:
        """The message of a delivery, and what is to be noted of it on the release (row VAL-09).

        Raises `DomainErrors` with every reason why the release cannot be told; these are noted here.
        """
        release_id = complete.release.id
        verdict = ReleaseValidation(
            status="invalid", last_generated=created_at, message_id=message_id, format=target.format
        )
        try:
            with time_stage("message_generation", release_id=release_id, track_count=len(complete.release.tracks)):
                generated = await self.build(
                    complete,
                    target,
                    message_id=message_id,
                    created_at=created_at,
                    subtype=subtype,
                    already_delivered=already_delivered,
                    contents=contents,
                    brief=len(complete.release.tracks) <= BRIEF_TRACKS,
                )
        except DomainError as error:
            await self._remember(release_id, verdict.model_copy(update={"errors": as_issues(error)}))
            raise
        found = generated.validation
        outcome = {"status": "valid" if found.valid else "invalid", "errors": found.errors, "warnings": found.warnings}
        return generated, verdict.model_copy(update=outcome)

    async def build(
        self,
        complete: CompleteRelease,
        target: TargetDocument,
        *,
        message_id: str,
        created_at: datetime,
        subtype: MessageSubtype,
        already_delivered: frozenset[str] = frozenset(),
        contents: ContentCheck | None = None,
        brief: bool = False,
    ) -> GeneratedMessage:
        """Plan, let plugins amend, write and judge; all but the plugins' part runs in a thread, at best in one go.

        `brief`: the message is so small that it needs none, once the format's schema has been read.
        """
        order = self._order(
            complete,
            target,
            message_id=message_id,
            created_at=created_at,
            subtype=subtype,
            already_delivered=already_delivered,
        )
        builder, choreography = self._builder(target), self._choreography(target)
        companions = self._scope.plugins.companion_builders

        def write_and_judge(plan: MessagePlan) -> GeneratedMessage:
            written = write_message(plan, builder, companions, choreography.resource_uri)
            validation = self._judge(written, builder, contents)
            files = resource_files(plan, complete)
            return GeneratedMessage(written.plan, written.content, files, validation, written.companions)

        brief = brief and judges_briefly(builder, self._scope.plugins.validators)
        if self._scope.plugins.amends_messages:
            planned = await run_work(lambda: plan_message(complete, order), brief=brief)
            amended = await self._scope.plugins.prepare_message(planned)
            return await run_work(lambda: write_and_judge(amended), brief=brief)
        return await run_work(lambda: write_and_judge(plan_message(complete, order)), brief=brief)

    async def plan(
        self,
        complete: CompleteRelease,
        target: TargetDocument,
        *,
        message_id: str,
        created_at: datetime,
        subtype: MessageSubtype,
        already_delivered: frozenset[str] = frozenset(),
    ) -> MessagePlan:
        """What a message would say, as plugins have amended it; raises `DomainErrors` with every fault."""
        order = self._order(
            complete,
            target,
            message_id=message_id,
            created_at=created_at,
            subtype=subtype,
            already_delivered=already_delivered,
        )
        planned = await asyncio.to_thread(plan_message, complete, order)
        return await self._scope.plugins.prepare_message(planned)

    def _order(
        self,
        complete: CompleteRelease,
        target: TargetDocument,
        *,
        message_id: str,
        created_at: datetime,
        subtype: MessageSubtype,
        already_delivered: frozenset[str],
    ) -> MessageOrder:
        builder, choreography = self._builder(target), self._choreography(target)
        return MessageOrder(
            message_id=message_id,
            thread_id=complete.release.id,
            subtype=subtype,
            test=target.test_mode,
            created_at=created_at,
            sender=target.sender,
            sent_on_behalf_of=target.sent_on_behalf_of,
            recipients=(target.recipient,),
            terms=target.commercial_terms,
            resource_uri=choreography.resource_uri,
            profile=ReleaseProfile(target.profile) if target.profile else None,
            genre_mapper=self._genre_mapper(target),
            already_delivered=already_delivered,
            options=target.options,
            settings=read_message_settings(builder, target.message_settings),
        )

    def _judge(
        self, written: WrittenMessage, builder: MessageBuilder, contents: ContentCheck | None
    ) -> ValidationResult:
        """The verdict on a message; what is wrong with a companion is wrong with the message."""
        plugins, schemas = self._scope.plugins, library(*self._scope.settings.schema_folders)
        verdict = validate_message(
            written.content, builder=builder, validators=plugins.validators, schemas=schemas, contents=contents
        )
        for companion in written.companions:
            beside = validate_message(
                companion.content,
                builder=plugins.companion_builders[companion.format],
                validators=plugins.validators,
                schemas=schemas,
            )
            verdict = verdict.model_copy(
                update={
                    "errors": (*verdict.errors, *_of_companion(companion.format, beside.errors)),
                    "warnings": (*verdict.warnings, *_of_companion(companion.format, beside.warnings)),
                }
            )
        return verdict

    async def _remember(self, release_id: str, verdict: ReleaseValidation) -> None:
        """Store a verdict beside the release: it is no edit, so whoever is editing meets no conflict of revisions."""
        releases = self._scope.store.collection(ReleaseDocument).raw
        await releases.update_one({"_id": release_id}, {"$set": {"validation": encode(verdict)}})

    def _builder(self, target: TargetDocument) -> MessageBuilder:
        builder = self._scope.plugins.message_builders.get(target.format)
        if builder is None:
            raise self._scope.plugins.unknown("format", target.format)
        return builder

    def _choreography(self, target: TargetDocument) -> Choreography:
        choreography = self._scope.plugins.choreographies.get(target.choreography)
        if choreography is None:
            raise self._scope.plugins.unknown("choreography", target.choreography)
        return choreography

    def _genre_mapper(self, target: TargetDocument) -> GenreMapper | None:
        if target.genre_provider is None:
            return None
        mapper = self._scope.plugins.genre_mappers.get(target.genre_provider)
        if mapper is None:
            raise self._scope.plugins.unknown("genre_provider", target.genre_provider)
        return mapper


def _of_companion(format: str, issues: Sequence[ValidationIssue]) -> tuple[ValidationIssue, ...]:
    return tuple(issue.model_copy(update={"message": f"{format}: {issue.message}"}) for issue in issues)


def as_issues(error: DomainError) -> tuple[ValidationIssue, ...]:
    """What keeps a message from being written, as validation tells it: with dotted paths into the release."""
    faults = error.errors if isinstance(error, DomainErrors) else (error,)
    return tuple(
        ValidationIssue(code=fault.code, message=fault.message, path=".".join(str(step) for step in fault.path))
        for fault in faults
    )
