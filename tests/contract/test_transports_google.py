"""The Google Cloud transport on an emulator of the storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest
from pydantic import BaseModel

from distro_plugins.google_cloud import GoogleCloudSettings, GoogleCloudTransport
from distro_sdk.errors import ErrorCategory
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import free_port
from tests.object_servers import ObjectServer, google_storage

BUCKET = "label-deliveries"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with google_storage(tmp_path_factory.mktemp("google"), BUCKET) as running:
        yield running


@pytest.mark.proves("PRO-06", "PRO-07")
class TestGoogleCloudOnEmulator(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return GoogleCloudTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return GoogleCloudTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, server: ObjectServer) -> BaseModel:
        known = {"bucket": BUCKET, "token": "any", "endpoint": server.url, "prefix": uuid4().hex}
        return GoogleCloudSettings.model_validate(known)

    @pytest.fixture
    def refusals(self, configuration: GoogleCloudSettings) -> Sequence[Refusal]:
        def but(**others: str) -> GoogleCloudSettings:
            return configuration.model_copy(update=others)

        nobody = but(endpoint=f"http://127.0.0.1:{free_port()}")
        nowhere = but(endpoint="https://storage.invalid")
        return [
            Refusal("no such bucket", but(bucket="no-such-bucket"), ErrorCategory.UNKNOWN, retryable=False),
            Refusal("nobody listens", nobody, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
            Refusal("no such host", nowhere, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
        ]
