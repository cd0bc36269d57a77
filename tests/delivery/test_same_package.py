"""One release on every protocol: the same package arrives, and cloud storages keep whose it is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from aiohttp import web
from azure.storage.blob.aio import ContainerClient
from pydantic import SecretStr

from distro_core.delivery.documents import DeliveryDocument, TransferStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.exchange_servers import asyncssh_server
from tests.ftp_servers import PASSWORD as FTP_PASSWORD
from tests.ftp_servers import open_folder, pyftpdlib
from tests.http_receiver import http_receiver
from tests.object_servers import (
    ACCESS_KEY,
    AZURE_ACCOUNT,
    AZURE_KEY,
    SECRET_KEY,
    azurite,
    azurite_command,
    google_storage,
    list_objects,
    moto,
    read_object,
    scripted_storage,
)

BUCKET = "label-deliveries"
CREATED = re.compile(rb"(?<=DateTime>)[^<]+")

Files = dict[str, bytes]
Labels = dict[str, dict[str, str]]


@pytest.mark.slow
@pytest.mark.proves("PRO-03", "PRO-08")
async def test_the_same_package_arrives_on_every_protocol(label: Label, tmp_path: Path) -> None:
    release = await label.release()

    async def deliver(**fields: Any) -> DeliveryDocument:
        target = await label.target(name=f"By {fields['transport']}", **fields)
        delivery = await label.deliver([release.id], target.id)
        assert delivery.status is Status.DISTRIBUTED, delivery.error
        return delivery

    arrived: dict[str, Files] = {}
    made = await deliver(transport="local-folder", settings={"directory": str(label.folder)})
    arrived["local-folder"] = plain(made, on_disk(label.folder))
    with open_folder() as folder, pyftpdlib(folder, None) as ftp:
        settings = ftp.settings("in").model_dump(mode="json", exclude={"password"}, exclude_defaults=True)
        made = await deliver(transport="ftp", settings=settings, secrets={"password": SecretStr(FTP_PASSWORD)})
        arrived["ftp"] = plain(made, on_disk(ftp.folder / "in"))
    (tmp_path / "sftp").mkdir()
    async with asyncssh_server(tmp_path / "sftp") as (port, host_key):
        settings = {"host": "127.0.0.1", "port": port, "username": "label", "host_key": host_key}
        made = await deliver(transport="sftp", settings=settings, secrets={"password": SecretStr("p")})
        arrived["sftp"] = plain(made, on_disk(tmp_path / "sftp"))
    async with http_receiver(tmp_path / "http") as http:
        settings = {"address": http.address, "allow_plain": True, "authentication": "bearer"}
        made = await deliver(transport="http-put", settings=settings, secrets={"token": SecretStr("open-sesame")})
        arrived["http-put"] = plain(made, on_disk(tmp_path / "http" / "incoming"))
    for name, storage in (("s3", s3), ("azure-blob", azure), ("google-cloud", google)):
        if name == "azure-blob" and azurite_command() is None:
            continue
        async with storage(tmp_path) as (fields, look):
            made = await deliver(transport=name, **fields)
            files, labels = await look()
            arrived[name] = plain(made, files)
            assert labels == expected_labels(made, files)

    expected = arrived["local-folder"]
    assert len(expected) == 6, sorted(expected)
    for name, files in arrived.items():
        assert sorted(files) == sorted(expected), name
        for path, content in files.items():
            assert content == expected[path], f"{path} by {name}"


@pytest.mark.proves("PRO-06")
async def test_a_file_that_fails_fails_the_delivery(label: Label) -> None:
    """The storage takes all but one recording; what was taken is not mistaken for a delivery."""
    stored: Files = {}

    async def refuse_one(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST":
            head, content = body.split(b"\r\n\r\n", 2)[1:]
            resource = json.loads(head.split(b"\r\n")[0])
            if "_01_002" in resource["name"]:
                error = {"error": {"errors": [{"reason": "forbidden"}], "message": "retention policy"}}
                return web.json_response(error, status=403)
            stored[resource["name"]] = content.rpartition(b"\r\n--")[0]
            return web.json_response(
                {"md5Hash": base64.b64encode(hashlib.md5(stored[resource["name"]]).digest()).decode()}
            )
        name = request.path.partition("/o/")[2]
        if name and name in stored:
            return web.json_response({"name": name, "size": str(len(stored[name]))})
        return web.json_response({}, status=404 if name else 200)

    release = await label.release()
    async with scripted_storage(refuse_one) as storage:
        settings = {"bucket": BUCKET, "endpoint": storage.url}
        target = await label.target(transport="google-cloud", settings=settings, secrets={"token": SecretStr("any")})
        delivery = await label.deliver([release.id], target.id)

    assert delivery.status in {Status.FAILED, Status.NEEDS_ATTENTION}
    assert delivery.error is not None
    assert delivery.error.code == "PERMISSION_DENIED"
    failed = [file.path for file in delivery.attempts[-1].files if file.status is TransferStatus.FAILED]
    assert ["_01_002" in path for path in failed] == [True]
    assert not any("complete" in name.lower() for name in stored)


@asynccontextmanager
async def s3(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Any]]:
    """A bucket of moto, and what lies in it."""
    with moto(tmp_path) as server:
        settings = {"bucket": BUCKET, "endpoint": server.url, "access_key": ACCESS_KEY}
        client = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
        client.create_bucket(Bucket=BUCKET)

        async def look() -> tuple[Files, Labels]:
            found = {
                entry["Key"]: client.get_object(Bucket=BUCKET, Key=entry["Key"])
                for entry in client.list_objects_v2(Bucket=BUCKET)["Contents"]
            }
            return (
                {key: answer["Body"].read() for key, answer in found.items()},
                {key: answer["Metadata"] for key, answer in found.items()},
            )

        yield {"settings": settings, "secrets": {"secret_key": SecretStr(SECRET_KEY)}}, look


@asynccontextmanager
async def azure(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Any]]:
    """A container of azurite, and what lies in it."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(azurite(tmp_path))
        settings = {"account_name": AZURE_ACCOUNT, "container_name": BUCKET, "endpoint": server.url}
        credential = {"account_name": AZURE_ACCOUNT, "account_key": AZURE_KEY}
        url = f"{server.url}/{AZURE_ACCOUNT}"
        client = await stack.enter_async_context(ContainerClient(url, BUCKET, credential=credential))
        await client.create_container()

        async def look() -> tuple[Files, Labels]:
            files: Files = {}
            labels: Labels = {}
            async for blob in client.list_blobs(include=["metadata"]):
                files[blob.name] = await (await client.download_blob(blob.name)).readall()
                labels[blob.name] = {name.replace("_", "-"): value for name, value in (blob.metadata or {}).items()}
            return files, labels

        yield {"settings": settings, "secrets": {"account_key": SecretStr(AZURE_KEY)}}, look


@asynccontextmanager
async def google(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Any]]:
    """A bucket of Google's emulator, and what lies in it."""
    with google_storage(tmp_path, BUCKET) as server:

        async def look() -> tuple[Files, Labels]:
            resources = list_objects(server, BUCKET)
            files = {each["name"]: read_object(server, BUCKET, each["name"]) for each in resources}
            return files, {each["name"]: each.get("metadata", {}) for each in resources}

        settings = {"bucket": BUCKET, "endpoint": server.url}
        yield {"settings": settings, "secrets": {"token": SecretStr("any")}}, look


def on_disk(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def plain(delivery: DeliveryDocument, files: Mapping[str, bytes]) -> Files:
    """The package without what differs from delivery to delivery: ids, times, and hashes of the message."""
    message = next(content for path, content in files.items() if path.endswith(f"{delivery.message_id}.xml"))
    own = [delivery.message_id, delivery.batch_id, hashlib.md5(message).hexdigest()]
    own += [hashlib.sha1(message).hexdigest(), hashlib.sha256(message).hexdigest()]
    told: Files = {}
    for path, content in files.items():
        for word in own:
            path, content = path.replace(word, "X"), content.replace(word.encode(), b"X")  # noqa: PLW2901
        told[path] = CREATED.sub(b"X", content)
    return told


def expected_labels(delivery: DeliveryDocument, files: Mapping[str, bytes]) -> Labels:
    """The batch alone for files of the whole batch, delivery, message and ICPN too for those of the release."""
    batch = {"batch-id": delivery.batch_id}
    assert delivery.icpn is not None
    release = {"delivery-id": delivery.id, "message-id": delivery.message_id, "icpn": delivery.icpn}
    return {path: batch | (release if path.count("/") > 1 else {}) for path in files}
