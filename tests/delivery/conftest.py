"""Labels with a catalogue and targets, as deliveries need them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from distro_api.receiver import Receiver
from distro_core.scope import Scope
from tests.delivery.dsp import receiver_at
from tests.delivery.label import Label


@pytest.fixture
def receiver_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a receiver that the operator allows as a target."""
    folder = tmp_path / "receiver"
    folder.mkdir()
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return folder


@pytest.fixture
def label(label_a: Scope, receiver_folder: Path) -> Label:
    """A label that delivers into a folder."""
    return Label(label_a, receiver_folder)


@pytest.fixture
def other_label(label_b: Scope, receiver_folder: Path) -> Label:
    """Another tenant that delivers into a folder of its own: names of batches are unique within a tenant."""
    folder = receiver_folder.with_name("other")
    folder.mkdir()
    return Label(label_b, folder)


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    """A DSP that answers."""
    async with receiver_at(tmp_path / "dsp") as running:
        yield running
