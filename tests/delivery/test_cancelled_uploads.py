"""An upload that somebody cancels leaves no temporary files, where the receiver lets them be deleted (row QUE-06)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.delivery.documents import DeliveryDocument, LogLevel
from distro_core.delivery.leftovers import LEFT_BEHIND
from distro_core.delivery.targets.documents import TargetDocument
from distro_plugins.ftp.session import FtpSession
from distro_plugins.local_folder.session import LocalFolderSession
from distro_plugins.sftp.session import SftpSession
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.testing.sources import InterruptedSource
from distro_sdk.transports import FileSource, Progress
from tests.delivery.dsp import receiver_at, sftp_target
from tests.delivery.label import Label
from tests.ftp_servers import EVERYTHING, PASSWORD, pyftpdlib

Interruption = Callable[[], Awaitable[None]]


def interrupt(monkeypatch: pytest.MonkeyPatch, session: type[Any], interruption: Interruption) -> None:
    """Do something when half of the first audio file is at the receiver, as if that file took long."""
    put, waiting = session.put, [interruption]

    async def interrupted(self: Any, path: str, source: FileSource, progress: Progress) -> None:
        if path.endswith(".wav") and waiting:
            source = InterruptedSource(source, waiting.pop())
        await put(self, path, source, progress)

    monkeypatch.setattr(session, "put", interrupted)
    monkeypatch.setattr("distro_core.delivery.progress.SECONDS_BETWEEN_WRITES", 0.0)


@asynccontextmanager
async def ftp(label: Label, folder: Path, permissions: str = EVERYTHING) -> AsyncIterator[tuple[TargetDocument, Path]]:
    """A target on an FTP server, with what stands there."""
    with pyftpdlib(folder, permissions=permissions) as server:
        settings = {"host": "127.0.0.1", "port": server.port, "username": "label", "encryption": "none"}
        secrets = {"password": SecretStr(PASSWORD)}
        yield await label.target(transport="ftp", settings=settings, secrets=secrets), server.root


@asynccontextmanager
async def sftp(label: Label, folder: Path) -> AsyncIterator[tuple[TargetDocument, Path]]:
    """A target on an SFTP server, with what stands there."""
    async with receiver_at(folder) as receiver:
        yield await sftp_target(label, receiver), folder


@asynccontextmanager
async def local(label: Label, _folder: Path) -> AsyncIterator[tuple[TargetDocument, Path]]:
    """A target in a folder, with what stands there."""
    yield await label.target(), label.folder


def temporary(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*.part"))


async def interrupted_half_way(
    label: Label, target: TargetDocument, made_before: list[DeliveryDocument]
) -> DeliveryDocument:
    (made,) = await label.deliveries.create([(await label.release()).id], target.id)
    made_before.append(made)
    return await label.work(made)


@pytest.mark.proves("QUE-06")
@pytest.mark.parametrize(
    ("place", "session"),
    [
        pytest.param(ftp, FtpSession, id="ftp"),
        pytest.param(sftp, SftpSession, id="sftp"),
        pytest.param(local, LocalFolderSession, id="local-folder"),
    ],
)
async def test_a_cancelled_upload_leaves_no_temporary_file(
    label: Label, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Any, session: type[Any]
) -> None:
    seen: list[str] = []
    made: list[DeliveryDocument] = []

    async with place(label, tmp_path / "receiver") as (target, root):

        async def cancel() -> None:
            seen.extend(temporary(root))
            await label.deliveries.cancel(made[0].id)

        interrupt(monkeypatch, session, cancel)
        delivery = await interrupted_half_way(label, target, made)

        assert (delivery.status, temporary(root)) == (Status.CANCELLED, [])
    assert seen, "nothing was under way"
    warnings = (await label.deliveries.logs(delivery.id, LogLevel.WARNING)).documents
    assert [line.message for line in warnings] == []


@pytest.mark.proves("QUE-06")
async def test_where_files_may_not_be_deleted_it_is_said_in_the_log(
    label: Label, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[DeliveryDocument] = []

    async def cancel() -> None:
        await label.deliveries.cancel(made[0].id)

    interrupt(monkeypatch, FtpSession, cancel)
    async with ftp(label, tmp_path / "receiver", EVERYTHING.replace("d", "")) as (target, root):
        delivery = await interrupted_half_way(label, target, made)

        left = temporary(root)
    (warning,) = (await label.deliveries.logs(delivery.id, LogLevel.WARNING)).documents
    assert delivery.status is Status.CANCELLED
    assert left
    assert (warning.step, warning.message) == ("ftp_discard", LEFT_BEHIND)
    assert warning.details["count"] >= len(left)
    assert "550" in warning.details["reason"]


async def test_a_receiver_that_stalls_is_not_waited_for(
    label: Label, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[DeliveryDocument] = []

    async def cancel() -> None:
        await label.deliveries.cancel(made[0].id)

    async def stall(self: FtpSession, path: str) -> None:
        await asyncio.Event().wait()

    interrupt(monkeypatch, FtpSession, cancel)
    monkeypatch.setattr(FtpSession, "discard", stall)
    monkeypatch.setattr("distro_core.delivery.leftovers.PATIENCE", 0.1)
    async with ftp(label, tmp_path / "receiver") as (target, _):
        delivery = await interrupted_half_way(label, target, made)

    (warning,) = (await label.deliveries.logs(delivery.id, LogLevel.WARNING)).documents
    assert delivery.status is Status.CANCELLED
    assert warning.details["reason"] == "it took more than 0.1 seconds"


async def test_what_is_tried_again_keeps_what_it_has_sent(
    label: Label, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose_the_worker() -> None:
        raise asyncio.CancelledError

    discarded: list[str] = []

    async def discard(self: FtpSession, path: str) -> None:
        discarded.append(path)

    interrupt(monkeypatch, FtpSession, lose_the_worker)
    monkeypatch.setattr(FtpSession, "discard", discard)
    async with ftp(label, tmp_path / "receiver") as (target, root):
        delivery = await interrupted_half_way(label, target, [])

        assert (delivery.status, len(temporary(root)), discarded) == (Status.RETRYING, 1, [])
