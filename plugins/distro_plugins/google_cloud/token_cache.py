"""Tokens that outlive a session."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_TOKENS = 1000


@dataclass
class CachedToken:
    """A service account's token. `ends_at`: on the wall clock, seconds."""

    text: str = ""
    ends_at: float = 0.0
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class TokenCache:
    """Tokens of all targets in this process, by the hash of the key file that they belong to."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._tokens: OrderedDict[str, CachedToken] = OrderedDict()

    def of(self, key_file: str) -> CachedToken:
        """The place of the token of a key file."""
        name = hashlib.sha256(key_file.encode()).hexdigest()
        token = self._tokens.setdefault(name, CachedToken())
        self._tokens.move_to_end(name)
        if len(self._tokens) > MOST_TOKENS:
            self._tokens.popitem(last=False)
        return token
