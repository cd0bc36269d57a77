"""Signed tokens: each opens one thing, unchanged, until its end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.identity.tokens import MAX_TOKEN_LENGTH, TokenPurpose, TokenSigner
from distro_sdk.errors import DomainError
from distro_sdk.testing.clock import SettableClock

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
LIFETIME = timedelta(minutes=5)
CLAIMS = {"sub": "somebody", "tenant": "label-a"}


def refusal(signer: TokenSigner, purpose: TokenPurpose, token: str) -> tuple[str, tuple[str | int, ...]]:
    """Code and path with which a token is refused."""
    with pytest.raises(DomainError) as refused:
        signer.read(purpose, token)
    return refused.value.code, refused.value.path


@pytest.mark.parametrize("purpose", TokenPurpose)
def test_a_token_says_what_was_signed_until_its_end_and_not_after(purpose: TokenPurpose) -> None:
    clock = SettableClock()
    signer = TokenSigner(KEY, clock)
    token, ends = signer.sign(purpose, CLAIMS, LIFETIME)

    clock.advance(LIFETIME - timedelta(seconds=1))
    claims = signer.read(purpose, token)
    clock.advance(timedelta(seconds=2))

    assert ends == SettableClock().now() + LIFETIME
    assert {name: claims[name] for name in CLAIMS} == CLAIMS
    assert refusal(signer, purpose, token) == ("TOKEN_EXPIRED", ())


@pytest.mark.parametrize("signed_for", TokenPurpose)
@pytest.mark.parametrize("used_for", TokenPurpose)
def test_a_token_opens_nothing_but_what_it_was_signed_for(signed_for: TokenPurpose, used_for: TokenPurpose) -> None:
    signer = TokenSigner(KEY, SettableClock())
    token, _ = signer.sign(signed_for, CLAIMS, LIFETIME)

    if signed_for is used_for:
        assert signer.read(used_for, token)["sub"] == "somebody"
    else:
        assert refusal(signer, used_for, token) == ("TOKEN_INVALID", ())


def test_another_installation_signs_with_another_key() -> None:
    token, _ = TokenSigner(OTHER_KEY, SettableClock()).sign(TokenPurpose.ACCESS, CLAIMS, LIFETIME)

    assert refusal(TokenSigner(KEY, SettableClock()), TokenPurpose.ACCESS, token) == ("TOKEN_INVALID", ())


@given(text=st.text(max_size=200))
def test_any_other_text_is_refused(text: str) -> None:
    signer = TokenSigner(KEY, SettableClock())

    assert refusal(signer, TokenPurpose.ACCESS, text) == ("TOKEN_INVALID", ())


def test_a_text_that_is_too_long_is_refused_before_it_is_decoded() -> None:
    signer = TokenSigner(KEY, SettableClock())
    token, _ = signer.sign(TokenPurpose.ACCESS, {**CLAIMS, "more": "x" * MAX_TOKEN_LENGTH}, LIFETIME)

    assert refusal(signer, TokenPurpose.ACCESS, token) == ("TOKEN_INVALID", ())
