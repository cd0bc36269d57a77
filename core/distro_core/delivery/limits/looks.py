"""A connection with which to look for answers at a target: one of those that the target allows, like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import BaseModel

from distro_core.delivery.limits.connection_slots import take_slot
from distro_core.delivery.limits.sessions import OpenSession, SessionPool, session_key
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_sdk.transports import Transport, TransportSession


class NoConnection(Exception):
    """All connections that the target allows are in use."""


@asynccontextmanager
async def connect_to_look(
    scope: Scope, target: TargetDocument, transport: Transport, configuration: BaseModel
) -> AsyncIterator[TransportSession]:
    """A session of one connection, or the one that rests in this worker. Raises `NoConnection` or `TransportError`."""
    pool = scope.sessions or SessionPool(idle=0)
    rested = pool.take(session_key(scope.tenant_id, target.id, transport, configuration))
    session = rested or await _open(scope, target, transport, configuration)
    sound = False
    try:
        yield session.session
        sound = True
    finally:
        if session is rested:
            await pool.give_back(session, sound=sound)
        else:
            # It may open one connection only: a delivery would want more.
            await session.close_for_next()


async def _open(scope: Scope, target: TargetDocument, transport: Transport, configuration: BaseModel) -> OpenSession:
    limit = target.limits.max_connections or scope.settings.target_connections
    slot = await take_slot(scope, target.id, 1, limit, look=True)
    if slot is None:
        raise NoConnection
    session = OpenSession("look")
    session.slot = slot  # given back by the session, also where it cannot be opened
    await session.open(transport.connect(with_one_connection(configuration)))
    return session


def with_one_connection(configuration: BaseModel) -> BaseModel:
    """The settings, for a session that opens one connection alone."""
    one = {"connections": 1} if "connections" in type(configuration).model_fields else {}
    return configuration.model_copy(update=one)
