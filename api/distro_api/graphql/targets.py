"""Targets: where deliveries go. Their secrets can be set and never read."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, loaded, mutation, query
from distro_api.graphql.ids import local_id
from distro_api.graphql.inputs import fields_of
from distro_api.graphql.nodes import Node, node_id
from distro_core.catalogue.drafts import read_draft
from distro_core.delivery import connection_test, drafts
from distro_core.delivery.connection_test import ConnectionLayer, ConnectionTester
from distro_core.delivery.documents import TargetDocument
from distro_core.delivery.drafts import TargetChanges, TargetDraft, TargetFilter
from distro_core.delivery.targets import TargetService
from distro_core.identity.permissions import Permission
from distro_core.store.collection import Order
from distro_sdk.models.commerce import CommercialModel, RightsClaimPolicy, UseType
from distro_sdk.models.delivery import TargetType
from distro_sdk.models.message import HashAlgorithm, ReleaseProfile, TakedownForm


@strawberry.type(description="Sender or recipient of a message.")
class MessagingParty:
    """Sender or recipient of a message."""

    dpid: str = strawberry.field(description="DDEX party id, `PADPIDA…`.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="An amount of money.")
class Price:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="In the currency's major unit.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.type(description="A deal that a target offers: a commercial model with its uses.")
class CommercialTerms:
    """A deal that a target offers."""

    commercial_model: CommercialModel = strawberry.field(description="How the consumer pays.")
    use_types: list[UseType] = strawberry.field(description="What the consumer may do.")
    price: Price | None = strawberry.field(description="The price of a release, where the deal names one.")
    track_price: Price | None = strawberry.field(description="The price of a track that is sold alone.")
    claim_policy: RightsClaimPolicy | None = strawberry.field(description="What is done with users' content.")


@strawberry.type(description="A secret setting of a target. Its value is never told.")
class SecretField:
    """A secret setting of a target."""

    name: str = strawberry.field(description="Name of the setting.")
    is_set: bool = strawberry.field(description="Whether it has a value.")


async def _secrets(root: strawberry.Parent[TargetDocument], info: Info) -> tuple[drafts.SecretField, ...]:
    return TargetService(await info.context.scope()).secret_fields(root)


@strawberry.type(description="What a partner wants otherwise than others, in every format.")
class MessageOptions:
    """What a partner wants otherwise than others."""

    takedown_form: TakedownForm = strawberry.field(description="How a takedown is said.")
    update_indicator: bool = strawberry.field(description="Whether ERN 3.8.2 says OriginalMessage or UpdateMessage.")
    hash_algorithm: HashAlgorithm = strawberry.field(description="By which hash files are told of.")
    channels: list[str] = strawberry.field(description="Party ids of the services that alone may offer a release.")
    excluded_channels: list[str] = strawberry.field(description="Party ids of services that may not offer it.")
    immersive_audio: bool = strawberry.field(description="Whether immersive twins of recordings are delivered.")
    further_images: bool = strawberry.field(description="Whether images beside the front cover are delivered.")
    booklet: bool = strawberry.field(description="Whether the booklet is delivered.")
    companions: list[str] = strawberry.field(description="Formats of messages that travel beside, such as `mead/1.1`.")


@strawberry.type(description="A receiver of deliveries.")
class Target(Node):
    """A receiver of deliveries."""

    model: ClassVar[type] = TargetDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    name: str = strawberry.field(description="Its name, for people.")
    type: TargetType = strawberry.field(description="What kind of receiver it is.")
    platform: str | None = strawberry.field(description="Key of the platform's profile, where it was made from one.")
    active: bool = strawberry.field(description="Whether it takes deliveries.")
    test_mode: bool = strawberry.field(description="Whether its messages are test messages.")
    format: str = strawberry.field(description="Message format, such as `ern/4.3`.")
    profile: ReleaseProfile | None = strawberry.field(description="Release profile; null lets the release decide.")
    choreography: str = strawberry.field(description="How a batch is laid out.")
    transport: str = strawberry.field(description="The protocol by which files reach it.")
    options: MessageOptions = strawberry.field(description="What the partner wants otherwise than others.")
    message_settings: JSON = strawberry.field(description="What is set for the format alone.")
    choreography_settings: JSON = strawberry.field(description="What is set for the choreography alone.")
    settings: JSON = strawberry.field(description="The protocol's settings without secrets.")
    secrets: list[SecretField] = loaded(_secrets, "The protocol's secret settings, and which of them are set.")
    sender: MessagingParty = strawberry.field(description="Who sends.")
    sent_on_behalf_of: MessagingParty | None = strawberry.field(description="For whom the sender sends.")
    recipient: MessagingParty = strawberry.field(description="Who receives.")
    commercial_terms: list[CommercialTerms] = strawberry.field(description="The deals that are offered.")
    genre_provider: str | None = strawberry.field(description="Whose genre dictionary is used.")
    minimum_cover: int = strawberry.field(description="Least pixels of either side of the cover.")
    acknowledges: bool = strawberry.field(description="Whether the platform answers messages.")
    verify_after_upload: bool = strawberry.field(description="Whether files are hashed at the receiver and compared.")
    last_delivery_at: datetime | None = strawberry.field(description="When it was delivered to last.")
    created_at: datetime = strawberry.field(description="When it was stored.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")


@strawberry.input(description="Sender or recipient of a message.")
class MessagingPartyInput:
    """Sender or recipient of a message."""

    dpid: str = strawberry.field(description="DDEX party id, `PADPIDA…`.")
    name: str = strawberry.field(description="Its name.")


@strawberry.input(description="An amount of money.")
class PriceInput:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="In the currency's major unit.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.input(description="A deal: a commercial model with its uses.")
class CommercialTermsInput:
    """A deal."""

    commercial_model: CommercialModel = strawberry.field(description="How the consumer pays.")
    use_types: list[UseType] = strawberry.field(description="What the consumer may do.")
    price: PriceInput | None = strawberry.field(
        default=UNSET, description="The price of a release, where the deal names one."
    )
    track_price: PriceInput | None = strawberry.field(
        default=UNSET, description="The price of a track that is sold alone."
    )
    claim_policy: RightsClaimPolicy | None = strawberry.field(
        default=UNSET, description="What is done with users' content; for rights claims only."
    )


@strawberry.input(description="What a partner wants otherwise than others; what is left out is as for others.")
class MessageOptionsInput:
    """What a partner wants otherwise than others."""

    takedown_form: TakedownForm = strawberry.field(
        default=TakedownForm.NO_DEALS, description="How a takedown is said; the format must know it."
    )
    update_indicator: bool = strawberry.field(
        default=False, description="Whether ERN 3.8.2 says OriginalMessage or UpdateMessage."
    )
    hash_algorithm: HashAlgorithm = strawberry.field(
        default=HashAlgorithm.MD5, description="By which hash files are told of."
    )
    channels: list[str] = strawberry.field(
        default_factory=list, description="Party ids of the services that alone may offer a release, at most 50."
    )
    excluded_channels: list[str] = strawberry.field(
        default_factory=list, description="Party ids of services that may not offer a release, at most 50."
    )
    immersive_audio: bool = strawberry.field(default=False, description="Whether to deliver immersive twins.")
    further_images: bool = strawberry.field(default=True, description="Whether to deliver images beside the cover.")
    booklet: bool = strawberry.field(default=True, description="Whether to deliver the booklet.")
    companions: list[str] = strawberry.field(
        default_factory=list, description="Formats of messages that travel beside, such as `mead/1.1`; at most 5."
    )


@strawberry.input(description="A secret setting and its value; null removes it.")
class SecretInput:
    """A secret setting and its value."""

    name: str = strawberry.field(description="Name of the setting.")
    value: str | None = strawberry.field(description="Its value, which is sealed and never told again.")


@strawberry.input(description="Fields of a target.")
class TargetFields:
    """What a new target and changes of one have in common."""

    type: TargetType | None = strawberry.field(default=UNSET, description="What kind of receiver it is; a DSP.")
    platform: str | None = strawberry.field(default=UNSET, description="Key of a platform, see `platforms`.")
    active: bool | None = strawberry.field(default=UNSET, description="Whether it takes deliveries; it does.")
    test_mode: bool | None = strawberry.field(default=UNSET, description="Whether to send test messages; it does not.")
    format: str | None = strawberry.field(default=UNSET, description="Message format, such as `ern/4.3`.")
    profile: ReleaseProfile | None = strawberry.field(default=UNSET, description="Release profile; null: by release.")
    choreography: str | None = strawberry.field(default=UNSET, description="How a batch is laid out.")
    options: MessageOptionsInput | None = strawberry.field(
        default=UNSET, description="What the partner wants otherwise than others; replaced as a whole."
    )
    message_settings: JSON | None = strawberry.field(
        default=UNSET, description="Settings of the format alone, see `messageFormats`; replaced as a whole."
    )
    choreography_settings: JSON | None = strawberry.field(
        default=UNSET, description="Settings of the choreography alone, see `choreographies`; replaced as a whole."
    )
    settings: JSON | None = strawberry.field(
        default=UNSET, description="The protocol's settings without secrets, see `transports`; replaced as a whole."
    )
    secrets: list[SecretInput] | None = strawberry.field(
        default=UNSET, description="The protocol's secret settings that are to be set; others stay as they are."
    )
    sent_on_behalf_of: MessagingPartyInput | None = strawberry.field(default=UNSET, description="For whom it sends.")
    recipient: MessagingPartyInput | None = strawberry.field(
        default=UNSET, description="Who receives; taken from the platform where it has a DPID."
    )
    commercial_terms: list[CommercialTermsInput] | None = strawberry.field(
        default=UNSET, description="The deals that are offered; taken from the platform where left out."
    )
    genre_provider: str | None = strawberry.field(default=UNSET, description="Whose genre dictionary to use.")
    minimum_cover: int | None = strawberry.field(default=UNSET, description="Least pixels of the cover's sides.")
    acknowledges: bool | None = strawberry.field(default=UNSET, description="Whether the platform answers; it does.")
    verify_after_upload: bool | None = strawberry.field(
        default=UNSET, description="Whether to have files hashed at the receiver and compare; it does not."
    )


@strawberry.input(description="A new target. What is left out comes from the platform, where one is named.")
class TargetCreateInput(TargetFields):
    """A new target."""

    name: str = strawberry.field(description="Its name, for people.")
    transport: str = strawberry.field(description="Key of a transport, see `transports`.")
    sender: MessagingPartyInput = strawberry.field(description="Who sends.")


@strawberry.input(description="Changes of a target: what is left out stays.")
class TargetUpdateInput(TargetFields):
    """Changes of a target."""

    id: strawberry.ID = strawberry.field(description="The target.")
    revision: int | None = strawberry.field(
        default=None, description="The revision that the change is based on; a newer one refuses it."
    )
    name: str | None = strawberry.field(default=UNSET, description="Its name, for people.")
    transport: str | None = strawberry.field(
        default=UNSET, description="Key of a transport; with another one, all secrets go."
    )
    sender: MessagingPartyInput | None = strawberry.field(default=UNSET, description="Who sends.")


@strawberry.input(description="Which target to delete.")
class TargetDeleteInput:
    """Which target to delete."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.input(description="Which target to test.")
class TargetTestInput:
    """Which target to test."""

    id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.type(description="A step of a test that succeeded.")
class ConnectionStep:
    """A step of a test that succeeded."""

    name: str = strawberry.field(description="What was done.")
    duration: float = strawberry.field(description="Seconds.")


@strawberry.type(description="What a test of a target's connection found.")
class ConnectionTest:
    """What a test of a target's connection found."""

    succeeded: bool = strawberry.field(description="Whether a probe was written and found as it was written.")
    steps: list[ConnectionStep] = strawberry.field(description="What succeeded, in order.")
    untried: list[str] = strawberry.field(description="What the protocol cannot do, so that nobody knows.")
    failed_step: str | None = strawberry.field(description="What was being done when it failed.")
    layer: ConnectionLayer | None = strawberry.field(description="Where it failed.")
    code: str | None = strawberry.field(description="Stable code of the fault.")
    message: str = strawberry.field(description="What is wrong, for people.")
    action: str = strawberry.field(description="What to do about it.")


@strawberry.type(description="What targetTest answers.")
class TargetTestPayload(Payload):
    """What targetTest answers."""

    test: connection_test.ConnectionTest | None = strawberry.field(
        default=None, graphql_type=ConnectionTest | None, description="What was found."
    )


@strawberry.enum(description="By what targets can be ordered.")
class TargetSortField(Enum):
    """By what targets can be ordered."""

    NAME = "name"
    CREATED = "id"


@strawberry.input(description="An order of targets.")
class TargetOrderInput:
    """An order of targets."""

    field: TargetSortField = strawberry.field(default=TargetSortField.NAME, description="By what.")
    descending: bool = strawberry.field(default=False, description="Whether the greatest comes first.")


@strawberry.input(description="Which targets to list; all conditions must hold.")
class TargetFilterInput:
    """Which targets to list."""

    platform: str | None = strawberry.field(default=UNSET, description="Of this platform.")
    type: TargetType | None = strawberry.field(default=UNSET, description="Of this kind.")
    active: bool | None = strawberry.field(default=UNSET, description="Taking deliveries or not.")
    test_mode: bool | None = strawberry.field(default=UNSET, description="With test messages or not.")


@strawberry.type(description="What targetCreate answers.")
class TargetCreatePayload(Payload):
    """What targetCreate answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The stored target."
    )


@strawberry.type(description="What targetUpdate answers.")
class TargetUpdatePayload(Payload):
    """What targetUpdate answers."""

    target: TargetDocument | None = strawberry.field(
        default=None, graphql_type=Target | None, description="The target as it now is."
    )


@strawberry.type(description="What targetDelete answers.")
class TargetDeletePayload(Payload):
    """What targetDelete answers."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of what was deleted.")


@strawberry.type
class TargetQueries:
    """Fields of Query."""

    @query(Permission.DELIVERY_READ, "One target; also one that was deleted, while deliveries name it.", returns=Target)
    @staticmethod
    async def target(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The target.")]
    ) -> TargetDocument:
        """One target."""
        return await TargetService(await info.context.scope()).get(local_id("Target", id))

    @query(Permission.DELIVERY_READ, "Targets, by name unless told otherwise.", returns=Connection[Target])
    @staticmethod
    async def targets(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: Annotated[TargetFilterInput | None, strawberry.argument(description="Which; null for all.")] = None,
        order_by: Annotated[TargetOrderInput | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[TargetDocument]:
        """Targets."""
        narrowed = read_draft(TargetFilter, fields_of(filter)) if filter else None
        order = Order(order_by.field.value, order_by.descending) if order_by else Order("name")
        service = TargetService(await info.context.scope())
        return connection(await service.page(narrowed, order, first, after))


@strawberry.type
class TargetMutations:
    """Fields of Mutation."""

    @mutation(Permission.TARGET_MANAGE, TargetCreatePayload, "Store a target and seal its secrets.")
    @staticmethod
    async def target_create(info: Info, input: TargetCreateInput) -> TargetCreatePayload:
        """Store a target."""
        fields = {name: value for name, value in _fields(input).items() if value is not None}
        service = TargetService(await info.context.scope())
        return TargetCreatePayload(target=await service.create(read_draft(TargetDraft, fields)))

    @mutation(Permission.TARGET_MANAGE, TargetUpdatePayload, "Change a target, all fields or none.")
    @staticmethod
    async def target_update(info: Info, input: TargetUpdateInput) -> TargetUpdatePayload:
        """Change a target."""
        target_id = local_id("Target", input.id, ("id",))
        changes = read_draft(TargetChanges, _fields(input))
        service = TargetService(await info.context.scope())
        return TargetUpdatePayload(target=await service.update(target_id, changes, input.revision))

    @mutation(
        Permission.TARGET_MANAGE,
        TargetDeletePayload,
        "Delete a target with its secrets; refused while deliveries to it are under way.",
    )
    @staticmethod
    async def target_delete(info: Info, input: TargetDeleteInput) -> TargetDeletePayload:
        """Delete a target."""
        await TargetService(await info.context.scope()).delete(local_id("Target", input.id, ("id",)))
        return TargetDeletePayload(deleted_id=input.id)

    @mutation(
        Permission.TARGET_MANAGE,
        TargetTestPayload,
        "Try a target's connection: a probe is written, read back and deleted. Takes at most a minute.",
    )
    @staticmethod
    async def target_test(info: Info, input: TargetTestInput) -> TargetTestPayload:
        """Try a target's connection."""
        tester = ConnectionTester(await info.context.scope())
        return TargetTestPayload(test=await tester.test(local_id("Target", input.id, ("id",))))


def _fields(input: TargetCreateInput | TargetUpdateInput) -> dict[str, Any]:
    fields = fields_of(input, without=("id", "revision", "secrets"))
    if input.secrets:
        fields["secrets"] = {secret.name: secret.value for secret in input.secrets}
    return fields
