"""MEAD 1.0.1: messages that enrich what a NewReleaseMessage tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.mead101.builder import Mead101Builder
from distro_plugins.mead101.rules import Mead101Rules
from distro_sdk.messages import CompanionBuilder, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Mead101Builder", "Mead101Plugin", "Mead101Rules"]


class Mead101Plugin(Plugin):
    """Adds the companion format `mead/1.0.1`."""

    id: ClassVar[str] = "mead101"

    def register_companion_builders(self) -> Sequence[CompanionBuilder]:
        """Return the builder of MEAD 1.0.1."""
        return (Mead101Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of MEAD 1.0.1."""
        return (Mead101Rules(),)
