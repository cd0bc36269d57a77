"""Wrapping data keys with AWS KMS: the wrapping key never leaves it, and who a data key belongs to is bound in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from distro_plugins.aws_kms.settings import KmsSettings
from distro_sdk.errors import DomainError
from distro_sdk.keys import UNREADABLE, KeyOwner, WrappedKey


class KmsProvider:
    """A symmetric key of AWS KMS.

    `wrapping_key_id` of what it wraps is the key's ARN, so an alias may be pointed at another key: what the old one
    wrapped opens as long as it may still decrypt.
    """

    key = "aws-kms"

    def __init__(self, settings: KmsSettings) -> None:
        self._settings = settings

    async def current(self) -> str:
        """The ARN of the key that the operator named; raises KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED."""
        return str((await self._describe())["Arn"])

    async def state(self) -> str:
        """The state of that key, `Enabled` where it can be used; raises what `current` raises."""
        return str((await self._describe())["KeyState"])

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> WrappedKey:
        """Encrypt with KMS; raises KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED."""
        answer = await self._ask(
            "encrypt", KeyId=self._settings.key_id, Plaintext=data_key, EncryptionContext=_context(owner)
        )
        return WrappedKey(
            wrapping_key_id=str(answer["KeyId"]), ciphertext=base64.b64encode(answer["CiphertextBlob"]).decode()
        )

    async def unwrap(self, wrapped: WrappedKey, owner: KeyOwner) -> bytes:
        """Decrypt with the key that wrapped it.

        Raises SECRET_UNREADABLE, KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED.
        """
        try:
            ciphertext = base64.b64decode(wrapped.ciphertext, validate=True)
        except binascii.Error:
            ciphertext = b""
        if not ciphertext:
            raise DomainError(UNREADABLE, "a wrapped key is damaged")
        answer = await self._ask(
            "decrypt", KeyId=wrapped.wrapping_key_id, CiphertextBlob=ciphertext, EncryptionContext=_context(owner)
        )
        return bytes(answer["Plaintext"])

    async def _describe(self) -> Mapping[str, Any]:
        answer = await self._ask("describe_key", KeyId=self._settings.key_id)
        metadata: Mapping[str, Any] = answer["KeyMetadata"]
        return metadata

    async def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        # botocore takes longer to import than everything else: only who uses the service pays for it.
        from distro_plugins.aws_kms.client import ask  # noqa: PLC0415

        return await ask(self._settings, operation, parameters)


def _context(owner: KeyOwner) -> dict[str, str]:
    """Authenticated with the ciphertext, and written into the log of the key's use."""
    return {"stardust-distro:tenant": owner.tenant_id, "stardust-distro:data-key": owner.key_id}
