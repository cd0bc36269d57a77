"""`plugin develop`: an author edits a plugin, and the running platform follows."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import TenantDocument
from distro_core.identity.permissions import Permission
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.projects.project import PluginProject
from distro_sdk.projects.templates import PluginKind, create_project
from tests.exchange_servers import free_port

PATIENCE = 120.0
PLATFORMS = "{ platforms { key name } }"


@pytest.fixture
def project(tmp_path: Path) -> PluginProject:
    """A new plugin, as `plugin create` makes it."""
    return create_project("night-radio", PluginKind.PLATFORM, tmp_path / "night-radio")


@pytest.fixture
async def api_key(platform: Platform, tenant_a: TenantDocument) -> str:
    """A key with which the author asks the platform."""
    wanted = frozenset({Permission.DELIVERY_READ})
    keys = ApiKeyService(platform.control, tenant_a.id, platform.clock)
    _, text = await keys.create("author", sorted(wanted), allowed=wanted)
    return text


@dataclass
class Developing:
    """The author's command as it runs, where it tells what, and the API behind it."""

    process: asyncio.subprocess.Process
    log: Path
    http: httpx2.AsyncClient

    @property
    def story(self) -> str:
        """All that the command has told."""
        return self.log.read_text("utf-8")

    async def ask(self, document: str) -> dict[str, Any] | None:
        """The data of a query, or None while nobody answers."""
        try:
            response = await self.http.post("/graphql", json={"query": document})
        except httpx2.TransportError:
            return None
        data: dict[str, Any] = response.json()["data"]
        return data

    async def radio(self) -> str | None:
        """What the plugin's platform is called, or None while nobody answers or none is there."""
        data = await self.ask(PLATFORMS)
        return next((each["name"] for each in (data or {}).get("platforms", ()) if each["key"] == "night-radio"), None)

    async def until(self, what: Callable[[], Any]) -> None:
        """Wait until something holds."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while not await what():
            assert self.process.returncode is None, self.story
            assert asyncio.get_running_loop().time() < end, self.story
            await asyncio.sleep(0.05)

    async def until_told(self, words: str) -> None:
        """Wait until the command tells something."""

        async def is_told() -> bool:
            return words in self.story

        await self.until(is_told)

    async def until_called(self, name: str) -> None:
        """Wait until the plugin's platform has a name."""

        async def is_called() -> bool:
            return await self.radio() == name

        await self.until(is_called)


@asynccontextmanager
async def developing(project: PluginProject, tenant: TenantDocument, key: str, data: Path) -> AsyncIterator[Developing]:
    port = free_port()
    log = project.folder.with_suffix(".log")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "distro_api.cli", "plugin", "develop", str(project.folder)),
            *("--tenant", tenant.key, "--port", str(port)),
            env={**os.environ, "DISTRO_DATA_DIR": str(data), "COLUMNS": "200"},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    headers = {"authorization": f"Bearer {key}"}
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE, trust_env=False
        ) as http:
            yield Developing(process, log, http)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def write(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def processes_with(word: str) -> list[int]:
    """The processes of this machine whose environment has a word."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                if word.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def command(pid: int) -> str:
    """The last word of a process's command line."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").rpartition(b"\0")[2].decode()


@pytest.mark.slow
@pytest.mark.proves("CLI-12", "CLI-20")
async def test_what_an_author_changes_is_live_and_what_cannot_run_leaves_the_rest_alone(
    project: PluginProject, tenant_a: TenantDocument, api_key: str, settings: Settings
) -> None:
    code = project.package / "platform.py"
    async with developing(project, tenant_a, api_key, settings.data_path) as author:
        # Given a plugin that runs from its source, and was never installed
        await author.until_called("Night radio")

        # When its code changes, then the change is live
        write(code, 'name="Night radio"', 'name="Day radio"')
        await author.until_called("Day radio")

        # When its code cannot run, then that is told with file and line, and what ran before goes on
        answering = processes_with(str(project.source))
        assert {"serve", "worker"} <= {command(pid) for pid in answering}
        write(code, 'name="Day radio"', 'name="Dawn radio')
        await author.until_told("goes on: PLUGIN_TRIAL_FAILED")
        assert re.search(r"SyntaxError: unterminated string literal .*\(platform\.py, line \d+\)", author.story)
        assert await author.radio() == "Day radio"
        assert set(answering) <= set(processes_with(str(project.source)))

        # Ctrl+C ends it, and nothing stays behind
        os.killpg(author.process.pid, signal.SIGINT)
        assert await asyncio.wait_for(author.process.wait(), PATIENCE) == 0
        assert processes_with(str(project.source)) == []
    assert "Traceback" not in author.story


async def test_a_plugin_that_cannot_run_is_told_before_anything_starts(
    project: PluginProject, tenant_a: TenantDocument, api_key: str, settings: Settings
) -> None:
    write(project.package / "plugin.py", "class ", "clazz ")

    async with developing(project, tenant_a, api_key, settings.data_path) as author:
        assert await asyncio.wait_for(author.process.wait(), PATIENCE) == 1

    assert "PLUGIN_TRIAL_FAILED" in author.story
    assert "(plugin.py, line" in author.story
