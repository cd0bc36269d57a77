"""Submissions of plugins, and their review."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.developers import SigningKey, sees_all
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_api.graphql.marketplace import PluginPrice
from distro_api.graphql.scalars import Bytes
from distro_core.identity.permissions import Permission
from distro_core.identity.tokens import TokenPurpose
from distro_core.marketplace.registry.format import Price, PublicKey
from distro_core.publishing.documents import Reason, SubmissionDocument, SubmissionStatus, SubmissionStep
from distro_core.publishing.own_registry import REGISTRY_FILE
from distro_core.publishing.submissions import SubmissionService, read_price

REGISTRY_PATH = "/registry"
UPLOAD_PATH = "/plugin-uploads"
UPLOAD_LIFETIME = timedelta(hours=1)

strawberry.enum(
    SubmissionStatus,
    name="PluginSubmissionStatus",
    description="How far a submission has come.",
    graphql_name_from="value",
)


@strawberry.type(description="Why a submission was rejected.")
class SubmissionReason:
    """Why a submission was rejected."""

    code: str = strawberry.field(description="Code of an automatic check, or `REVIEW` for a person's words.")
    message: str = strawberry.field(description="For people.")


@strawberry.type(description="A change of a submission's status.")
class SubmissionChange:
    """A change of a submission's status."""

    status: SubmissionStatus = strawberry.field(description="The status that it came to.")
    at: datetime = strawberry.field(description="When.")
    by: str = strawberry.field(description="Who did it.")
    note: str | None = strawberry.field(description="What was said.")


@strawberry.type(description="A version of a plugin that a developer wants to be listed.")
class PluginSubmission:
    """A version of a plugin that a developer wants to be listed."""

    id: strawberry.ID = strawberry.field(description="The submission's own id; not a global id.")
    developer_id: str = strawberry.field(description="The developer.")
    plugin_id: str = strawberry.field(description="The plugin.")
    version: str = strawberry.field(description="Its version.")
    status: SubmissionStatus = strawberry.field(description="How far it has come.")
    reasons: list[Reason] = strawberry.field(
        graphql_type=list[SubmissionReason], description="Why it was rejected, by the checks or by a person."
    )
    history: list[SubmissionStep] = strawberry.field(
        graphql_type=list[SubmissionChange], description="Every status that it had, the first one first."
    )
    manifest: JSON | None = derived(
        lambda submission: submission.manifest and submission.manifest.model_dump(mode="json"),
        "Its plugin.json; null before its wheel was inspected.",
    )
    sha256: str = strawberry.field(description="SHA-256 of the wheel.")
    size: Bytes = strawberry.field(description="Bytes of the wheel.")
    price: Price | None = strawberry.field(graphql_type=PluginPrice | None, description="What it costs.")
    keywords: list[str] = derived(lambda submission: list(submission.keywords), "Words by which it is found.")
    created_at: datetime = strawberry.field(description="When it was submitted.")


@strawberry.type(description="The registry of this installation, as others add it to theirs.")
class OwnRegistryAddress:
    """The registry of this installation."""

    address: str = strawberry.field(description="Where it is read.")
    key: PublicKey = strawberry.field(graphql_type=SigningKey, description="The key that signs it.")


@strawberry.input(description="A price.")
class PluginPriceInput:
    """A price."""

    amount: int = strawberry.field(description="In minor units of the currency, such as cents.")
    currency: str = strawberry.field(description="ISO 4217.")


@strawberry.input(description="A version of a plugin to submit.")
class PluginSubmitInput:
    """A version of a plugin to submit."""

    developer: str = strawberry.field(description="The developer's id.")
    plugin: str = strawberry.field(description="The plugin's id.")
    version: str = strawberry.field(description="Its version, as its manifest says it.")
    sha256: str = strawberry.field(description="SHA-256 of the wheel, hexadecimal.")
    size: Bytes = strawberry.field(description="Bytes of the wheel.")
    signature: str = strawberry.field(description="The developer's signature of the wheel, a compact JWS.")
    price: PluginPriceInput | None = strawberry.field(default=None, description="What it costs, unless it is free.")
    keywords: list[str] = strawberry.field(default_factory=list, description="Words by which it is found, at most 30.")


@strawberry.input(description="Which submission to withdraw.")
class PluginSubmissionWithdrawInput:
    """Which submission to withdraw."""

    submission: str = strawberry.field(description="The submission's id.")


@strawberry.input(description="Which submission to take into review.")
class PluginSubmissionReviewInput:
    """Which submission to take into review."""

    submission: str = strawberry.field(description="The submission's id.")


@strawberry.input(description="Which submission to approve.")
class PluginSubmissionApproveInput:
    """Which submission to approve."""

    submission: str = strawberry.field(description="The submission's id.")
    note: str | None = strawberry.field(default=None, description="For the developer, at most 1000 characters.")


@strawberry.input(description="Which submission to reject, and why.")
class PluginSubmissionRejectInput:
    """Which submission to reject, and why."""

    submission: str = strawberry.field(description="The submission's id.")
    reasons: list[str] = strawberry.field(description="1 to 20 reasons for the developer.")


@strawberry.input(description="Which version to take back, and why.")
class PluginYankInput:
    """Which version to take back, and why."""

    submission: str = strawberry.field(description="Id of the submission that is listed.")
    reason: str = strawberry.field(description="Why, for those who have it; 1 to 500 characters.")


def _submission_field() -> SubmissionDocument | None:
    field: SubmissionDocument | None = strawberry.field(
        default=None, graphql_type=PluginSubmission | None, description="The submission as it now is."
    )
    return field


@strawberry.type(description="What pluginSubmit answers.")
class PluginSubmitPayload(Payload):
    """What pluginSubmit answers."""

    submission: SubmissionDocument | None = _submission_field()
    upload_url: str | None = strawberry.field(
        default=None,
        description="Where the wheel goes, with PUT, within an hour. It is checked at once.",
    )


@strawberry.type(description="What pluginSubmissionWithdraw answers.")
class PluginSubmissionWithdrawPayload(Payload):
    """What pluginSubmissionWithdraw answers."""

    submission: SubmissionDocument | None = _submission_field()


@strawberry.type(description="What pluginSubmissionReview answers.")
class PluginSubmissionReviewPayload(Payload):
    """What pluginSubmissionReview answers."""

    submission: SubmissionDocument | None = _submission_field()


@strawberry.type(description="What pluginSubmissionApprove answers.")
class PluginSubmissionApprovePayload(Payload):
    """What pluginSubmissionApprove answers."""

    submission: SubmissionDocument | None = _submission_field()


@strawberry.type(description="What pluginSubmissionReject answers.")
class PluginSubmissionRejectPayload(Payload):
    """What pluginSubmissionReject answers."""

    submission: SubmissionDocument | None = _submission_field()


@strawberry.type(description="What pluginYank answers.")
class PluginYankPayload(Payload):
    """What pluginYank answers."""

    submission: SubmissionDocument | None = _submission_field()


@strawberry.type
class PublishingQueries:
    """Fields of Query."""

    @query(
        Permission.PLUGIN_PUBLISH,
        "The submissions of your tenant, the newest first; who may review plugins sees those of all tenants.",
        returns=Connection[PluginSubmission],
    )
    @staticmethod
    async def plugin_submissions(
        info: Info,
        status: Annotated[
            SubmissionStatus | None, strawberry.argument(description="Only those that stand there.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[SubmissionDocument]:
        """Submissions."""
        return connection(await submissions(info).page(status=status, first=first, after=after))

    @query(Permission.PLUGIN_PUBLISH, "One submission.", returns=PluginSubmission)
    @staticmethod
    async def plugin_submission(
        info: Info, submission: Annotated[str, strawberry.argument(description="The submission's id.")]
    ) -> SubmissionDocument:
        """One submission."""
        return await submissions(info).get(submission)

    @query(
        Permission.PLUGIN_PUBLISH,
        "The registry of this installation, as operators of others add it to theirs.",
        returns=OwnRegistryAddress,
    )
    @staticmethod
    async def own_registry(info: Info) -> OwnRegistryAddress:
        """The registry of this installation."""
        key = await info.context.state.platform.marketplace.own_registry.public_key()
        return OwnRegistryAddress(address=f"{info.context.base_url}{REGISTRY_PATH}/{REGISTRY_FILE}", key=key)


@strawberry.type
class PublishingMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.PLUGIN_PUBLISH,
        PluginSubmitPayload,
        "Submit a version of a plugin. Then send its wheel to the address in the answer.",
    )
    @staticmethod
    async def plugin_submit(info: Info, input: PluginSubmitInput) -> PluginSubmitPayload:
        """Submit a version of a plugin."""
        caller = info.context.caller
        draft = SubmissionDocument(
            developer_id=input.developer,
            tenant_id=caller.tenant_id,
            plugin_id=input.plugin,
            version=input.version,
            sha256=input.sha256,
            size=input.size,
            signature=input.signature,
            price=None if input.price is None else read_price(input.price.amount, input.price.currency),
            keywords=tuple(input.keywords),
        )
        submission = await _own(info).submit(draft, by=caller.actor)
        claims = {"sub": caller.actor, "tenant": caller.tenant_id, "submission": submission.id}
        token, _ = info.context.state.signer.sign(TokenPurpose.PLUGIN_UPLOAD, claims, UPLOAD_LIFETIME)
        return PluginSubmitPayload(submission=submission, upload_url=f"{info.context.base_url}{UPLOAD_PATH}/{token}")

    @mutation(
        Permission.PLUGIN_PUBLISH,
        PluginSubmissionWithdrawPayload,
        "Take a submission of your tenant back on which nobody has decided.",
    )
    @staticmethod
    async def plugin_submission_withdraw(
        info: Info, input: PluginSubmissionWithdrawInput
    ) -> PluginSubmissionWithdrawPayload:
        """Take a submission back."""
        withdrawn = await _own(info).withdraw(input.submission, by=info.context.caller.actor)
        return PluginSubmissionWithdrawPayload(submission=withdrawn)

    @mutation(Permission.PLUGIN_REVIEW, PluginSubmissionReviewPayload, "Take a submission into review.")
    @staticmethod
    async def plugin_submission_review(info: Info, input: PluginSubmissionReviewInput) -> PluginSubmissionReviewPayload:
        """Take a submission into review."""
        reviewed = await submissions(info).review(input.submission, by=info.context.caller.actor)
        return PluginSubmissionReviewPayload(submission=reviewed)

    @mutation(
        Permission.PLUGIN_REVIEW,
        PluginSubmissionApprovePayload,
        "Let a submission that is in review be listed in the registry of this installation.",
    )
    @staticmethod
    async def plugin_submission_approve(
        info: Info, input: PluginSubmissionApproveInput
    ) -> PluginSubmissionApprovePayload:
        """Approve a submission."""
        approved = await submissions(info).approve(input.submission, by=info.context.caller.actor, note=input.note)
        return PluginSubmissionApprovePayload(submission=approved)

    @mutation(Permission.PLUGIN_REVIEW, PluginSubmissionRejectPayload, "Reject a submission that is in review.")
    @staticmethod
    async def plugin_submission_reject(info: Info, input: PluginSubmissionRejectInput) -> PluginSubmissionRejectPayload:
        """Reject a submission."""
        rejected = await submissions(info).reject(input.submission, input.reasons, by=info.context.caller.actor)
        return PluginSubmissionRejectPayload(submission=rejected)

    @mutation(
        Permission.PLUGIN_PUBLISH,
        PluginYankPayload,
        "Take a listed version back: where it is installed it stays, and it is installed no more.",
    )
    @staticmethod
    async def plugin_yank(info: Info, input: PluginYankInput) -> PluginYankPayload:
        """Take a listed version back."""
        yanked = await submissions(info).yank(input.submission, input.reason, by=info.context.caller.actor)
        return PluginYankPayload(submission=yanked)


def submissions(info: Info) -> SubmissionService:
    """The submissions that the caller may see."""
    return _service(info, None if sees_all(info) else info.context.caller.tenant_id)


def _own(info: Info) -> SubmissionService:
    return _service(info, info.context.caller.tenant_id)


def _service(info: Info, tenant_id: str | None) -> SubmissionService:
    platform = info.context.state.platform
    registry = platform.marketplace.own_registry
    return SubmissionService(platform.control, platform.objects, registry, clock=platform.clock, tenant_id=tenant_id)
