"""ERN 4.3: NewReleaseMessages and PurgeReleaseMessages for releases of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ern43.builder import Ern43Builder
from distro_sdk.ern4.reading import ERN_4_3, Ern4Reader
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.messages import MessageBuilder, MessageReader, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Ern43Builder", "Ern43Plugin"]


class Ern43Plugin(Plugin):
    """Adds the format `ern/4.3`."""

    id: ClassVar[str] = "ern43"

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return the builder of ERN 4.3."""
        return (Ern43Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of ERN 4.3."""
        return (Ern4Rules("ern/4.3"),)

    def register_message_readers(self) -> Sequence[MessageReader]:
        """Return the reader of ERN 4.3."""
        return (Ern4Reader(ERN_4_3),)
