"""How the parts of a large file travel, and how each is proved to have arrived: by its ETag, or its MD5 beside it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from distro_plugins.s3 import S3Settings, S3Transport, multipart
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.object_storage.parts import MEBIBYTE
from distro_sdk.testing.sources import PatternSource
from distro_sdk.transports import FileSource
from tests.object_servers import LocalFile, s3_error, scripted_storage

SOURCE = PatternSource(41 * MEBIBYTE)
PARTS = 6

DISTANCE = 0.1
"""Seconds that an answer of a bucket takes that waits for parts."""

PartAnswer = Callable[[int, bytes, bool], web.StreamResponse]


@dataclass
class Bucket:
    """Takes one object in parts. `announced`: the parts that came with their MD5, in their order; `steps`: the rest.

    `awaited`: the parts that it wants at a time before it answers the first; `most_under_way`: the most that it had.
    """

    answer_part: PartAnswer
    awaited: int = 0
    under_way: int = 0
    most_under_way: int = 0
    announced: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    _complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        """Answer as S3 does."""
        if request.method == "PUT":
            await self._hold_part()
            number, with_md5 = int(request.query["partNumber"]), "Content-MD5" in request.headers
            (self.announced if with_md5 else self.silent).append(number)
            return self.answer_part(number, body, with_md5)
        await asyncio.sleep(DISTANCE if self.awaited else 0)
        if request.method == "GET":
            return web.Response(text="<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        if "uploads" in request.query:
            return web.Response(text="<R><UploadId>1</UploadId></R>")
        self.steps.append("complete" if request.method == "POST" else "abort")
        return web.Response(text="<R><ETag>none</ETag></R>")

    async def _hold_part(self) -> None:
        """Wait until the awaited parts are there, then long enough for one too many to come."""
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        if self.awaited:
            if self.under_way >= self.awaited:
                self._complete.set()
            await asyncio.wait_for(self._complete.wait(), 60)
            await asyncio.sleep(DISTANCE)
        self.under_way -= 1

    async def send(self, source: FileSource = SOURCE) -> None:
        """Send a large file."""

        async def ignore(_: int) -> None:
            return

        known = {"bucket": "label", "access_key": "key", "secret_key": "secret"}
        async with scripted_storage(self.answer) as storage:
            settings = S3Settings.model_validate(known | {"endpoint": storage.url})
            async with S3Transport().connect(settings) as session:
                await session.put("track.wav", source, ignore)


def tagged(etag: str) -> web.Response:
    return web.Response(headers={"ETag": f'"{etag}"'})


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


async def test_parts_need_no_md5_once_the_etag_has_proved_one() -> None:
    bucket = Bucket(lambda _, body, __: tagged(md5(body)))

    await bucket.send()

    assert sorted(bucket.announced + bucket.silent) == list(range(1, PARTS + 1))
    assert 1 in bucket.announced
    assert PARTS in bucket.silent
    assert bucket.steps == ["complete"]


async def test_a_part_that_came_with_no_md5_and_arrived_wrong_never_becomes_visible() -> None:
    bucket = Bucket(lambda _, body, with_md5: tagged(md5(body if with_md5 else body[:-1])))

    with pytest.raises(TransportError) as wrong:
        await bucket.send()

    assert (wrong.value.category, wrong.value.code, wrong.value.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "REMOTE_HASH_WRONG",
        True,
    )
    assert bucket.silent != []
    assert bucket.steps == ["abort"]


@pytest.mark.parametrize("etag", ["", "not-a-hash", "0" * 32])
async def test_every_part_comes_with_its_md5_where_etags_say_nothing(etag: str) -> None:
    encrypted = {"x-amz-server-side-encryption": "aws:kms"}
    bucket = Bucket(lambda *_: web.Response(headers={"ETag": etag, **encrypted}))

    await bucket.send()

    assert sorted(bucket.announced) == list(range(1, PARTS + 1))
    assert bucket.silent == []


async def test_a_part_whose_etag_proves_nothing_is_sent_again_with_its_md5() -> None:
    bucket = Bucket(lambda _, body, with_md5: tagged(md5(body) if with_md5 else "none"))

    await bucket.send()

    assert sorted(bucket.announced) == list(range(1, PARTS + 1))
    assert bucket.silent != []
    assert bucket.steps == ["complete"]


async def test_a_bucket_that_takes_no_part_without_its_md5_gets_it() -> None:
    """S3 says so of buckets that lock their objects."""

    def answer(_: int, body: bytes, with_md5: bool) -> web.StreamResponse:
        return tagged(md5(body)) if with_md5 else s3_error(400, "InvalidRequest")

    bucket = Bucket(answer)

    await bucket.send()

    assert sorted(bucket.announced) == list(range(1, PARTS + 1))
    assert len(bucket.silent) <= 2  # those that were under way when the first was refused
    assert bucket.steps == ["complete"]


@pytest.mark.parametrize(("near", "at_once"), [(60, 2), (0.005, 4)])
async def test_more_parts_travel_at_once_over_a_long_line(
    near: float, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "NEAR_SECONDS", near)
    bucket = Bucket(lambda _, body, __: tagged(md5(body)), awaited=at_once)
    track = tmp_path / "track.wav"
    with track.open("wb") as file:
        file.truncate(SOURCE.size)

    await bucket.send(LocalFile(track))

    assert bucket.most_under_way == at_once
    assert bucket.steps == ["complete"]
