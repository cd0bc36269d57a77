"""What every notifier must be able to do, as a suite to subclass."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from distro_sdk.errors import DomainError, TransportError
from distro_sdk.notifiers import CHANNEL_KEY, Notice, NoticeRecipient, NoticeSender, NotificationSeverity, Notifier
from distro_sdk.plugin import PluginContext

STRANGE = "Broken\r\nX-Injected: yes\r\n\r\n\u202eNight <b>Drive</b> \U0001f319 " + "long " * 100


def example_notice(key: str = "0190b2c4", title: str = "Night Drive is live on Example DSP", **others: str) -> Notice:
    """A notice about a delivery, to one recipient."""
    return Notice(
        key=key,
        kind="delivery",
        severity=NotificationSeverity.SUCCESS,
        title=title,
        message="The platform has accepted the release.",
        at=datetime(2026, 1, 15, 12, tzinfo=UTC),
        page="/admin/deliveries/RGVsaXZlcnk6MQ",
        sender=NoticeSender(name="Example Records", colour="#336699"),
        recipient=NoticeRecipient(email="ada@label.example", name="Ada Example"),
        **others,
    )


@pytest.mark.asyncio
class NotifierConformance:
    """Subclass it as `Test…` and override the fixtures."""

    @pytest.fixture
    def notifier(self) -> Notifier:
        """The notifier under test, which can reach its channel."""
        raise NotImplementedError("override the fixture `notifier` with the notifier under test")

    @pytest.fixture
    def context(self) -> PluginContext:
        """With what it is called."""
        raise NotImplementedError("override the fixture `context` with what the notifier is called with")

    @pytest.fixture
    def arrived(self) -> Callable[[], Sequence[str]]:
        """Says what has arrived, each as one text."""
        raise NotImplementedError("override the fixture `arrived` with what tells what has arrived")

    @pytest.fixture
    def unreachable(self) -> Notifier:
        """The same notifier where its channel cannot be reached."""
        raise NotImplementedError("override the fixture `unreachable` with a notifier that cannot reach its channel")

    async def test_has_a_key_and_a_title(self, notifier: Notifier) -> None:
        assert re.fullmatch(CHANNEL_KEY, notifier.key)
        assert notifier.title
        assert isinstance(notifier.personal, bool)
        assert inspect.iscoroutinefunction(notifier.send)

    async def test_tells_what_happened_and_why(
        self, notifier: Notifier, context: PluginContext, arrived: Callable[[], Sequence[str]]
    ) -> None:
        await notifier.send(context, example_notice())

        (text,) = arrived()
        assert "Night Drive is live on Example DSP" in text
        assert "The platform has accepted the release." in text

    async def test_what_is_told_again_can_be_known_by_its_key(
        self, notifier: Notifier, context: PluginContext, arrived: Callable[[], Sequence[str]]
    ) -> None:
        for _ in range(2):
            await notifier.send(context, example_notice(key="0190b2c4ffff"))

        assert all("0190b2c4ffff" in text for text in arrived())

    async def test_strange_texts_are_told_and_change_nothing_else(
        self, notifier: Notifier, context: PluginContext, arrived: Callable[[], Sequence[str]]
    ) -> None:
        await notifier.send(context, example_notice(title=STRANGE))

        (text,) = arrived()
        assert "Broken" in text
        assert not re.search(r"^X-Injected:", text.split("\n\n", 1)[0], re.MULTILINE)

    async def test_says_in_its_own_words_that_it_cannot_reach_the_channel(
        self, unreachable: Notifier, context: PluginContext
    ) -> None:
        with pytest.raises((TransportError, DomainError)) as refused:
            await unreachable.send(context, example_notice())

        error = refused.value
        assert isinstance(error, TransportError | DomainError)
        assert error.code
        assert error.message
