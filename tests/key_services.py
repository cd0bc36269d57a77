"""AWS KMS on this machine, for tests: moto's server, with keys of its own for each test."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]

from distro_plugins.aws_kms.provider import KmsProvider
from distro_plugins.aws_kms.settings import KmsSettings
from tests.object_servers import ACCESS_KEY, SECRET_KEY, ObjectServer

REGION = "eu-central-1"


def kms_client(server: ObjectServer) -> Any:
    """What an operator manages keys with."""
    return boto3.client(
        "kms",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def kms_settings(server: ObjectServer, key_id: str, **changes: Any) -> dict[str, Any]:
    """What an operator sets for the plugin."""
    given = {"key_id": key_id, "region": REGION, "endpoint": server.url, "attempts": 1}
    return {**given, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, **changes}


def kms_provider(server: ObjectServer, key_id: str, **changes: Any) -> KmsProvider:
    """The provider as the plugin makes it."""
    return KmsProvider(KmsSettings.model_validate(kms_settings(server, key_id, **changes)))


def new_key(server: ObjectServer) -> str:
    """The ARN of a fresh key."""
    return str(kms_client(server).create_key()["KeyMetadata"]["Arn"])
