"""Messages: looked at before a delivery, and judged wherever they come from."""

from __future__ import annotations

import asyncio
from typing import Annotated

import strawberry

from distro_api.graphql.deliveries import ValidationResult
from distro_api.graphql.errors import UserError, as_user_errors
from distro_api.graphql.fields import Info, query
from distro_api.graphql.ids import global_id, local_id
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.permissions import Permission
from distro_core.messages.preview import MessageService
from distro_core.messages.standalone import judge_message
from distro_core.validation.schemas import library
from distro_sdk.errors import DomainError
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import ValidationResult as Verdict


@strawberry.type(description="A message that would travel beside, such as MEAD.")
class CompanionPreview:
    """A message that would travel beside."""

    format: str = strawberry.field(description="Its format, such as `mead/1.1`.")
    name: str = strawberry.field(description="Its file name.")
    content: str = strawberry.field(description="The message, XML.")


@strawberry.type(description="A file that is made for a target that does not take the one in the catalogue.")
class FilePreparation:
    """A file that is made for a target."""

    asset_id: strawberry.ID = strawberry.field(description="The asset of which it is made.")
    description: str = strawberry.field(description="What it becomes, for people.")
    made: bool = strawberry.field(
        description="Whether it was made before; else the message tells of the asset itself until a delivery makes it."
    )


@strawberry.type(description="What a delivery of a release to a target would say now. Nothing is stored.")
class MessagePreview:
    """What a delivery of a release to a target would say now."""

    errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Why no message can be written, with paths into the release; then the other fields are null.",
    )
    subtype: MessageSubtype | None = strawberry.field(default=None, description="Why the release would be told about.")
    format: str | None = strawberry.field(default=None, description="Its format, such as `ern/4.3`.")
    content: str | None = strawberry.field(default=None, description="The message, XML.")
    companions: list[CompanionPreview] = strawberry.field(
        default_factory=list, description="What would travel beside it, as the target's options ask for."
    )
    files: list[str] = strawberry.field(
        default_factory=list, description="Names of the files that would travel with it, at most 2000."
    )
    preparations: list[FilePreparation] = strawberry.field(
        default_factory=list, description="Files that would be made for this target, at most 2000."
    )
    validation: Verdict | None = strawberry.field(
        default=None, graphql_type=ValidationResult | None, description="What validation says of it."
    )


@strawberry.type
class MessageQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "The message that a delivery of a release to a target would send now, and what validation says of it.",
        returns=MessagePreview,
    )
    @staticmethod
    async def message_preview(
        info: Info,
        release_id: Annotated[strawberry.ID, strawberry.argument(description="The release.")],
        target_id: Annotated[strawberry.ID, strawberry.argument(description="The target.")],
    ) -> MessagePreview:
        """The message that a delivery would send now."""
        scope = await info.context.scope()
        release = local_id("Release", release_id, ("release_id",))
        target = await TargetService(scope).get(local_id("Target", target_id, ("target_id",)))
        try:
            preview = await MessageService(scope).preview(release, target)
        except DomainError as error:
            if error.code == "NOT_FOUND":
                raise
            return MessagePreview(errors=as_user_errors(error))
        return MessagePreview(
            subtype=preview.subtype,
            format=target.format,
            content=preview.content.decode(),
            companions=[
                CompanionPreview(format=beside.format, name=beside.name, content=beside.content.decode())
                for beside in preview.companions
            ],
            files=[file.name for file in preview.files],
            preparations=[
                FilePreparation(
                    asset_id=strawberry.ID(global_id("Asset", order.asset.id)),
                    description=order.description,
                    made=order.asset.id in preview.prepared,
                )
                for order in preview.preparations
            ],
            validation=preview.validation,
        )

    @query(
        Permission.CATALOGUE_READ,
        "What the stages of validation say of a message, of whatever origin.",
        returns=ValidationResult,
    )
    @staticmethod
    async def message_validate(
        info: Info, content: Annotated[str, strawberry.argument(description="The message, XML.")]
    ) -> Verdict:
        """What validation says of a message."""
        scope = await info.context.scope()
        # JSON can carry half a character, which no XML can: it is refused like any other that is not well-formed.
        sent = content.encode("utf-8", "surrogatepass")
        schemas = library(*scope.settings.schema_folders)
        return await asyncio.to_thread(judge_message, sent, scope.plugins, schemas)
