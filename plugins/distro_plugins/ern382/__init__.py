"""ERN 3.8.2: the version that older partners still ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ern382.builder import Ern382Builder
from distro_plugins.ern382.reading import Ern382Reader
from distro_plugins.ern382.rules import Ern382Rules
from distro_sdk.messages import MessageBuilder, MessageReader, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Ern382Builder", "Ern382Plugin"]


class Ern382Plugin(Plugin):
    """Adds the format `ern/3.8.2`."""

    id: ClassVar[str] = "ern382"

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return the builder of ERN 3.8.2."""
        return (Ern382Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of ERN 3.8.2."""
        return (Ern382Rules(),)

    def register_message_readers(self) -> Sequence[MessageReader]:
        """Return the reader of ERN 3.8.2, which reads 3.8, 3.8.1 and 3.8.3 as well."""
        return (Ern382Reader(),)
