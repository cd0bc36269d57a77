"""Tokens that outlive a session."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from distro_plugins.http_api.settings import HttpConnectionSettings

MOST_TOKENS = 1000


@dataclass
class CachedToken:
    """A token of the client credentials of one target. `renew_at`: on the cache's clock."""

    header: str | None = None
    renew_at: float = 0.0
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class TokenCache:
    """Tokens of all targets in this process, by all that they depend on; a secret is in the key as its hash."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._tokens: OrderedDict[tuple[str | None, ...], CachedToken] = OrderedDict()

    def of(self, settings: HttpConnectionSettings) -> CachedToken:
        """The place of the token of these settings."""
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        hashed = hashlib.sha256(secret.encode()).hexdigest()
        key = (settings.token_address, settings.client_id, hashed, settings.scope, settings.audience)
        token = self._tokens.setdefault(key, CachedToken())
        self._tokens.move_to_end(key)
        if len(self._tokens) > MOST_TOKENS:
            self._tokens.popitem(last=False)
        return token
