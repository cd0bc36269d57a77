"""Apple Music: metadata of music 5.3, its rules, and `.itmsp` packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.apple53.builder import AppleBuilder
from distro_plugins.apple53.choreography import ItmspChoreography, ItmspSettings
from distro_plugins.apple53.rules import AppleRules
from distro_plugins.apple53.settings import AppleSettings
from distro_sdk.messages import Choreography, MessageBuilder, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Apple53Plugin", "AppleBuilder", "AppleRules", "AppleSettings", "ItmspChoreography", "ItmspSettings"]


class Apple53Plugin(Plugin):
    """Adds the format `apple/5.3` and the choreography `itmsp` (rows APL-01 to APL-04)."""

    id: ClassVar[str] = "apple53"

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return the builder of Apple's metadata."""
        return (AppleBuilder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the rules of Apple's metadata."""
        return (AppleRules(),)

    def register_choreographies(self) -> Sequence[Choreography]:
        """Return the choreography of `.itmsp` packages."""
        return (ItmspChoreography(),)
