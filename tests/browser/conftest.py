"""A real Chromium before the admin page, with an API, a worker and a DSP behind it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from distro_api.receiver import Receiver
from distro_core.identity.documents import Role, TenantDocument
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from distro_core.scope import Scope
from tests.api.conftest import PASSWORD, http, serve_api
from tests.browser.visitor import Visitor
from tests.conftest import PASSED, REPOSITORY
from tests.delivery.dsp import receiver_at
from tests.delivery.label import Label
from tests.delivery.workers import worker

__all__ = ["http"]

BUILT = REPOSITORY / "api" / "distro_api" / "admin" / "built" / "index.html"
PATIENCE = 60_000
"""Milliseconds that anything may take to appear: the machine may be busy with other tests."""

CHROMIUM = os.environ.get("DISTRO_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; without it, or without the built page, these tests are skipped."""
    if not BUILT.is_file():
        pytest.skip("the admin page is not built: make admin")
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium: apt-get install chromium, or name one in DISTRO_TEST_CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield running
        await running.close()


@pytest.fixture
async def address(platform: Platform, browser: Browser) -> AsyncIterator[str]:
    """The address of an API that has read the built page, as it runs in production."""
    async with serve_api(platform, development=False) as url:
        yield url


@pytest.fixture
def label(label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """The label whose people visit the page; it may deliver into folders of its own."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return Label(label_a, tmp_path)


@pytest.fixture
async def receiver(tmp_path: Path, platform: Platform) -> AsyncIterator[Receiver]:
    """A DSP that answers, and a worker that delivers to it."""
    async with receiver_at(tmp_path / "dsp") as running, worker(platform):
        yield running


@pytest.fixture
async def admin(platform: Platform, tenant_a: TenantDocument) -> str:
    """The e-mail address of the label's admin."""
    return await hire(platform, tenant_a, "Ada Admin")


async def hire(platform: Platform, tenant: TenantDocument, name: str, *, operator: bool = False) -> str:
    """The e-mail address of a new admin."""
    email = f"{name.partition(' ')[0].lower()}@{tenant.id}.example"
    await UserService(platform.control, tenant.id).create(email, name, Role.ADMIN, password=PASSWORD, operator=operator)
    return email


@pytest.fixture
async def visitor(browser: Browser, address: str, request: pytest.FixtureRequest) -> AsyncIterator[Visitor]:
    """Somebody before a fresh browser; at the end nothing may have come from elsewhere or broken the content policy."""
    async with visiting(browser, address, request) as somebody:
        yield somebody


@pytest.fixture
async def other_visitor(browser: Browser, address: str, request: pytest.FixtureRequest) -> AsyncIterator[Visitor]:
    """Somebody else, before a browser of their own."""
    async with visiting(browser, address, request) as somebody:
        yield somebody


@asynccontextmanager
async def visiting(browser: Browser, address: str, request: pytest.FixtureRequest) -> AsyncIterator[Visitor]:
    """Somebody before a fresh browser, who is watched."""
    context = await browser.new_context(base_url=address, viewport={"width": 1280, "height": 860})
    context.set_default_timeout(PATIENCE)
    page: Page = await context.new_page()
    somebody = Visitor(page, address)
    await somebody.watch()
    yield somebody
    if not request.node.stash.get(PASSED, False):
        await somebody.keep_screenshot(f"failed-{request.node.name}-{request.fixturename or 'visitor'}")
    await context.close()
    assert somebody.foreign == []
    assert somebody.violations == []
    assert somebody.crashes == []
