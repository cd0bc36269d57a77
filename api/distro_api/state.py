"""What the API's process holds for all requests."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.identity.principals import Authenticator
from distro_core.identity.sessions import SessionService
from distro_core.identity.tokens import TokenSigner, open_token_signer
from distro_core.platform import Platform
from distro_core.plugins.health.board import HealthBoard


@dataclass(frozen=True)
class ApiState:
    """The platform, and what the API adds to it: who signs tokens and who reads them, and how plugins do."""

    platform: Platform
    signer: TokenSigner
    authenticator: Authenticator
    sessions: SessionService
    health: HealthBoard


def open_state(platform: Platform) -> ApiState:
    """The state of an API on that platform."""
    signer = open_token_signer(platform.settings, platform.clock)
    return ApiState(
        platform=platform,
        signer=signer,
        authenticator=Authenticator(platform.control, signer, platform.clock),
        sessions=SessionService(platform.control, signer, platform.clock, platform.settings),
        health=HealthBoard(platform.runtimes, platform.clock),
    )
