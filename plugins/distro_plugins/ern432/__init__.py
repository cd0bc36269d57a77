"""ERN 4.3.2: NewReleaseMessages and PurgeReleaseMessages for releases of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ern432.builder import Ern432Builder
from distro_sdk.ern4.reading import ERN_4_3_2, Ern4Reader
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.messages import MessageBuilder, MessageReader, MessageValidator
from distro_sdk.plugin import Plugin

__all__ = ["Ern432Builder", "Ern432Plugin"]


class Ern432Plugin(Plugin):
    """Adds the format `ern/4.3.2`."""

    id: ClassVar[str] = "ern432"

    def register_message_builders(self) -> Sequence[MessageBuilder]:
        """Return the builder of ERN 4.3.2."""
        return (Ern432Builder(),)

    def register_validators(self) -> Sequence[MessageValidator]:
        """Return the business rules of ERN 4.3.2."""
        return (Ern4Rules("ern/4.3.2"),)

    def register_message_readers(self) -> Sequence[MessageReader]:
        """Return the reader of ERN 4.3.2, which reads 4.3.1 as well."""
        return (Ern4Reader(ERN_4_3_2),)
