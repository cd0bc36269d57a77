"""The Azure transport on azurite, Azure's own emulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceExistsError
from pydantic import BaseModel

from distro_plugins.azure_blob import AzureBlobSettings, AzureBlobTransport
from distro_plugins.azure_blob.client import open_client
from distro_sdk.errors import ErrorCategory
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import free_port
from tests.object_servers import AZURE_ACCOUNT, AZURE_KEY, ObjectServer, azurite, azurite_command

CONTAINER = "label-deliveries"
WRONG_KEY = "d3Jvbmc="


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    if azurite_command() is None:
        pytest.skip("azurite is not on this machine (make azurite)")
    with azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.mark.proves("PRO-04", "PRO-07")
class TestAzureOnAzurite(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return AzureBlobTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return AzureBlobTransport(AddressPolicy())

    @pytest.fixture
    async def configuration(self, server: ObjectServer) -> BaseModel:
        working = AzureBlobSettings.model_validate(
            {
                "account_name": AZURE_ACCOUNT,
                "account_key": AZURE_KEY,
                "container_name": CONTAINER,
                "endpoint": server.url,
                "prefix": uuid4().hex,
            }
        )
        async with open_client(working, AddressPolicy.everywhere()) as client:
            with suppress(ResourceExistsError):
                await client.create_container()
        return working

    @pytest.fixture
    def refusals(self, configuration: AzureBlobSettings) -> Sequence[Refusal]:
        def but(**others: object) -> AzureBlobSettings:
            return AzureBlobSettings.model_validate(configuration.model_dump() | others)

        return [
            Refusal("a wrong key", but(account_key=WRONG_KEY), ErrorCategory.AUTH_INVALID, retryable=False),
            Refusal("no such container", but(container_name="no-such"), ErrorCategory.UNKNOWN, retryable=False),
            Refusal(
                "nobody listens",
                but(endpoint=f"http://127.0.0.1:{free_port()}"),
                ErrorCategory.NETWORK_CONNECTIVITY,
                retryable=True,
            ),
            Refusal(
                "no such host",
                but(endpoint="https://storage.invalid"),
                ErrorCategory.NETWORK_CONNECTIVITY,
                retryable=True,
            ),
        ]
