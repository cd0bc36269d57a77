"""What tests of reading share: the readers as the plugins bring them, and official samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from distro_plugins.ern42 import Ern42Plugin
from distro_plugins.ern43 import Ern43Plugin
from distro_plugins.ern382 import Ern382Plugin
from distro_plugins.ern432 import Ern432Plugin
from distro_sdk.messages import MessageReader, ReadMessage
from distro_sdk.plugin import Plugin
from distro_sdk.xml import parse_message

PLUGINS: tuple[type[Plugin], ...] = (Ern382Plugin, Ern42Plugin, Ern43Plugin, Ern432Plugin)
READERS = tuple(reader for plugin in PLUGINS for reader in plugin().register_message_readers())

ReadSample = Callable[[str], ReadMessage]


def reader_of(namespace: str) -> MessageReader:
    """The reader of a namespace."""
    return next(reader for reader in READERS if namespace in reader.namespaces)


def read(content: bytes) -> ReadMessage:
    """What a message says, by the reader of its namespace."""
    message = parse_message(content)
    return reader_of(message.namespace).read(message)


@pytest.fixture
def read_sample(ddex_folder: Path) -> ReadSample:
    """Reads a sample by its path below the folder of samples."""
    return lambda name: read((ddex_folder / "samples" / name).read_bytes())
