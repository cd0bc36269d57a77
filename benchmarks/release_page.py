"""A page of 50 releases with their tracks over HTTP, against the same Strawberry types served from memory.

Both are servers in processes of their own on loopback sockets, and answer the same document with the same types. Ours
is the API as it is served: it says who calls, judges the document and reads MongoDB. The peer is a bare Strawberry
application over documents that it holds in memory. Printed are the ratio of their throughput with four callers, and
the resident memory of our process afterwards.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import compare_async, judge
from distro_api.app import create_app
from distro_api.graphql import enums  # noqa: F401 (gives the words of the field their GraphQL types)
from distro_api.graphql.connections import Connection, connection
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.releases import Release
from distro_api.graphql.scalars import SCALARS
from distro_api.server import http_server
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import ArtistDraft, ReleaseDraft, TrackDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.documents import Role
from distro_core.identity.tenants import TenantService
from distro_core.identity.users import UserService
from distro_core.logs import configure_logging
from distro_core.platform import open_platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Page

RELEASES, TRACKS = 50, 12
CALLERS, REQUESTS, ROUNDS = 4, 2, 9
LEAST_SPEED = 0.4
MOST_MEGABYTES = 250
EMAIL, PASSWORD = "admin@label.example", "a long enough password"
DOCUMENT = """{ releases(first: 50) { nodes {
  id title version type status displayArtist icpn releaseDate
  artists { role party { name } }
  tracks { id title discNumber isrc displayArtist language artists { role party { name } } }
} pageInfo { hasNextPage } } }"""
SIGN_IN = """mutation($input: AuthSignInInput!) {
  authSignIn(input: $input) { session { accessToken } errors { message } } }"""


async def measure() -> None:
    """Fill a catalogue, start both servers, and compare them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder))
        async with open_platform(settings) as platform:
            tenant = await TenantService(platform.control, platform.create_tenant_database).create("label", "Label")
            await UserService(platform.control, tenant.id).create(EMAIL, "Admin", Role.ADMIN, password=PASSWORD)
            documents = Path(folder) / "documents.json"
            await fill(await platform.scope(tenant.id, SYSTEM_ACTOR), documents)
            async with (
                server("api", folder) as (api_url, process),
                server("memory", str(documents)) as (memory_url, _),
                httpx2.AsyncClient(timeout=60, trust_env=False) as http,
            ):
                given = {"input": {"email": EMAIL, "password": PASSWORD}}
                signed_in = await post(http, api_url, SIGN_IN, given)
                headers = {"authorization": f"Bearer {signed_in['authSignIn']['session']['accessToken']}"}
                ours, peer = (
                    await post(http, api_url, DOCUMENT, headers=headers),
                    await post(http, memory_url, DOCUMENT),
                )
                assert ours == peer, "both must answer alike"
                comparison = await compare_async(
                    lambda: load(http, api_url, headers), lambda: load(http, memory_url), rounds=ROUNDS
                )
                report_memory(process.pid)
            title = f"{CALLERS * REQUESTS} pages of {RELEASES} releases with {TRACKS} tracks each, against memory"
            judge(title, comparison, least_speed=LEAST_SPEED)


async def fill(scope: Scope, documents: Path) -> None:
    """Store the catalogue, and write it down for the peer."""
    for number in range(RELEASES):
        tracks = tuple(
            TrackDraft(
                title=f"Track {place}", language="en", artists=(ArtistDraft(name=f"Guest {number} {place % 3}"),)
            )
            for place in range(TRACKS)
        )
        draft = ReleaseDraft(title=f"Release {number}", display_artist=f"Band {number}", tracks=tracks)
        await ReleaseService(scope).create(draft)
    releases = (await ReleaseService(scope).page(first=RELEASES)).documents
    parties = await scope.store.collection(PartyDocument).get_many(
        party_id for release in releases for party_id in release.party_ids()
    )
    lines = [document.model_dump_json() for document in (*releases, *parties.values())]
    documents.write_text("\n".join(lines), "utf-8")


@asynccontextmanager
async def server(kind: str, argument: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A server process. Yields its address and the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        kind,
        argument,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "DISTRO_LOG_LEVEL": "ERROR"},
    )
    assert process.stdout is not None
    port = (await process.stdout.readline()).decode().strip()
    yield f"http://127.0.0.1:{port}/graphql", process
    process.terminate()
    await process.wait()


async def load(http: httpx2.AsyncClient, url: str, headers: dict[str, str] | None = None) -> None:
    """Several callers who ask for the page one time after another."""

    async def caller() -> None:
        for _ in range(REQUESTS):
            await post(http, url, DOCUMENT, headers=headers)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def post(
    http: httpx2.AsyncClient,
    url: str,
    document: str,
    variables: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The data of one operation."""
    answer = (await http.post(url, json={"query": document, "variables": variables or {}}, headers=headers)).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def report_memory(pid: int) -> None:
    """Print the resident memory of a process; ends the program with 1 where it is too much."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    megabytes = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024
    print(f"resident memory of the API process: {megabytes:.0f} MB (at most {MOST_MEGABYTES} MB)")
    if megabytes > MOST_MEGABYTES:
        sys.exit(1)


async def serve_api(folder: str) -> None:
    """The API on the platform that runs in the folder already."""
    settings = Settings(_env_file=None, data_dir=Path(folder), port=0)
    configure_logging(settings)
    async with open_platform(settings) as platform:
        await announce(http_server(create_app(platform), settings))


async def serve_memory(documents: str) -> None:
    """The peer: the same types over documents in memory."""
    lines = Path(documents).read_text("utf-8").splitlines()
    releases = [ReleaseDocument.model_validate_json(line) for line in lines[:RELEASES]]
    parties = {party.id: party for party in map(PartyDocument.model_validate_json, lines[RELEASES:])}

    async def page(first: int = 50) -> Any:
        shown = releases[:first]
        return connection(Page(shown, [release.id for release in shown], has_next=False))

    @strawberry.type
    class Query:
        releases: Connection[Release] = strawberry.field(resolver=page)

    async def load_parties(ids: list[str]) -> list[PartyDocument]:
        return [parties[id] for id in ids]

    class Application(GraphQL[Any, None]):
        async def get_context(self, request: Any, response: Any) -> Any:
            return SimpleNamespace(loaders=SimpleNamespace(parties=DataLoader(load_fn=load_parties)))

    schema = strawberry.Schema(
        Query, types=[Delivery], extensions=[ParserCache, ValidationCache], config=StrawberryConfig(scalar_map=SCALARS)
    )
    await announce(uvicorn.Server(uvicorn.Config(Application(schema), port=0, log_level="error", lifespan="off")))


async def announce(server: uvicorn.Server) -> None:
    """Serve, and print the port."""
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    if len(sys.argv) == 1:
        asyncio.run(measure())
    else:
        asyncio.run({"api": serve_api, "memory": serve_memory}[sys.argv[1]](sys.argv[2]))
