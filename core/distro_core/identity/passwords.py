"""Passwords: which are good enough, how they are hashed and how they are checked.

Hashing is argon2id with OWASP's memory-saving parameters (19 MiB, 2 passes); it runs in two threads of its own, so that
many sign-ins at once cost neither the event loop nor the process's memory.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from distro_sdk.errors import DomainError

MIN_LENGTH = 12
MAX_LENGTH = 256
MIN_DIFFERENT = 6

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def check_password(password: str, *, email: str = "", path: tuple[str, ...] = ("password",)) -> None:
    """Refuse a password that is too easy to guess; raises PASSWORD_TOO_SHORT, _TOO_LONG, _TOO_SIMPLE or _IS_EMAIL.

    Length counts, not character classes (NIST SP 800-63B, 5.1.1.2). `path`: where the password stands in the input.
    """
    if len(password) < MIN_LENGTH:
        message = f"the password has {len(password)} characters, at least {MIN_LENGTH} are needed"
        raise DomainError("PASSWORD_TOO_SHORT", message, path)
    if len(password) > MAX_LENGTH:
        raise DomainError("PASSWORD_TOO_LONG", f"a password has at most {MAX_LENGTH} characters", path)
    if len(set(password)) < MIN_DIFFERENT:
        message = f"the password needs at least {MIN_DIFFERENT} different characters"
        raise DomainError("PASSWORD_TOO_SIMPLE", message, path)
    name = email.partition("@")[0]
    if email and password.casefold() in {email.casefold(), name.casefold()}:
        raise DomainError("PASSWORD_IS_EMAIL", "the password must not be the e-mail address", path)


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed; without a hash it takes as long and is False."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _matches, password_hash, password[: MAX_LENGTH + 1])


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
