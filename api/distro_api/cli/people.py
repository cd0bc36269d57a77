"""`tenant create` and `user create`: how the first tenant and the first admin come to be."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from distro_core.identity.documents import Role, TenantDocument, TenantType
from distro_sdk.errors import DomainError

if TYPE_CHECKING:
    from distro_core.platform import Platform

R = TypeVar("R")

tenants = typer.Typer(help="Tenants: labels with a database of their own.", no_args_is_help=True)
users = typer.Typer(help="Users: people who sign in.", no_args_is_help=True)


@tenants.command("create")
def create_tenant(
    key: Annotated[str, typer.Argument(help="Short name in database and object names; never changes.")],
    name: Annotated[str, typer.Argument(help="The label's name.")],
    kind: Annotated[TenantType, typer.Option("--type", help="What kind of organisation it is.")] = TenantType.LABEL,
    dpid: Annotated[str | None, typer.Option(help="The label's DDEX party id (PADPIDA…).")] = None,
) -> None:
    """Create a tenant with its database."""
    from distro_core.identity.tenants import TenantService

    async def create(platform: Platform) -> str:
        service = TenantService(platform.control, platform.create_tenant_database)
        return (await service.create(key, name, type=kind, dpid=dpid)).id

    typer.echo(f"tenant {key} created: {run_on_platform(create)}")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="The address the user signs in with.")],
    tenant: Annotated[str, typer.Option(help="Key of the tenant.")],
    role: Annotated[Role, typer.Option(help="What the user may do there.")] = Role.VIEWER,
    name: Annotated[str | None, typer.Option(help="Name that is shown; default: the address.")] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    *,
    operator: Annotated[bool, typer.Option(help="A new user may install plugins for all tenants.")] = False,
) -> None:
    """Create a user in a tenant, or give an existing user a role there."""
    from distro_core.identity.users import UserService

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def create(platform: Platform) -> str:
        owner = await find_tenant(platform, tenant)
        users = UserService(platform.control, owner.id)
        user = await users.create(email, name or email, role, password=password, operator=operator)
        return user.id

    typer.echo(f"user {email} created as {role} of {tenant}: {run_on_platform(create)}")


async def find_tenant(platform: Platform, key: str) -> TenantDocument:
    """The tenant of a key; raises NOT_FOUND."""
    from distro_core.identity.tenants import TenantService

    tenant = await TenantService(platform.control, platform.create_tenant_database).find(key)
    if tenant is None:
        raise DomainError("NOT_FOUND", f"there is no tenant with the key {key}", ("tenant",))
    return tenant


def run_on_platform(work: Callable[[Platform], Awaitable[R]]) -> R:
    """Run something on the platform of the current settings; a domain error ends the command with its text."""
    from distro_core.platform import open_platform
    from distro_core.settings import Settings

    async def run() -> R:
        async with open_platform(Settings()) as platform:
            return await work(platform)

    try:
        return asyncio.run(run())
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
