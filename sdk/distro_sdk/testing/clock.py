"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SettableClock:
    """The platform's clock in tests. `start`: the first moment, in UTC."""

    def __init__(self, start: datetime = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on, and say what time it is then."""
        self._now += by
        return self._now
