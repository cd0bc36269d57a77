"""Licences of plugins that the tenant holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, derived, mutation, query
from distro_core.identity.permissions import Permission
from distro_core.licensing.held import LicenseState
from distro_core.licensing.service import Licensing, TenantLicense

strawberry.enum(LicenseState, description="How a licence for a plugin stands.", graphql_name_from="value")


def _held(name: str) -> Callable[[TenantLicense], Any]:
    return lambda license: getattr(license.held, name)


@strawberry.type(description="A licence of your tenant for a plugin. Its text is never told again.")
class License:
    """A licence for a plugin."""

    plugin: str = strawberry.field(description="The plugin's id.")
    state: LicenseState = strawberry.field(description="How it stands now.")
    verifier: str = derived(_held("verifier"), "By whom it is judged.")
    license_id: str | None = derived(_held("license_id"), "Its own id, as its publisher knows it.")
    features: list[str] = derived(_held("features"), "What it opens beyond the base of the plugin.")
    expires_at: datetime | None = derived(_held("expires_at"), "When it expires; null for one that does not.")
    grace_until: datetime | None = derived(_held("grace_until"), "Until when what runs already goes on after that.")
    verified_at: datetime = derived(_held("verified_at"), "Of when the last verdict is.")
    unreachable: bool = derived(_held("unreachable"), "Whether who verifies it did not answer when asked last.")
    reason: str | None = derived(_held("reason"), "Why it is not good.")
    added_at: datetime = derived(_held("added_at"), "When it was entered.")
    added_by: str = derived(_held("added_by"), "By whom.")


@strawberry.type(description="What a publisher needs to know to issue a licence to you.")
class LicenseHolder:
    """To whom licences are issued."""

    tenant_id: str = strawberry.field(description="The tenant, for a licence that is bound to it.")
    installation_id: str = strawberry.field(description="The installation, for a licence that all its tenants may use.")


@strawberry.input(description="A licence to enter.")
class LicenseAddInput:
    """A licence to enter."""

    plugin: str = strawberry.field(description="The plugin's id.")
    license: str = strawberry.field(description="The licence as its publisher issued it; a secret.")


@strawberry.input(description="Which licence to give up.")
class LicenseRemoveInput:
    """Which licence to give up."""

    plugin: str = strawberry.field(description="The plugin's id.")


@strawberry.input(description="Which licence to verify now.")
class LicenseVerifyInput:
    """Which licence to verify now."""

    plugin: str = strawberry.field(description="The plugin's id.")


@strawberry.type(description="What licenseAdd answers.")
class LicenseAddPayload(Payload):
    """What licenseAdd answers."""

    license: TenantLicense | None = strawberry.field(
        default=None, graphql_type=License | None, description="The licence as it is held."
    )


@strawberry.type(description="What licenseRemove answers.")
class LicenseRemovePayload(Payload):
    """What licenseRemove answers."""

    removed_plugin: str | None = strawberry.field(default=None, description="The plugin whose licence is gone.")


@strawberry.type(description="What licenseVerify answers.")
class LicenseVerifyPayload(Payload):
    """What licenseVerify answers."""

    license: TenantLicense | None = strawberry.field(
        default=None, graphql_type=License | None, description="The licence with the verdict of now."
    )


@strawberry.type
class LicenseQueries:
    """Fields of Query."""

    @query(Permission.PLUGIN_MANAGE, "The licences of your tenant, at most 500, by plugin.", returns=list[License])
    @staticmethod
    async def licenses(info: Info) -> list[TenantLicense]:
        """The licences of the tenant."""
        return await _licensing(info).list(info.context.caller.tenant_id)

    @query(Permission.PLUGIN_MANAGE, "To whom a publisher issues your licences.", returns=LicenseHolder)
    @staticmethod
    async def license_holder(info: Info) -> LicenseHolder:
        """To whom licences are issued."""
        installation_id = await _licensing(info).installation.id()
        return LicenseHolder(tenant_id=info.context.caller.tenant_id, installation_id=installation_id)


@strawberry.type
class LicenseMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.PLUGIN_MANAGE,
        LicenseAddPayload,
        "Enter a licence for a plugin, in place of the one that your tenant has. It is verified first.",
    )
    @staticmethod
    async def license_add(info: Info, input: LicenseAddInput) -> LicenseAddPayload:
        """Enter a licence."""
        caller = info.context.caller
        added = await _licensing(info).add(caller.tenant_id, input.plugin, input.license, by=caller.actor)
        return LicenseAddPayload(license=added)

    @mutation(
        Permission.PLUGIN_MANAGE,
        LicenseRemovePayload,
        "Give a licence up. Deliveries that began before are finished.",
    )
    @staticmethod
    async def license_remove(info: Info, input: LicenseRemoveInput) -> LicenseRemovePayload:
        """Give a licence up."""
        await _licensing(info).remove(info.context.caller.tenant_id, input.plugin)
        return LicenseRemovePayload(removed_plugin=input.plugin)

    @mutation(Permission.PLUGIN_MANAGE, LicenseVerifyPayload, "Verify a licence now.")
    @staticmethod
    async def license_verify(info: Info, input: LicenseVerifyInput) -> LicenseVerifyPayload:
        """Verify a licence now."""
        verified = await _licensing(info).verify(info.context.caller.tenant_id, input.plugin)
        return LicenseVerifyPayload(license=verified)


def _licensing(info: Info) -> Licensing:
    return info.context.state.platform.marketplace.licensing
