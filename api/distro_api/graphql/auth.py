"""Signing in and out, and who you are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import strawberry

from distro_api.graphql.api_keys import ApiKey
from distro_api.graphql.context import RequestContext
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, loaded, mutation, query
from distro_api.graphql.tenants import Tenant
from distro_api.graphql.users import User
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import ApiKeyDocument, Membership, Role, TenantDocument, UserDocument
from distro_core.identity.principals import Principal
from distro_core.identity.sessions import SignedIn
from distro_core.identity.users import UserService
from distro_sdk.errors import DomainError


@strawberry.type(description="What you get when you sign in or refresh.")
class Session:
    """What a caller gets who signs in or refreshes."""

    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer TOKEN`.")
    access_expires_at: datetime = strawberry.field(description="Until when the access token is good.")
    refresh_token: str = strawberry.field(
        description="Good once, for authRefresh. Keep it safe: used twice, it ends the session. "
        "Empty where it went into a cookie."
    )
    refresh_expires_at: datetime = strawberry.field(description="Until when the refresh token is good.")
    user: User = strawberry.field(description="Who signed in.")
    tenant: Tenant = strawberry.field(description="In which tenant.")
    role: Role = strawberry.field(description="With which role.")


@strawberry.type(description="A role in a tenant.")
class TenantMembership:
    """A role in a tenant."""

    tenant: Tenant = strawberry.field(description="The tenant.")
    role: Role = strawberry.field(description="The role in it.")


async def _user(root: strawberry.Parent[Principal], info: Info) -> UserDocument | None:
    if root.user_id is None:
        return None
    return await UserService(info.context.state.platform.control, root.tenant_id).get(root.user_id)


async def _api_key(root: strawberry.Parent[Principal], info: Info) -> ApiKeyDocument | None:
    if root.user_id is not None:
        return None
    platform = info.context.state.platform
    return await ApiKeyService(platform.control, root.tenant_id, platform.clock).get(root.actor)


async def _tenant(root: strawberry.Parent[Principal], info: Info) -> TenantDocument:
    return await info.context.state.platform.control.collection(TenantDocument).get(root.tenant_id)


async def _memberships(root: strawberry.Parent[Principal], info: Info) -> list[TenantMembership]:
    user = await _user(root, info)
    memberships: tuple[Membership, ...] = user.memberships if user else ()
    tenants = info.context.state.platform.control.collection(TenantDocument)
    found: dict[str, Any] = await tenants.get_many(member.tenant_id for member in memberships)
    return [
        TenantMembership(tenant=found[member.tenant_id], role=member.role)
        for member in memberships
        if member.tenant_id in found
    ]


async def _permissions(root: strawberry.Parent[Principal], info: Info) -> list[str]:
    declared = (await info.context.scope()).plugins.permissions
    return sorted(root.permissions | root.held(declared))


@strawberry.type(description="Who calls.")
class Caller:
    """Who calls."""

    user: User | None = loaded(_user, "The user; null where an API key calls.")
    api_key: ApiKey | None = loaded(_api_key, "The API key; null where a user calls.")
    tenant: Tenant = loaded(_tenant, "The tenant for which you call.")
    permissions: list[str] = loaded(_permissions, "What you may do, with the platform and with your tenant's plugins.")
    memberships: list[TenantMembership] = loaded(_memberships, "All tenants in which the user has a role.")


@strawberry.input(description="Who signs in.")
class AuthSignInInput:
    """Who signs in."""

    email: str = strawberry.field(description="E-mail address.")
    password: str = strawberry.field(description="Password.")
    tenant: str | None = strawberry.field(
        default=None, description="Key of the tenant; may be left out by who belongs to one only."
    )
    in_cookie: bool = strawberry.field(
        default=False,
        description="Whether the refresh token goes into a cookie that no script can read: for pages of this server.",
    )


@strawberry.input(description="A refresh token to trade.")
class AuthRefreshInput:
    """A refresh token to trade."""

    refresh_token: str | None = strawberry.field(
        default=None, description="The last refresh token of the session; null where a cookie has it."
    )


@strawberry.input(description="What to sign out of.")
class AuthSignOutInput:
    """What to sign out of."""

    everywhere: bool = strawberry.field(default=False, description="End all your sessions, not this one only.")


@strawberry.type(description="What authSignIn answers.")
class AuthSignInPayload(Payload):
    """What authSignIn answers."""

    session: SignedIn | None = strawberry.field(
        default=None, graphql_type=Session | None, description="The new session."
    )


@strawberry.type(description="What authRefresh answers.")
class AuthRefreshPayload(Payload):
    """What authRefresh answers."""

    session: SignedIn | None = strawberry.field(
        default=None, graphql_type=Session | None, description="The session with new tokens."
    )


@strawberry.type(description="What authSignOut answers.")
class AuthSignOutPayload(Payload):
    """What authSignOut answers."""

    signed_out: bool = strawberry.field(default=False, description="Whether the session is ended.")


@strawberry.type
class AuthQueries:
    """Fields of Query."""

    @query(Access.SIGNED_IN, "Who you are and what you may do.", returns=Caller)
    @staticmethod
    async def me(info: Info) -> Principal:
        """Who calls."""
        return info.context.caller


@strawberry.type
class AuthMutations:
    """Fields of Mutation."""

    @mutation(
        Access.ANYBODY,
        AuthSignInPayload,
        "Sign in with e-mail address and password. Too many attempts are refused for a while.",
    )
    @staticmethod
    async def auth_sign_in(info: Info, input: AuthSignInInput) -> AuthSignInPayload:
        """Sign in."""
        context = info.context
        signed_in = await context.state.sessions.sign_in(
            input.email, input.password, tenant_key=input.tenant, address=context.address
        )
        await context.authenticate(f"Bearer {signed_in.access_token}")
        return AuthSignInPayload(session=_kept_in_cookie(context, signed_in) if input.in_cookie else signed_in)

    @mutation(Access.ANYBODY, AuthRefreshPayload, "Trade a refresh token for new tokens.")
    @staticmethod
    async def auth_refresh(info: Info, input: AuthRefreshInput) -> AuthRefreshPayload:
        """Trade a refresh token for new tokens."""
        context = info.context
        token = input.refresh_token if input.refresh_token is not None else _from_cookie(context)
        signed_in = await context.state.sessions.refresh(token)
        await context.authenticate(f"Bearer {signed_in.access_token}")
        in_cookie = input.refresh_token is None
        return AuthRefreshPayload(session=_kept_in_cookie(context, signed_in) if in_cookie else signed_in)

    @mutation(Access.SIGNED_IN, AuthSignOutPayload, "End this session, or all of yours.")
    @staticmethod
    async def auth_sign_out(info: Info, input: AuthSignOutInput) -> AuthSignOutPayload:
        """End a session."""
        state = info.context.state
        if input.everywhere:
            await state.sessions.sign_out_everywhere(info.context.user_id)
        else:
            await state.sessions.sign_out(info.context.session_id)
        state.authenticator.forget()
        if info.context.cookie is not None:
            info.context.cookie.remove()
        return AuthSignOutPayload(signed_out=True)


def _kept_in_cookie(context: RequestContext, signed_in: SignedIn) -> SignedIn:
    """The session without its refresh token, which a cookie has; the token stays where there can be no cookie."""
    cookie = context.cookie
    if cookie is None or not cookie.put(signed_in.refresh_token, signed_in.refresh_expires_at):
        return signed_in
    return replace(signed_in, refresh_token="")


def _from_cookie(context: RequestContext) -> str:
    given = context.cookie.given if context.cookie else None
    if given is None:
        raise DomainError("REFRESH_TOKEN_INVALID", "there is no refresh token, nor a cookie", ("refresh_token",))
    return given
