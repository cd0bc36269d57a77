"""A real API on a real socket, and people who call it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from distro_api.app import create_app
from distro_api.server import http_server
from distro_core.identity.documents import Role, TenantDocument
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from distro_core.settings import Settings
from tests.api.client import Client

PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Staff:
    """The people of one tenant, signed in."""

    tenant: TenantDocument
    admin: Client
    manager: Client
    viewer: Client


@asynccontextmanager
async def serve_api(platform: Platform, **settings: Any) -> AsyncIterator[str]:
    """An API on a platform, on a free port; `settings` differ from the platform's. Yields its address."""
    changed = platform.settings.model_copy(update=settings)
    async with serve_app(create_app(replace(platform, settings=changed)), changed) as url:
        yield url


@asynccontextmanager
async def serve_app(app: ASGIApp, settings: Settings) -> AsyncIterator[str]:
    """An application on a free port. Yields its address."""
    server = http_server(app, settings.model_copy(update={"port": 0}))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment] # the test process keeps its own
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
async def api_url(platform: Platform) -> AsyncIterator[str]:
    """The address of an API as it runs in production."""
    async with serve_api(platform, development=False) as url:
        yield url


@pytest.fixture
def anybody(http: httpx2.AsyncClient, api_url: str) -> Client:
    """Somebody who has not signed in."""
    return Client(http, api_url)


async def hire(platform: Platform, anybody: Client, tenant: TenantDocument, role: Role) -> Client:
    """Somebody with a role in a tenant, signed in."""
    email = f"{role}@{tenant.id}.example"
    await UserService(platform.control, tenant.id).create(email, role.title(), role, password=PASSWORD)
    payload = await anybody.sign_in(email, PASSWORD)
    return anybody.with_token(payload["session"]["accessToken"])


async def hire_all(platform: Platform, anybody: Client, tenant: TenantDocument) -> Staff:
    """An admin, a manager and a viewer of a tenant, signed in."""
    admin, manager, viewer = [await hire(platform, anybody, tenant, role) for role in Role]
    return Staff(tenant, admin, manager, viewer)


@pytest.fixture
async def admin_a(platform: Platform, anybody: Client, tenant_a: TenantDocument) -> Client:
    """The admin of tenant A."""
    return await hire(platform, anybody, tenant_a, Role.ADMIN)


@pytest.fixture
async def admin_b(platform: Platform, anybody: Client, tenant_b: TenantDocument) -> Client:
    """The admin of tenant B."""
    return await hire(platform, anybody, tenant_b, Role.ADMIN)


@pytest.fixture
async def staff_a(platform: Platform, anybody: Client, tenant_a: TenantDocument) -> Staff:
    """The people of tenant A."""
    return await hire_all(platform, anybody, tenant_a)


@pytest.fixture
async def staff_b(platform: Platform, anybody: Client, tenant_b: TenantDocument) -> Staff:
    """The people of tenant B."""
    return await hire_all(platform, anybody, tenant_b)
