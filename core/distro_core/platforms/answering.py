"""By which ways the platform of a target can say what it made of a delivery."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.delivery.status.settling import can_answer
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.adapters import find_adapter
from distro_core.scope import Scope
from distro_sdk.adapters import AdapterAction


@dataclass(frozen=True)
class Answering:
    """`files`: it leaves acknowledgements where we can read them; `polling`: we can ask; `calls`: it calls us back."""

    files: bool = False
    polling: bool = False
    calls: bool = False

    def __bool__(self) -> bool:
        """Whether an answer is worth waiting for."""
        return self.files or self.polling or self.calls


def find_answering(scope: Scope, target: TargetDocument) -> Answering:
    """What a target's plugins can do, and what the target says; nothing for one whose platform does not answer."""
    if not target.acknowledges:
        return Answering()
    transport = scope.plugins.transports.get(target.transport)
    choreography = scope.plugins.choreographies.get(target.choreography)
    adapter = find_adapter(scope, target)
    return Answering(
        files=transport is not None and choreography is not None and can_answer(target, choreography, transport),
        polling=adapter is not None and AdapterAction.CHECK_STATUS in adapter.actions,
        calls=target.webhook is not None,
    )
