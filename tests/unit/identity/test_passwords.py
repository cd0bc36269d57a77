"""Passwords: the policy, and hashes that tell nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from distro_core.identity import passwords
from distro_core.identity.passwords import MIN_DIFFERENT, MIN_LENGTH, check_password, hash_password, verify_password
from distro_sdk.errors import DomainError


@pytest.fixture(scope="module", autouse=True)
def _as_the_product_does(product_hasher: PasswordHasher) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", product_hasher)
        yield


@given(st.text(min_size=MIN_LENGTH, max_size=256).filter(lambda text: len(set(text)) >= MIN_DIFFERENT))
def test_any_long_and_varied_text_is_a_password(password: str) -> None:
    check_password(password)


@pytest.mark.parametrize(
    ("password", "code", "reason"),
    [
        ("short", "PASSWORD_TOO_SHORT", "the password has 5 characters, at least 12 are needed"),
        ("a" * 300, "PASSWORD_TOO_LONG", "a password has at most 256 characters"),
        ("ababababababab", "PASSWORD_TOO_SIMPLE", "the password needs at least 6 different characters"),
        ("ADA.LOVELACE@X", "PASSWORD_IS_EMAIL", "the password must not be the e-mail address"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason_and_place(password: str, code: str, reason: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_password(password, email="ada.lovelace@x", path=("new_password",))

    assert (refusal.value.code, refusal.value.message, refusal.value.path) == (code, reason, ("new_password",))


async def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = await hash_password("a long enough password"), await hash_password("a long enough password")

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert await verify_password(first, "a long enough password")
    assert not await verify_password(first, "another long password")


async def test_without_a_hash_or_with_a_broken_one_no_password_is_right() -> None:
    assert not await verify_password(None, "nobody has this password")
    assert not await verify_password("not a hash", "a long enough password")


async def test_a_password_is_not_cut() -> None:
    password = "p" * 250 + "123456"

    assert not await verify_password(await hash_password(password), password + "x")
