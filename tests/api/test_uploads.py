"""Sending files to a signed address and fetching them from one."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from distro_api.graphql.ids import local_id
from distro_core.assets.documents import AssetDocument
from distro_core.assets.service import AssetService
from distro_core.identity.tokens import TokenPurpose, open_token_signer
from distro_core.platform import Platform
from distro_core.scope import Scope
from tests.api.client import Client
from tests.api.conftest import serve_api
from tests.unit.assets.corpus import picture, sound

WAV = sound(seconds=1)
COVER = picture("JPEG", size=(3000, 3000))
ASSET = """query($id: ID!) { asset(id: $id) {
  kind fileName size downloadUrl hashes { sha256 } audio { duration } image { width }
} }"""


async def address(client: Client, kind: str = "audio", file_name: str = "one.wav", **more: Any) -> str:
    """Where the API wants a file sent."""
    made = await client.mutate(
        "uploadCreate", "upload { url expiresAt maxSize }", kind=kind, fileName=file_name, **more
    )
    assert made["errors"] == []
    url: str = made["upload"]["url"]
    return url


async def blocks(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    """Content in blocks, so that its length is not declared."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def count(scope: Scope) -> int:
    return await scope.store.collection(AssetDocument).count({})


@pytest.mark.proves("API-08", "API-09", "AST-15")
@pytest.mark.parametrize(
    ("kind", "file_name", "content"), [("audio", "one.wav", WAV), ("image", "cover.jpg", COVER)], ids=["audio", "image"]
)
async def test_a_file_is_sent_and_comes_back_the_same(
    admin_a: Client, kind: str, file_name: str, content: bytes
) -> None:
    sent = await admin_a.http.put(await address(admin_a, kind, file_name), content=blocks(content))
    asset = sent.json()["asset"]
    shown = (await admin_a.data(ASSET, id=asset["id"]))["asset"]
    fetched = await admin_a.http.get(shown["downloadUrl"])

    assert sent.status_code == 201
    assert asset["hashes"]["sha256"] == shown["hashes"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert (shown["kind"], shown["fileName"], shown["size"]) == (kind, file_name, len(content))
    assert fetched.content == content
    assert fetched.headers["content-disposition"] == f"attachment; filename*=UTF-8''{file_name}"
    assert fetched.headers["content-type"] == {"audio": "audio/wav", "image": "image/jpeg"}[kind]
    assert fetched.headers["x-content-type-options"] == "nosniff"


async def test_curl_can_send_a_file(admin_a: Client, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    file = tmp_path / "one.wav"
    file.write_bytes(WAV)

    process = await asyncio.create_subprocess_exec(
        curl, "-sS", "-T", str(file), await address(admin_a), stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate()

    assert b'"errors":[]' in answer


WRONG = [
    ("audio", "one.wav", COVER, "KIND_MISMATCH"),
    ("audio", "one.flac", WAV, "CONTENT_MISMATCH"),
    ("image", "cover.png", COVER, "CONTENT_MISMATCH"),
    ("audio", "one.wav", WAV[: len(WAV) // 2], "FILE_TRUNCATED"),
    ("audio", "one.wav", b"", "FILE_EMPTY"),
    ("audio", "one.wav", b"just some text, no audio at all", "FILE_TYPE_UNKNOWN"),
]


@pytest.mark.proves("AST-10", "SEC-11")
@pytest.mark.parametrize("wrong", WRONG, ids=[f"{code} {name}" for _, name, _, code in WRONG])
async def test_a_file_that_is_not_what_it_says_is_refused_and_forgotten(
    label_a: Scope, admin_a: Client, wrong: tuple[str, str, bytes, str]
) -> None:
    kind, file_name, content, code = wrong

    sent = await admin_a.http.put(await address(admin_a, kind, file_name), content=content)

    assert sent.status_code == 422
    assert [error["code"] for error in sent.json()["errors"]] == [code]
    assert await count(label_a) == 0


@pytest.mark.proves("AST-09")
async def test_a_file_that_is_too_large_is_refused_however_it_is_sent(
    platform: Platform, http: httpx2.AsyncClient, label_a: Scope, admin_a: Client
) -> None:
    async with serve_api(platform, max_audio_bytes=len(WAV) - 1) as url:
        small = Client(http, url, admin_a.token)
        asked = await small.mutate("uploadCreate", "upload { url }", kind="audio", fileName="a.wav", size=len(WAV))
        declared = await http.put(await address(small), content=WAV)
        undeclared = await http.put(await address(small), content=blocks(WAV))
    async with serve_api(platform, max_audio_bytes=len(WAV)) as url:
        exact = await http.put(await address(Client(http, url, admin_a.token)), content=blocks(WAV))

    assert [(error["code"], error["path"]) for error in asked["errors"]] == [("FILE_TOO_LARGE", ["size"])]
    assert declared.status_code == undeclared.status_code == 413
    assert declared.json()["errors"][0]["extensions"]["code"] == "FILE_TOO_LARGE"
    assert exact.status_code == 201
    assert await count(label_a) == 1


@pytest.mark.proves("AST-08")
async def test_a_file_name_is_for_people_only(label_a: Scope, admin_a: Client) -> None:
    url = await address(admin_a, file_name="../../etc/\u202epass\x00wd/one.wav")

    asset = (await admin_a.http.put(url, content=WAV)).json()["asset"]
    stored = await AssetService(label_a).get(local_id("Asset", asset["id"]))

    assert "/" not in asset["fileName"]
    assert asset["fileName"].endswith("one.wav")
    assert stored.object_key == f"{label_a.tenant_key}/assets/{stored.id}"


@pytest.mark.proves("AST-11")
async def test_an_address_is_good_for_its_purpose_and_time_only(
    platform: Platform, label_a: Scope, label_b: Scope, admin_a: Client
) -> None:
    signer = open_token_signer(platform.settings, platform.clock)
    asset = (await admin_a.http.put(await address(admin_a), content=WAV)).json()["asset"]
    asset_id = local_id("Asset", asset["id"])
    upload = (await address(admin_a)).rpartition("/")[2]
    grant = {"sub": "x", "tenant": label_a.tenant_id, "kind": "audio", "name": "one.wav"}
    late_upload, _ = signer.sign(TokenPurpose.UPLOAD, grant, timedelta(seconds=-1))
    unknown_kind, _ = signer.sign(TokenPurpose.UPLOAD, {**grant, "kind": "smell"}, timedelta(minutes=1))
    late, _ = signer.sign(TokenPurpose.DOWNLOAD, {"sub": asset_id, "tenant": label_a.tenant_id}, timedelta(seconds=-1))
    foreign, _ = signer.sign(
        TokenPurpose.DOWNLOAD, {"sub": asset_id, "tenant": label_b.tenant_id}, timedelta(minutes=1)
    )

    puts = {
        token: await admin_a.http.put(f"{admin_a.url}/uploads/{token}", content=WAV)
        for token in (late_upload, unknown_kind, "nonsense", admin_a.token)
    }
    gets = {
        token: await admin_a.http.get(f"{admin_a.url}/downloads/{token}")
        for token in (late, foreign, upload, "nonsense", admin_a.token)
    }

    assert {token: answer.status_code for token, answer in puts.items()} == dict.fromkeys(puts, 403)
    assert {token: answer.status_code for token, answer in gets.items()} == {**dict.fromkeys(gets, 403), foreign: 404}
    assert gets[late].json()["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
    assert await count(label_a) == 1
    assert await count(label_b) == 0


async def test_a_file_that_storage_lost_is_told(platform: Platform, label_a: Scope, admin_a: Client) -> None:
    asset = (await admin_a.http.put(await address(admin_a), content=WAV)).json()["asset"]
    stored = await AssetService(label_a).get(local_id("Asset", asset["id"]))
    await platform.objects.delete(stored.object_key)
    shown = (await admin_a.data(ASSET, id=asset["id"]))["asset"]

    fetched = await admin_a.http.get(shown["downloadUrl"])

    assert fetched.status_code == 404
    assert fetched.json()["errors"][0]["extensions"]["code"] == "OBJECT_MISSING"


async def test_who_breaks_off_leaves_nothing_behind(label_a: Scope, admin_a: Client) -> None:
    url = await address(admin_a)

    async def broken() -> AsyncIterator[bytes]:
        yield WAV[:10_000]
        raise OSError("the cable was cut")

    with pytest.raises(OSError, match="the cable was cut"):
        await admin_a.http.put(url, content=broken())
    again = await admin_a.http.put(url, content=WAV)

    assert again.status_code == 201
    assert await count(label_a) == 1


@pytest.mark.proves("API-10")
async def test_assets_are_listed_and_deleted(label_a: Scope, admin_a: Client) -> None:
    audio = (await admin_a.http.put(await address(admin_a), content=WAV)).json()["asset"]
    cover = (await admin_a.http.put(await address(admin_a, "image", "cover.jpg"), content=COVER)).json()["asset"]
    tracks = [{"title": "T", "audioAssetId": audio["id"]}]
    await admin_a.mutate("releaseCreate", "release { id }", title="R", displayArtist="A", tracks=tracks)

    images = await admin_a.data("{ assets(kind: image) { nodes { id } } }")
    used = await admin_a.mutate("assetDelete", "deletedId", id=audio["id"])
    deleted = await admin_a.mutate("assetDelete", "deletedId", id=cover["id"])

    assert images["assets"]["nodes"] == [{"id": cover["id"]}]
    assert [error["code"] for error in used["errors"]] == ["ASSET_IN_USE"]
    assert deleted == {"deletedId": cover["id"], "errors": []}
    assert await count(label_a) == 1
