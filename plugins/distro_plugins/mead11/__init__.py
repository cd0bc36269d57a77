"""MEAD 1.1: messages that enrich what a NewReleaseMessage tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.mead11.builder import Mead11Builder
from distro_plugins.mead11.rules import Mead11Rules
from distro_sdk.messages import CompanionBuilder, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Mead11Builder", "Mead11Plugin", "Mead11Rules"]


class Mead11Plugin(Plugin):
    """Adds the companion format `mead/1.1`."""

    id: ClassVar[str] = "mead11"

    def register_companion_builders(self) -> Sequence[CompanionBuilder]:
        """Return the builder of MEAD 1.1."""
        return (Mead11Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of MEAD 1.1."""
        return (Mead11Rules(),)
