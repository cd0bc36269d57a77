"""One call of AWS KMS, with every way in which it fails."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from aiobotocore.session import AioSession  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from distro_plugins.aws_kms.settings import KmsSettings
from distro_sdk.errors import DomainError
from distro_sdk.keys import SERVICE_REFUSED, SERVICE_UNAVAILABLE, UNREADABLE

_UNREADABLE: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_REFUSED: Final = frozenset(
    {
        *("AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"),
        *("IncompleteSignature", "InvalidClientTokenId", "MissingAuthenticationToken", "OptInRequired"),
        *("NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException"),
        *("InvalidArnException", "InvalidGrantTokenException", "ValidationException"),
    }
)
"""What the operator has to mend; every other code is taken for something that may pass."""


async def ask(settings: KmsSettings, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What KMS answers.

    Raises `DomainError` SECRET_UNREADABLE, KEY_SERVICE_REFUSED or KEY_SERVICE_UNAVAILABLE; no message holds a key.
    """
    secret, token = settings.secret_key, settings.session_token
    try:
        async with _session().create_client(
            "kms",
            region_name=settings.region,
            endpoint_url=settings.endpoint,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=None if secret is None else secret.get_secret_value(),
            aws_session_token=None if token is None else token.get_secret_value(),
            config=AioConfig(
                retries={"mode": "standard", "total_max_attempts": settings.attempts},
                connect_timeout=settings.timeout,
                read_timeout=settings.timeout,
                ignore_configured_endpoint_urls=True,
            ),
        ) as client:
            answer: dict[str, Any] = await getattr(client, operation)(**parameters)
            return answer
    except ClientError as error:
        # The cause is left out: its traceback would show the request.
        raise _refusal(operation, error) from None
    except (NoCredentialsError, PartialCredentialsError, ParamValidationError) as error:
        raise DomainError(SERVICE_REFUSED, f"AWS KMS cannot be asked: {type(error).__name__}") from None
    except (BotoCoreError, OSError) as error:
        raise DomainError(SERVICE_UNAVAILABLE, f"AWS KMS gives no answer: {type(error).__name__}") from None


@cache
def _session() -> AioSession:
    """Holds botocore's description of KMS, whose reading takes longer than connecting."""
    return AioSession()


def _refusal(operation: str, error: ClientError) -> DomainError:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))[:100]
    if code in _UNREADABLE:
        return DomainError(
            UNREADABLE, "AWS KMS cannot open a wrapped key: it was changed, or wrapped for another owner"
        )
    if code in _REFUSED:
        # Its message names accounts and roles, which is nothing for tenants; CloudTrail has it for the operator.
        return DomainError(SERVICE_REFUSED, f"AWS KMS refuses {operation}: {code}")
    return DomainError(SERVICE_UNAVAILABLE, f"AWS KMS cannot {operation} now: {code}")
