"""The outbox passes the SDK's suite for transports, and keeps an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hello_plugin.outbox import INDEX, OutboxSettings, OutboxTransport
from pydantic import ValidationError

from distro_sdk.errors import ErrorCategory
from distro_sdk.testing.sources import BytesSource
from distro_sdk.testing.transports import Refusal, TransportConformance


async def told(_: int) -> None:
    return


class TestOutbox(TransportConformance):
    @pytest.fixture
    def transport(self, tmp_path: Path) -> OutboxTransport:
        return OutboxTransport(tmp_path)

    @pytest.fixture
    def configuration(self) -> OutboxSettings:
        return OutboxSettings(mailbox="label")

    @pytest.fixture
    def refusals(self, tmp_path: Path) -> Sequence[Refusal]:
        (tmp_path / "taken").write_text("a file where the outbox should be")
        return [Refusal("no folder", OutboxSettings(mailbox="taken"), ErrorCategory.API_UNAVAILABLE, retryable=True)]


async def test_the_index_greets_every_file(tmp_path: Path) -> None:
    async with OutboxTransport(tmp_path).connect(OutboxSettings(mailbox="label", greeting="Aloha")) as outbox:
        await outbox.put("20260101/message.xml", BytesSource(b"<a/>"), told)
        await outbox.put("20260101/cover.jpg", BytesSource(b"pixels"), told)

    lines = [json.loads(line) for line in (tmp_path / "label" / INDEX).read_text("utf-8").splitlines()]
    assert [(line["greeting"], line["size"]) for line in lines] == [
        ("Aloha, 20260101/message.xml", 4),
        ("Aloha, 20260101/cover.jpg", 6),
    ]
    assert list((tmp_path / "label" / "tmp").iterdir()) == []


@pytest.mark.parametrize("mailbox", ["", "..", "a/b", "A", "-a", "a" * 64])
def test_a_mailbox_is_a_plain_name(mailbox: str) -> None:
    with pytest.raises(ValidationError):
        OutboxSettings(mailbox=mailbox)
