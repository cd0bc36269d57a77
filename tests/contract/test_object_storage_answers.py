"""No storage can fill the memory of a worker by the size of its answers."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from distro_plugins.azure_blob import AzureBlobSettings, AzureBlobTransport
from distro_plugins.google_cloud import GoogleCloudSettings, GoogleCloudTransport
from distro_plugins.s3 import S3Settings, S3Transport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.object_storage.answers import LARGEST_ANSWER
from distro_sdk.transports import TransportSession
from tests.object_servers import ACCESS_KEY, AZURE_KEY, SECRET_KEY, ScriptedStorage, scripted_storage

MEBIBYTE = 1 << 20
FLOOD = 64 * MEBIBYTE
ON_THE_WAY = 16 * MEBIBYTE
"""What may lie in the buffers of both sides of a connection when one gives up."""

TOO_LARGE = (ErrorCategory.UNKNOWN, "REMOTE_FILE_TOO_LARGE", False)
STORAGES = ("s3", "azure", "google")


def connecting(storage: str, url: str) -> AbstractAsyncContextManager[TransportSession]:
    """A session with a storage at this address."""
    if storage == "s3":
        keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        return S3Transport().connect(S3Settings.model_validate({"bucket": "label", "endpoint": url, **keys}))
    if storage == "azure":
        known = {"account_name": "label", "container_name": "incoming", "account_key": AZURE_KEY, "endpoint": url}
        return AzureBlobTransport().connect(AzureBlobSettings.model_validate(known))
    return GoogleCloudTransport().connect(
        GoogleCloudSettings.model_validate({"bucket": "label", "token": "ya29.token", "endpoint": url})
    )


@dataclass
class Flood:
    """Answers with far more than anybody may read. `sent`: bytes that the line took."""

    announced: bool
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    async def answer(self, request: web.BaseRequest, _: bytes) -> web.StreamResponse:
        """With `Content-Length` where that is announced, in chunks else."""
        response = web.StreamResponse(status=self.status, headers=self.headers)
        if self.announced:
            response.content_length = FLOOD
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        block = bytes(MEBIBYTE)
        try:
            while self.sent < FLOOD:
                await response.write(block)
                self.sent += len(block)
        except ConnectionError:
            request.protocol.force_close()
        return response


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
@pytest.mark.parametrize("storage", STORAGES)
async def test_an_answer_that_never_ends_is_given_up_and_not_asked_for_again(storage: str, announced: bool) -> None:
    flood = Flood(announced)
    async with scripted_storage(flood.answer) as server:
        with pytest.raises(TransportError) as refused:
            async with connecting(storage, server.url) as session:
                await session.list("")

    assert verdict(refused.value) == TOO_LARGE
    assert len(server.requests) == 1
    assert flood.sent <= LARGEST_ANSWER + ON_THE_WAY


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
@pytest.mark.parametrize("storage", ["s3", "azure"])
async def test_a_refusal_that_never_ends_is_given_up(storage: str, announced: bool) -> None:
    flood = Flood(announced, status=403)
    async with scripted_storage(flood.answer) as server:
        with pytest.raises(TransportError) as refused:
            async with connecting(storage, server.url):
                raise AssertionError("connected")

    assert verdict(refused.value) == TOO_LARGE
    assert flood.sent <= LARGEST_ANSWER + ON_THE_WAY


GREETINGS = {
    "s3": "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
    "azure": "<?xml version='1.0'?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>",
    "google": "{}",
}


@pytest.fixture(params=STORAGES)
async def flooded(request: pytest.FixtureRequest) -> AsyncIterator[tuple[TransportSession, Flood]]:
    """A session with a storage that greets well, and then sends one file of which it does not say the size."""
    storage = str(request.param)
    # Azure's client takes the size from here; it is one that may be read.
    flood = Flood(announced=False, status=206 if storage == "azure" else 200)
    flood.headers = {"Content-Range": "bytes 0-99/100", "x-ms-blob-type": "BlockBlob"} if storage == "azure" else {}
    server: ScriptedStorage

    async def answer(asked: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if len(server.requests) > 1:
            return await flood.answer(asked, body)
        kind = "application/json" if storage == "google" else "application/xml"
        return web.Response(text=GREETINGS[storage], content_type=kind)

    async with scripted_storage(answer) as server, connecting(storage, server.url) as session:
        yield session, flood


async def test_a_file_is_read_up_to_its_largest_size(flooded: tuple[TransportSession, Flood]) -> None:
    session, flood = flooded

    with pytest.raises(TransportError) as refused:
        await session.read("acknowledgement.xml", max_size=MEBIBYTE)

    assert verdict(refused.value) == TOO_LARGE
    assert flood.sent <= LARGEST_ANSWER + ON_THE_WAY


async def test_a_file_that_is_larger_than_other_answers_may_be_is_read_where_that_is_asked_for() -> None:
    content = bytes(range(256)) * (LARGEST_ANSWER // 256 + 4096)

    async def answer(asked: web.BaseRequest, _: bytes) -> web.StreamResponse:
        if "list-type" in asked.raw_path:
            return web.Response(text=GREETINGS["s3"], content_type="application/xml")
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(asked)
        await response.write(content)
        return response

    async with scripted_storage(answer) as server, connecting("s3", server.url) as session:
        assert await session.read("report.csv", max_size=len(content)) == content
        with pytest.raises(TransportError) as refused:
            await session.read("report.csv", max_size=len(content) - 1)

    assert verdict(refused.value) == TOO_LARGE


@pytest.mark.parametrize("storage", ["s3", "azure"])
async def test_a_small_answer_that_would_unpack_to_a_large_one_is_not_unpacked(storage: str) -> None:
    packed = gzip.compress(bytes(FLOOD))
    asked: list[Any] = []

    async def answer(request: web.BaseRequest, _: bytes) -> web.StreamResponse:
        asked.append(request.headers["Accept-Encoding"])
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"}, content_type="application/xml")

    async with scripted_storage(answer) as server:
        with pytest.raises(TransportError, match="is compressed") as refused:
            async with connecting(storage, server.url):
                raise AssertionError("connected")

    assert (refused.value.code, asked) == ("REMOTE_FAILURE", ["identity"])
