"""How soon every process of a deployment has a plugin that was installed, while requests run.

Two API processes and two workers, each started as an operator would. 50 requests are in flight all the time, at both
APIs. A plugin with a GraphQL API is installed and switched on. Printed: the time from the change of the set of plugins
until the last process has it, the time from `pluginEnable` at one API until the other one answers the plugin's field,
and how many requests failed, of which there must be none.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from distro_core.identity.documents import Role, TenantDocument
from distro_core.identity.tenants import TenantService
from distro_core.identity.users import UserService
from distro_core.marketplace.install.documents import THE_SET, PluginSetDocument
from distro_core.platform import Platform, open_platform
from distro_core.settings import Settings
from tests.api.client import Client
from tests.marketplace.market import Market, WheelDraft

IN_FLIGHT = 50
MOST_SECONDS = 1.0
PATIENCE = 60.0
PASSWORD = secrets.token_urlsafe(24)
OWN = "{ nightOwl { calls } }"
CODE = """
from distro_sdk import Plugin
from distro_sdk.graphql import GraphQLApi, GraphQLField

async def calls(context, arguments):
    return ["hoo"]

class Owl(Plugin):
    id = "night-owl"

    def register_graphql(self):
        field = GraphQLField("calls", "Calls.", "catalogue:read", list[str], calls)
        return (GraphQLApi("nightOwl", "Owls.", (field,)),)
"""


class Traffic:
    """Requests that never cease. `done`, `failed`: how many were answered, and how many of these with an error."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.done = 0
        self.failed: list[Any] = []
        self._clients = clients

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._ask(self._clients[place % 2])) for place in range(IN_FLIGHT)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, client: Client) -> None:
        while True:
            try:
                answer = await client.run("{ tenant { id } releases(first: 5) { nodes { id } } }")
                if "errors" in answer:
                    self.failed.append(answer["errors"])
            except (httpx2.HTTPError, ValueError) as error:
                self.failed.append(repr(error))
            self.done += 1


@asynccontextmanager
async def processes(folder: Path, settings: Settings) -> AsyncIterator[list[Path]]:
    """Two APIs and two workers; yields their logs."""
    given = {
        **os.environ,
        "DISTRO_DATA_DIR": str(settings.data_dir),
        "DISTRO_REGISTRIES": json.dumps([one.model_dump(mode="json") for one in settings.registries]),
    }
    running, logs = [], []
    for name in ("serve-1", "serve-2", "worker-1", "worker-2"):
        log = folder / f"{name}.log"
        command, _, number = name.partition("-")
        ports = {"DISTRO_PORT": str(18_080 + int(number))} if command == "serve" else {}
        with log.open("wb") as out:
            running.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "distro_api.cli", command, env={**given, **ports}, stdout=out, stderr=out
                )
            )
        logs.append(log)
    try:
        yield logs
    finally:
        for process in running:
            process.terminate()
        for process in running:
            await process.wait()


async def has_it(log: Path) -> datetime | None:
    """When a process had the plugin, by its log."""
    for line in (await asyncio.to_thread(log.read_text, "utf-8")).splitlines():
        if '"plugins_synchronised"' in line:
            return datetime.fromisoformat(json.loads(line)["timestamp"])
    return None


async def until(found: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        while (result := await found()) is None:
            await asyncio.sleep(0.005)
    return result


async def sign_in(platform: Platform, http: httpx2.AsyncClient) -> list[Client]:
    """The operator, at both APIs."""
    tenants = TenantService(platform.control, platform.create_tenant_database)
    tenant: TenantDocument = await tenants.create("label", "Label")
    users = UserService(platform.control, tenant.id)
    await users.create("ada@label.example", "Ada", Role.ADMIN, password=PASSWORD, operator=True)
    anybody = [Client(http, f"http://127.0.0.1:{port}") for port in (18_081, 18_082)]

    async def ready() -> bool | None:
        try:
            answers = [await http.get(f"{client.url}/ready") for client in anybody]
        except httpx2.HTTPError:
            return None
        return True if all(answer.status_code == 200 for answer in answers) else None

    await until(ready)
    session = await anybody[0].sign_in("ada@label.example", PASSWORD)
    return [client.with_token(session["session"]["accessToken"]) for client in anybody]


async def measure(platform: Platform, clients: Sequence[Client], logs: Sequence[Path]) -> tuple[float, float]:
    """Seconds until every process has the plugin, and until the other API answers for it."""
    asked = await clients[0].mutate("pluginInstall", "job { id }", id="night-owl")

    async def installed() -> bool | None:
        job = await clients[0].data(
            "query($id: ID!) { pluginJob(id: $id) { status error { message } } }", **asked["job"]
        )
        assert job["pluginJob"]["status"] != "failed", job
        return True if job["pluginJob"]["status"] == "completed" else None

    await until(installed)
    moments = [await until(lambda log=log: has_it(log)) for log in logs]
    changed = await platform.control.collection(PluginSetDocument).get(THE_SET)
    await clients[0].mutate("pluginEnable", "plugin { id }", id="night-owl")
    began = time.perf_counter()

    async def answers() -> bool | None:
        return True if "errors" not in await clients[1].run(OWN) else None

    await until(answers)
    return (max(moments) - changed.updated_at).total_seconds(), time.perf_counter() - began


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="stardust-distro-convergence-") as name:
        folder = Path(name)
        market = Market(folder, now=datetime.now(UTC))
        draft = WheelDraft("night-owl", code=CODE, hooks=["register_graphql"], graphql_namespace="nightOwl")
        market.offer(draft)
        settings = Settings(_env_file=None, data_dir=folder / "data", registries=(market.setting,))
        async with AsyncExitStack() as stack:
            platform = await stack.enter_async_context(open_platform(settings))
            http = await stack.enter_async_context(httpx2.AsyncClient(timeout=60, trust_env=False))
            logs = await stack.enter_async_context(processes(folder, settings))
            clients = await sign_in(platform, http)
            traffic = Traffic(clients)
            async with traffic.running():
                spread, answered = await measure(platform, clients, logs)
    print(
        f"all four processes have the plugin {spread * 1000:.0f} ms after the set changed (at most {MOST_SECONDS:g} s)"
    )
    print(
        f"the other API answers for it {answered * 1000:.0f} ms after it was switched on (at most {MOST_SECONDS:g} s)"
    )
    print(f"{traffic.done} requests, {IN_FLIGHT} in flight, {len(traffic.failed)} failed")
    if spread > MOST_SECONDS or answered > MOST_SECONDS or traffic.failed:
        print(str(traffic.failed[:2])[:400])
        sys.exit("MISSED")


if __name__ == "__main__":
    asyncio.run(main())
