"""ERN 4.2: NewReleaseMessages and PurgeReleaseMessages for releases of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ern42.builder import Ern42Builder
from distro_sdk.ern4.reading import ERN_4_1_1, ERN_4_2, Ern4Reader
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.messages import MessageBuilder, MessageReader, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Ern42Builder", "Ern42Plugin"]


class Ern42Plugin(Plugin):
    """Adds the format `ern/4.2`."""

    id: ClassVar[str] = "ern42"

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return the builder of ERN 4.2."""
        return (Ern42Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of ERN 4.2."""
        return (Ern4Rules("ern/4.2"),)

    def register_message_readers(self) -> Sequence[MessageReader]:
        """Return the readers of ERN 4.2 and of 4.1.1, its forerunner."""
        return (Ern4Reader(ERN_4_2), Ern4Reader(ERN_4_1_1))
