"""How often somebody may try to sign in.

Every attempt is counted before the password is looked at, in one atomic operation, so that a burst of parallel
attempts counts as many. A successful sign-in forgets the count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from distro_core.clock import Clock
from distro_core.identity.documents import SignInAttemptsDocument
from distro_core.identity.tokens import digest
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

MAX_ATTEMPTS = 10
WINDOW = timedelta(minutes=15)


class SignInThrottle:
    """Counts attempts per e-mail address and network address."""

    def __init__(self, control: ControlStore, clock: Clock) -> None:
        self._attempts = control.collection(SignInAttemptsDocument).raw
        self._clock = clock

    async def count(self, email: str, address: str) -> None:
        """Count one attempt; raises SIGN_IN_THROTTLED when there were too many in the last quarter of an hour."""
        now = self._clock.now()
        try:
            count, ends = await self._add_one(_key(email, address), now)
        except DuplicateKeyError:
            # Two first attempts at the same moment: one inserted the count, so this one finds it now.
            count, ends = await self._add_one(_key(email, address), now)
        if count > MAX_ATTEMPTS:
            wait = max(1, round((ends - now).total_seconds()))
            raise DomainError("SIGN_IN_THROTTLED", f"too many attempts to sign in; try again in {wait} seconds")

    async def forget(self, email: str, address: str) -> None:
        """Start anew after a successful sign-in."""
        await self._attempts.delete_one({"_id": _key(email, address)})

    async def _add_one(self, key: str, now: datetime) -> tuple[int, datetime]:
        fresh = {"$gt": ["$expires_at", now]}
        added = await self._attempts.find_one_and_update(
            {"_id": key},
            [
                {
                    "$set": {
                        "count": {"$cond": [fresh, {"$add": ["$count", 1]}, 1]},
                        "expires_at": {"$cond": [fresh, "$expires_at", now + WINDOW]},
                    }
                }
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return added["count"], added["expires_at"]


def _key(email: str, address: str) -> str:
    return digest(f"{email.casefold()}\n{address}")
