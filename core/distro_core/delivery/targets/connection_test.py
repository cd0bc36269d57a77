"""Trying a target's connection: a probe is written, read back and deleted, and the layer that failed is named.

A test uses one of the connections that the target allows, like any delivery (row PRO-10).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from time import perf_counter
from typing import Final

from pydantic import BaseModel

from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.lanes import Link
from distro_core.delivery.limits.connection_slots import Slot, take_slot
from distro_core.delivery.limits.looks import with_one_connection
from distro_core.delivery.packaging import BytesSource
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import open_links
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.base import Model
from distro_sdk.transports import Transport, TransportCapabilities, TransportSession

TIMEOUT: Final = 60.0
"""Seconds that the whole test may take."""

WAITING: Final = 10.0
"""Seconds that a test waits for one of the connections that the target allows."""

ASKING: Final = 0.5
"""Seconds between two questions whether one is free."""

CLEANING: Final = 5.0
"""Seconds for taking a probe away after a test that failed."""


class ConnectionLayer(StrEnum):
    """Where a connection fails (row TGT-10), from the outside in."""

    ADDRESS = "address"
    NETWORK = "network"
    ENCRYPTION = "encryption"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    SPACE = "space"
    PROTOCOL = "protocol"


_BY_CODE: Final = {
    "HOST_NOT_FOUND": ConnectionLayer.ADDRESS,
    "ADDRESS_FORBIDDEN": ConnectionLayer.ADDRESS,
    "HOST_KEY_CHANGED": ConnectionLayer.ENCRYPTION,
    "NO_COMMON_ALGORITHM": ConnectionLayer.ENCRYPTION,
    "CERTIFICATE_REFUSED": ConnectionLayer.ENCRYPTION,
    "TLS_UNAVAILABLE": ConnectionLayer.ENCRYPTION,
    "TLS_FAILED": ConnectionLayer.ENCRYPTION,
    "PERMISSION_DENIED": ConnectionLayer.PERMISSION,
    "RENAME_REFUSED": ConnectionLayer.PERMISSION,
    "FOLDER_NOT_ALLOWED": ConnectionLayer.PERMISSION,
    "REMOTE_DISK_FULL": ConnectionLayer.SPACE,
}
_BY_CATEGORY: Final = {
    ErrorCategory.AUTH_INVALID: ConnectionLayer.AUTHENTICATION,
    ErrorCategory.AUTH_EXPIRED: ConnectionLayer.AUTHENTICATION,
    ErrorCategory.NETWORK_CONNECTIVITY: ConnectionLayer.NETWORK,
    ErrorCategory.NETWORK_TIMEOUT: ConnectionLayer.NETWORK,
}


_ACTIONS: Final = {
    ConnectionLayer.ADDRESS: "Check how the target's host name is written and that DNS knows it, then test again.",
    ConnectionLayer.NETWORK: "Check the target's host and port, that its server is up, and that no firewall stands "
    "between, then test again.",
    ConnectionLayer.ENCRYPTION: "Check that the server offers the encryption that the target asks for, and that its "
    "certificate is one that the target trusts, then test again.",
    ConnectionLayer.AUTHENTICATION: "Correct the target's user name, password or key, then test again.",
    ConnectionLayer.PERMISSION: "Check the target's folder, and ask the receiver to let this login write, rename and "
    "delete files there, then test again.",
    ConnectionLayer.SPACE: "Ask the receiver for room, then test again.",
    ConnectionLayer.PROTOCOL: "Read what the server says, correct the target's settings where they cause it, and ask "
    "the receiver otherwise; then test again.",
}
_ACTIONS_BY_CODE: Final = {
    "ADDRESS_FORBIDDEN": "Name a public address, or ask the operator to allow this network for targets, then test "
    "again.",
    "HOST_KEY_CHANGED": "Ask the receiver whether the server has a new host key, and only then enter it in the "
    "target; then test again.",
    "RATE_LIMITED": "Wait as long as the platform asks, then test again.",
}


class ConnectionStep(Model):
    """A step that succeeded. `duration`: seconds."""

    name: str
    duration: float


class ConnectionTest(Model):
    """What a test found. Where it failed: in which layer, why, and what to do; else everything was tried.

    `untried`: steps that the protocol cannot do, so that nobody knows.
    """

    succeeded: bool
    steps: tuple[ConnectionStep, ...] = ()
    untried: tuple[str, ...] = ()
    failed_step: str | None = None
    layer: ConnectionLayer | None = None
    code: str | None = None
    message: str = ""
    action: str = ""


class ConnectionTester:
    """Tests the connections of one tenant's targets."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def test(self, target_id: str) -> ConnectionTest:
        """Write, read back and delete a probe at a target, and stop at the first fault.

        Where messages travel by a transport of their own, both are tried, the one for files first. Raises NOT_FOUND,
        TARGET_CONNECTIONS_BUSY where no connection becomes free within `WAITING`, and what `open_links` raises.
        """
        target = await TargetService(self._scope).get(target_id)
        links = await open_links(self._scope, target)
        async with _one_connection(self._scope, target):
            return await self._try_all(links)

    async def _try_all(self, links: Sequence[Link]) -> ConnectionTest:
        course = _Course()
        try:
            async with asyncio.timeout(TIMEOUT):
                for link in links:
                    course.protocol = link.transport.key if len(links) > 1 else ""
                    await _try_out(link.transport, link.configuration, course)
        except TransportError as error:
            return course.failed(error)
        except TimeoutError:
            message = f"the server took more than {TIMEOUT:.0f} seconds"
            return course.failed(
                TransportError(ErrorCategory.NETWORK_TIMEOUT, "CONNECT_TIMEOUT", message, retryable=True)
            )
        return ConnectionTest(succeeded=True, steps=tuple(course.steps), untried=tuple(course.untried))


class _Course:
    """How far a test has come."""

    def __init__(self) -> None:
        self.steps: list[ConnectionStep] = []
        self.untried: list[str] = []
        self.current = ""
        self.protocol = ""

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """Time a step, and remember its name where it fails."""
        self.current = self.name(name)
        begun = perf_counter()
        yield
        self.steps.append(ConnectionStep(name=self.current, duration=round(perf_counter() - begun, 3)))

    def name(self, step: str) -> str:
        """What a step is called: with its protocol before it where there are two."""
        return f"{self.protocol} {step}".lstrip()

    def failed(self, error: TransportError) -> ConnectionTest:
        """What is told of a test that stopped."""
        described = describe_failure(error)
        return ConnectionTest(
            succeeded=False,
            steps=tuple(self.steps),
            failed_step=self.current,
            layer=layer_of(error),
            code=described.code,
            message=described.message,
            action=action_of(error),
        )


def layer_of(error: TransportError) -> ConnectionLayer:
    """Where a transport failed, by its code and else by its category."""
    return _BY_CODE.get(error.code) or _BY_CATEGORY.get(error.category, ConnectionLayer.PROTOCOL)


def action_of(error: TransportError) -> str:
    """What a person does about a test that failed: there are no attempts left, and there is no delivery to retry."""
    return _ACTIONS_BY_CODE.get(error.code) or _ACTIONS[layer_of(error)]


@asynccontextmanager
async def _one_connection(scope: Scope, target: TargetDocument) -> AsyncIterator[None]:
    """While the block runs, one connection to the target is ours; who waits for one is told when it is over."""
    slot = await _wait_for_slot(scope, target)
    try:
        yield
    finally:
        await slot.release()
        await slot.wake_next()


async def _wait_for_slot(scope: Scope, target: TargetDocument) -> Slot:
    limit = target.limits.max_connections or scope.settings.target_connections
    give_up = asyncio.get_running_loop().time() + WAITING
    while (slot := await take_slot(scope, target.id, 1, limit, look=True, patience=timedelta())) is None:
        if asyncio.get_running_loop().time() >= give_up:
            message = f"all {limit} connections that {target.name} allows are in use, and none became free"
            raise DomainError("TARGET_CONNECTIONS_BUSY", f"{message} within {WAITING:g} seconds", ("id",))
        await asyncio.sleep(ASKING)
    return slot


async def _try_out(transport: Transport, configuration: BaseModel, course: _Course) -> None:
    probe = f"stardust-probe-{new_id()}.txt"
    content = f"{probe}: this file tests a connection and may be deleted\n".encode()
    course.untried += [course.name(step) for step in _lacks(transport.capabilities)]
    async with AsyncExitStack() as connection:
        async with course.step("connect"):
            session = await connection.enter_async_context(transport.connect(with_one_connection(configuration)))
        if transport.capabilities.whole_package:
            return  # Whatever was sent would be taken for a delivery.
        await _exchange(session, transport.capabilities, course, probe, content)


async def _exchange(
    session: TransportSession, capabilities: TransportCapabilities, course: _Course, probe: str, content: bytes
) -> None:
    try:
        async with course.step("write"):
            await session.put(probe, BytesSource(content), _ignore)
        async with course.step("compare size"):
            await _compare_size(session, probe, len(content))
        if capabilities.read:
            async with course.step("read"):
                await _compare_content(session, probe, content)
    except (TransportError, asyncio.CancelledError):
        if capabilities.delete:
            await _delete_quietly(session, probe)
        raise
    if capabilities.delete:
        async with course.step("delete"):
            await session.delete(probe)


async def _compare_size(session: TransportSession, probe: str, size: int) -> None:
    found = await session.stat(probe)
    if found is None or found.size != size:
        there = "no such file" if found is None else f"{found.size} bytes"
        raise _damaged(f"{size} bytes were written, the server has {there}")


async def _compare_content(session: TransportSession, probe: str, content: bytes) -> None:
    if await session.read(probe, max_size=len(content) + 1) != content:
        raise _damaged("the file that was read back is not the one that was written")


async def _delete_quietly(session: TransportSession, probe: str) -> None:
    """Take the probe away where another fault is told of."""
    try:
        async with asyncio.timeout(CLEANING):
            await session.delete(probe)
    except (TransportError, TimeoutError):
        return


def _damaged(message: str) -> TransportError:
    return TransportError(ErrorCategory.UNKNOWN, "PROBE_DAMAGED", message, retryable=True)


def _lacks(capabilities: TransportCapabilities) -> tuple[str, ...]:
    if capabilities.whole_package:
        return ("write", "compare size", "read", "delete")
    return tuple(name for name, can in (("read", capabilities.read), ("delete", capabilities.delete)) if not can)


async def _ignore(_transferred: int) -> None:
    """Nobody watches the progress of a probe."""
