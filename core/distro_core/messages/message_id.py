"""Message ids: unique for ever, and kept with the delivery so that every attempt tells the same one (row ERN-11)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new_message_id() -> str:
    """An id such as ``MSG-2026-11-21-5F1C0A9B3D2E4F60``: the day for people, 64 random bits for uniqueness."""
    return f"MSG-{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(8).upper()}"
