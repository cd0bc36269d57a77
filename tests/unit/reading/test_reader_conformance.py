"""Every built-in reader does what every reader must."""

from __future__ import annotations

from typing import Any

import pytest

from distro_plugins.ern42 import Ern42Builder
from distro_sdk.messages import MessageBuilder, MessageReader
from distro_sdk.models.message import MessagePlan
from distro_sdk.testing.readers import MessageReaderConformance
from tests.unit.reading.conftest import READERS
from tests.unit.reading.test_round_trips import BUILDERS


class Forerunner:
    """Writes what ERN 4.2 says in the namespace of ERN 4.1.1, which nobody builds any more."""

    format = "ern/4.1.1"
    namespace = "http://ddex.net/xml/ern/411"

    def __init__(self) -> None:
        self._builder = Ern42Builder()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._builder, name)

    def build(self, plan: MessagePlan) -> bytes:
        return self._builder.build(plan).replace(self._builder.namespace.encode(), self.namespace.encode())


WRITERS: dict[str, MessageBuilder] = {**BUILDERS, Forerunner.format: Forerunner()}
BY_FORMAT = {reader.format: reader for reader in READERS}


def test_there_is_a_builder_for_every_reader() -> None:
    assert set(BY_FORMAT) == set(WRITERS)


@pytest.mark.proves("IMP-04")
@pytest.mark.parametrize("format", sorted(BY_FORMAT), scope="class")
class TestBuiltInReader(MessageReaderConformance):
    @pytest.fixture
    def reader(self, format: str) -> MessageReader:
        return BY_FORMAT[format]

    @pytest.fixture
    def builder(self, format: str) -> MessageBuilder:
        return WRITERS[format]
