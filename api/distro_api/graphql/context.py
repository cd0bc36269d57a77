"""What the resolvers of one operation share: who calls, the tenant's scope, and what has been loaded already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import DocumentNode

from distro_api.graphql.loaders import Loaders
from distro_api.session_cookie import SessionCookie
from distro_api.state import ApiState
from distro_core.identity.principals import Principal
from distro_core.scope import Scope
from distro_sdk.errors import DomainError


@dataclass
class RequestContext:
    """The context of one operation.

    `principal`: the caller, or None; `refusal`: why a token that was given does not count; `address`: the caller's
    network address; `base_url`: under which it reached us; `connection_params`: what a WebSocket client sent first, as
    Strawberry fills it in; `document`: what is to be run, parsed and judged; `cookie`: of a browser, None elsewhere.
    """

    state: ApiState
    request_id: str
    address: str
    base_url: str
    principal: Principal | None = None
    refusal: DomainError | None = None
    connection_params: dict[str, Any] = field(default_factory=dict)
    document: DocumentNode | None = None
    cookie: SessionCookie | None = None

    def __post_init__(self) -> None:
        self._scope: Scope | None = None
        self._authorization: str | None = None
        self.loaders = Loaders(self.scope)

    @property
    def caller(self) -> Principal:
        """The caller; raises UNAUTHENTICATED for nobody, saying why a token was not accepted."""
        if self.principal is None:
            reason = self.refusal.message if self.refusal else "sign in, or send an API key"
            raise DomainError("UNAUTHENTICATED", reason)
        return self.principal

    @property
    def user_id(self) -> str:
        """The id of the user who calls; raises USER_NEEDED where an API key calls."""
        if self.caller.user_id is None:
            raise DomainError("USER_NEEDED", "this concerns a user's own account, and an API key calls")
        return self.caller.user_id

    @property
    def session_id(self) -> str:
        """The id of the session in which a user calls; raises USER_NEEDED where an API key calls."""
        if self.caller.session_id is None:
            raise DomainError("USER_NEEDED", "only a user has a session, and an API key calls")
        return self.caller.session_id

    async def scope(self) -> Scope:
        """The scope of the caller's tenant, for services."""
        if self._scope is None:
            self._scope = await self.state.platform.scope(self.caller.tenant_id, self.caller.actor)
        return self._scope

    async def authenticate(self, authorization: str | None) -> None:
        """Take note of the caller. `authorization`: `Bearer` with an access token or an API key."""
        if not authorization:
            return
        self._authorization = authorization
        self.principal, self.refusal = None, None
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise DomainError("TOKEN_INVALID", "the Authorization header must be: Bearer TOKEN")
            self.principal = await self.state.authenticator.authenticate(token.strip())
        except DomainError as refusal:
            self.refusal = refusal

    def now(self) -> datetime:
        """The platform's time."""
        return self.state.platform.clock.now()

    def renew(self) -> None:
        """Forget what was loaded, because it may have changed."""
        self._scope = None
        self.loaders = Loaders(self.scope)

    async def authenticate_again(self) -> None:
        """Look anew at who calls, because sessions end and roles change while a connection stands."""
        await self.authenticate(self._authorization)

    async def fresh(self) -> RequestContext:
        """The context for another operation of the same caller on the same connection."""
        context = RequestContext(self.state, self.request_id, self.address, self.base_url)
        await context.authenticate(self._authorization)
        return context
