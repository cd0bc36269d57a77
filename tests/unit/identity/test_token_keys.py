"""The key that signs tokens, and tokens that were made elsewhere."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from distro_core.clock import SystemClock
from distro_core.identity.tokens import KEY_FILE, TokenPurpose, TokenSigner, digest, open_token_signer
from distro_core.settings import Settings
from distro_sdk.errors import DomainError

KEY = b"a key of more than 32 bytes, for tests"
CLAIMS = {"sub": "somebody"}


def code_of(signer: TokenSigner, purpose: TokenPurpose, token: str) -> str:
    with pytest.raises(DomainError) as refusal:
        signer.read(purpose, token)
    return refusal.value.code


def test_a_token_of_another_key_or_algorithm_is_refused() -> None:
    signer = TokenSigner(KEY, SystemClock())
    claims = {**CLAIMS, "iss": "stardust-distro", "aud": "access", "exp": 4_000_000_000}
    other_key = jwt.encode(
        {"alg": "HS256"}, claims, OctKey.import_key(b"another key of more than 32 bytes."), ["HS256"]
    )
    other_hash = jwt.encode({"alg": "HS512"}, claims, OctKey.import_key(KEY), ["HS512"])
    curve = jwt.encode({"alg": "ES256"}, claims, ECKey.generate_key("P-256"), ["ES256"])
    right = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(KEY), ["HS256"])

    assert signer.read(TokenPurpose.ACCESS, right)["sub"] == "somebody"
    for token in (other_key, other_hash, curve):
        assert code_of(signer, TokenPurpose.ACCESS, token) == "TOKEN_INVALID"


@pytest.mark.parametrize("missing", ["iss", "aud", "exp"])
def test_a_token_must_say_who_made_it_for_what_and_until_when(missing: str) -> None:
    claims = {**CLAIMS, "iss": "stardust-distro", "aud": "access", "exp": 4_000_000_000}
    del claims[missing]

    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(KEY), ["HS256"])

    assert code_of(TokenSigner(KEY, SystemClock()), TokenPurpose.ACCESS, token) == "TOKEN_INVALID"


def test_the_key_of_the_settings_is_shared_by_all_machines(tmp_path: Path) -> None:
    settings = [Settings(_env_file=None, data_dir=tmp_path / name, auth_key="k" * 40) for name in ("one", "two")]
    one, two = (open_token_signer(each, SystemClock()) for each in settings)

    token, _ = one.sign(TokenPurpose.ACCESS, CLAIMS, timedelta(minutes=5))

    assert two.read(TokenPurpose.ACCESS, token)["sub"] == "somebody"
    assert not (tmp_path / "one").exists()


def test_a_key_file_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    first = open_token_signer(settings, SystemClock())
    token, _ = first.sign(TokenPurpose.ACCESS, CLAIMS, timedelta(minutes=5))
    file = settings.data_path / KEY_FILE

    second = open_token_signer(settings, SystemClock())

    assert second.read(TokenPurpose.ACCESS, token)["sub"] == "somebody"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text()) == 64
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_race_for_the_key_file_end_up_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = set(pool.map(_sign, [str(tmp_path)] * 8))

    assert len(keys) == 1


def _sign(folder: str) -> str:
    settings = Settings(_env_file=None, data_dir=Path(folder))
    open_token_signer(settings, SystemClock())
    return (settings.data_path / KEY_FILE).read_text()


def test_what_is_stored_of_a_secret_does_not_tell_it() -> None:
    assert digest("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
