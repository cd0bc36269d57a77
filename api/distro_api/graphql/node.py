"""Finding anything by its global id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from distro_api.graphql.context import RequestContext
from distro_api.graphql.fields import Access, Info, query
from distro_api.graphql.ids import split_id
from distro_api.graphql.nodes import Node
from distro_core.assets.service import AssetService
from distro_core.catalogue.parties import PartyService
from distro_core.catalogue.releases import ReleaseService
from distro_core.catalogue.tracks import TrackService
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.requests.bulk import BulkService
from distro_core.delivery.requests.schedules import ScheduleService
from distro_core.delivery.targets.service import TargetService
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import TenantDocument
from distro_core.identity.permissions import Permission
from distro_core.identity.users import UserService
from distro_core.imports.service import ImportService
from distro_core.manual.exports import ManualExportService
from distro_core.notifications.service import NotificationService
from distro_sdk.errors import DomainError

Find = Callable[[RequestContext, str], Awaitable[Any]]


@dataclass(frozen=True)
class NodeKind:
    """How things of one kind are found, and what that needs; None: being signed in."""

    permission: Permission | None
    find: Find


def _by(service: Callable[[Any], Any]) -> Find:
    async def find(context: RequestContext, id: str) -> Any:
        return await service(await context.scope()).get(id)

    return find


async def _track(context: RequestContext, id: str) -> Any:
    _, track = await TrackService(await context.scope()).get(id)
    return track


async def _user(context: RequestContext, id: str) -> Any:
    return await UserService(context.state.platform.control, context.caller.tenant_id).get(id)


async def _api_key(context: RequestContext, id: str) -> Any:
    platform = context.state.platform
    return await ApiKeyService(platform.control, context.caller.tenant_id, platform.clock).get(id)


async def _tenant(context: RequestContext, id: str) -> Any:
    if id != context.caller.tenant_id:
        raise DomainError("NOT_FOUND", f"there is no tenant with id {id}")
    return await context.state.platform.control.collection(TenantDocument).get(id)


NODE_KINDS: Mapping[str, NodeKind] = {
    "ApiKey": NodeKind(Permission.API_KEY_MANAGE, _api_key),
    "Asset": NodeKind(Permission.CATALOGUE_READ, _by(AssetService)),
    "BulkDistribution": NodeKind(Permission.DELIVERY_READ, _by(BulkService)),
    "Delivery": NodeKind(Permission.DELIVERY_READ, _by(DeliveryService)),
    "Import": NodeKind(Permission.CATALOGUE_READ, _by(ImportService)),
    "ManualExport": NodeKind(Permission.DELIVERY_READ, _by(ManualExportService)),
    "Notification": NodeKind(Permission.DELIVERY_READ, _by(NotificationService)),
    "Party": NodeKind(Permission.CATALOGUE_READ, _by(PartyService)),
    "Release": NodeKind(Permission.CATALOGUE_READ, _by(ReleaseService)),
    "Schedule": NodeKind(Permission.DELIVERY_READ, _by(ScheduleService)),
    "Target": NodeKind(Permission.DELIVERY_READ, _by(TargetService)),
    "Tenant": NodeKind(None, _tenant),
    "Track": NodeKind(Permission.CATALOGUE_READ, _track),
    "User": NodeKind(Permission.USER_MANAGE, _user),
}
"""By the name of the GraphQL type, which is the kind in a global id."""


@strawberry.type
class NodeQueries:
    """Fields of Query."""

    @query(
        Access.SIGNED_IN,
        "Anything by its global id; needs the permission that the thing's own query field needs.",
        returns=Node,
    )
    @staticmethod
    async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Any global id.")]) -> Any:
        """Anything by its global id."""
        kind, local = split_id(id) or ("", "")
        known = NODE_KINDS.get(kind)
        if known is None:
            raise DomainError("NOT_FOUND", f"there is nothing with id {id[:100]}")
        if known.permission is not None:
            info.context.caller.require(known.permission)
        return await known.find(info.context, local)
