"""Whether a platform can be reached and accepts us (rows TAP-09 and ADI-10)."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.delivery.targets.connection_test import ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.adapters import find_adapter, open_conversation
from distro_core.scope import Scope
from distro_sdk.adapters import AdapterAction, ConnectionType
from distro_sdk.errors import DomainError, TransportError


@dataclass(frozen=True)
class PlatformTest:
    """What a test found. `details`: for people, one sentence for each way that was tried."""

    connected: bool
    details: tuple[str, ...]


async def try_platform(scope: Scope, target_id: str) -> PlatformTest:
    """Try both ways to the platform of a target: that of the files and that of its interface; raises NOT_FOUND."""
    target = await scope.store.collection(TargetDocument).find(target_id)
    if target is None:
        raise DomainError("NOT_FOUND", f"there is no target with id {target_id}", ("target_id",))
    adapter = find_adapter(scope, target)
    if adapter is not None and adapter.connection_type is ConnectionType.MANUAL:
        return PlatformTest(True, ("A person delivers to this platform.",))
    files = await ConnectionTester(scope).test(target_id)
    details = [f"Files: {files.message}"]
    accepted = True
    if adapter is not None and AdapterAction.VALIDATE_AUTHENTICATION in adapter.actions:
        accepted, told = await _try_interface(scope, target)
        details.append(f"Interface: {told}")
    return PlatformTest(files.succeeded and accepted, tuple(details))


async def _try_interface(scope: Scope, target: TargetDocument) -> tuple[bool, str]:
    adapter = find_adapter(scope, target)
    if adapter is None:
        return True, "the target has none"
    try:
        async with open_conversation(scope, target, adapter) as conversation:
            accepted = await conversation.ask(lambda session: session.validate_authentication())
            if not accepted and AdapterAction.REFRESH_AUTHENTICATION in adapter.actions:
                accepted = await conversation.session.refresh_authentication()
    except (TransportError, DomainError) as error:
        return False, error.message
    return accepted, "the platform accepts the credentials" if accepted else "the platform refuses the credentials"
