"""What every key provider must be able to do, as a suite to subclass."""

from __future__ import annotations

import base64

import pytest

from distro_sdk.errors import DomainError
from distro_sdk.keys import UNREADABLE, KeyOwner, KeyProvider

DATA_KEY = bytes(range(32))
OWNER = KeyOwner("5f0c", "a1b2")
OTHERS = (KeyOwner("5f0d", "a1b2"), KeyOwner("5f0c", "a1b3"), KeyOwner("", ""))


class KeyProviderConformance:
    """Subclass it as `Test…` and override the fixture; the provider's service runs."""

    @pytest.fixture
    def provider(self) -> KeyProvider:
        """The provider under test."""
        raise NotImplementedError("override the fixture `provider` with the provider under test")

    async def test_wraps_under_its_current_key_and_opens_again(self, provider: KeyProvider) -> None:
        wrapped = await provider.wrap(DATA_KEY, OWNER)

        assert provider.key
        assert wrapped.wrapping_key_id == await provider.current()
        assert await provider.unwrap(wrapped, OWNER) == DATA_KEY

    async def test_what_it_wraps_tells_nothing_of_the_key(self, provider: KeyProvider) -> None:
        first, second = [await provider.wrap(DATA_KEY, OWNER) for _ in range(2)]

        assert first.ciphertext != second.ciphertext
        for written in (DATA_KEY.hex(), base64.b64encode(DATA_KEY).decode()):
            assert written not in first.model_dump_json()
        assert DATA_KEY not in base64.b64decode(first.ciphertext)

    async def test_opens_for_its_owner_alone(self, provider: KeyProvider) -> None:
        wrapped = await provider.wrap(DATA_KEY, OWNER)

        for other in OTHERS:
            with pytest.raises(DomainError) as refused:
                await provider.unwrap(wrapped, other)
            assert refused.value.code == UNREADABLE, other

    async def test_does_not_open_what_was_changed(self, provider: KeyProvider) -> None:
        wrapped = await provider.wrap(DATA_KEY, OWNER)
        content = bytearray(base64.b64decode(wrapped.ciphertext))
        content[-1] ^= 1

        for changed in (base64.b64encode(content).decode(), "", "no base64"):
            with pytest.raises(DomainError) as refused:
                await provider.unwrap(wrapped.model_copy(update={"ciphertext": changed}), OWNER)
            assert refused.value.code == UNREADABLE, changed
