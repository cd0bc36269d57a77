"""The tenant for which the caller calls."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import strawberry
from strawberry import UNSET

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, mutation, query
from distro_api.graphql.nodes import Node, node_id
from distro_core.identity.branding import BrandFont, read_branding
from distro_core.identity.documents import TenantDocument, TenantType
from distro_core.identity.permissions import Permission
from distro_core.identity.tenants import TenantService
from distro_core.platform import Platform
from distro_sdk.models.delivery import DeliveryStatus


@strawberry.type(description="How a tenant's pages look; null is as the product looks by itself.")
class TenantBranding:
    """How a tenant's pages look."""

    primary_colour: str | None = strawberry.field(description="Colour of buttons and links, `#rrggbb`.")
    secondary_colour: str | None = strawberry.field(description="Colour of the navigation, `#rrggbb`.")
    logo: str | None = strawberry.field(description="Its logo as a data URL.")
    font: BrandFont = strawberry.field(description="The kind of its letters.")


@strawberry.input(description="How a tenant's pages are to look, all of it.")
class TenantBrandingInput:
    """How a tenant's pages are to look."""

    primary_colour: str | None = strawberry.field(default=None, description="Of buttons and links, `#rrggbb`.")
    secondary_colour: str | None = strawberry.field(default=None, description="Of the navigation, `#rrggbb`.")
    logo: str | None = strawberry.field(
        default=None, description="A data URL of a PNG, JPEG or WebP file, at most 64 KiB."
    )
    font: BrandFont = strawberry.field(default=BrandFont.SYSTEM, description="The kind of its letters.")


@strawberry.type(description="A label with a catalogue of its own.")
class Tenant(Node):
    """A label with a catalogue of its own."""

    model: ClassVar[type] = TenantDocument

    id: strawberry.ID = node_id()
    revision: int = strawberry.field(description="Counts the changes; give it to an update to refuse a stale one.")
    key: str = strawberry.field(description="Its short name, by which users choose it when they sign in.")
    name: str = strawberry.field(description="Its name.")
    type: TenantType = strawberry.field(description="What kind of organisation it is.")
    dpid: str | None = strawberry.field(description="Its DDEX party id, `PADPIDA…`.")
    notified_statuses: list[DeliveryStatus] = strawberry.field(
        description="The statuses of deliveries of which it is notified."
    )
    require_validation: bool = strawberry.field(
        description="Whether a message with errors stops its delivery; else it is delivered with a warning."
    )
    branding: TenantBranding = strawberry.field(description="How its pages look.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")


@strawberry.input(description="Changes of the tenant: what is left out stays.")
class TenantUpdateInput:
    """Changes of the tenant."""

    revision: int | None = strawberry.field(
        default=None, description="The revision that the change is based on; a newer one refuses it."
    )
    name: str | None = strawberry.field(default=None, description="Its name, at most 200 characters.")
    type: TenantType | None = strawberry.field(default=None, description="What kind of organisation it is.")
    dpid: str | None = strawberry.field(default=UNSET, description="Its DDEX party id; null removes it.")
    notified_statuses: list[DeliveryStatus] | None = strawberry.field(
        default=None, description="The statuses of deliveries of which it is notified; an empty list for none."
    )
    require_validation: bool | None = strawberry.field(
        default=None, description="Whether a message with errors stops its delivery; false delivers it with a warning."
    )
    branding: TenantBrandingInput | None = strawberry.field(
        default=None, description="How its pages look; replaces all of what was there."
    )


@strawberry.type(description="What tenantUpdate answers.")
class TenantUpdatePayload(Payload):
    """What tenantUpdate answers."""

    tenant: TenantDocument | None = strawberry.field(
        default=None, graphql_type=Tenant | None, description="The tenant as it now is."
    )


@strawberry.type
class TenantQueries:
    """Fields of Query."""

    @query(Access.SIGNED_IN, "The tenant for which you call.", returns=Tenant)
    @staticmethod
    async def tenant(info: Info) -> TenantDocument:
        """The tenant for which the caller calls."""
        return await tenant_service(info.context.state.platform).get(info.context.caller.tenant_id)


@strawberry.type
class TenantMutations:
    """Fields of Mutation."""

    @mutation(Permission.TENANT_MANAGE, TenantUpdatePayload, "Change the tenant for which you call.")
    @staticmethod
    async def tenant_update(info: Info, input: TenantUpdateInput) -> TenantUpdatePayload:
        """Change the tenant."""
        tenant = await tenant_service(info.context.state.platform).update(
            info.context.caller.tenant_id,
            name=input.name,
            type=input.type,
            dpid=input.dpid or None,
            remove_dpid=input.dpid is None,
            notified_statuses=input.notified_statuses,
            require_validation=input.require_validation,
            branding=read_branding(**vars(input.branding)) if input.branding else None,
            revision=input.revision,
        )
        return TenantUpdatePayload(tenant=tenant)


def tenant_service(platform: Platform) -> TenantService:
    """The service for tenants on a platform."""
    return TenantService(platform.control, platform.create_tenant_database)
