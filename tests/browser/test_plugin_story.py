"""The life of a plugin from the admin page: found, installed, configured, used in a delivery, gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from distro_core.identity.documents import Role, TenantDocument
from distro_core.identity.users import UserService
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.api.conftest import PASSWORD, serve_api
from tests.browser.visitor import Visitor
from tests.conftest import REPOSITORY
from tests.delivery.label import Label
from tests.delivery.workers import worker
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop
from tests.marketplace.test_own_plugins import OwnWheel

pytestmark = pytest.mark.slow


@pytest.fixture
async def shop(settings: Settings, browser: Browser, tmp_path: Path) -> AsyncIterator[Shop]:
    """A platform that buys at a market with a free plugin of this repository and one that is paid."""
    (tmp_path / "market").mkdir()
    market = Market(tmp_path / "market", now=datetime.now(UTC))
    market.offer(OwnWheel(REPOSITORY / "examples" / "house-rules", tmp_path / "market"))
    market.offer(WheelDraft(fresh_id("night-owl"), name="Night Owl", license_model="paid"))
    async with open_shop(settings, market) as opened, worker(opened.platform):
        yield opened
        await empty_shop(opened)


@pytest.fixture
async def address(shop: Shop) -> AsyncIterator[str]:
    """The address of an API of that platform."""
    async with serve_api(shop.platform, development=False) as url:
        yield url


async def find_and_install(visitor: Visitor) -> list[str]:
    """Found among what the registries offer, and installed while one watches."""
    page = visitor.page
    await visitor.open("/marketplace", "Marketplace")
    wrong = await visitor.look("marketplace")
    await page.get_by_label("Search").fill("house rules")
    await expect(page.get_by_role("link", name="Night Owl")).to_have_count(0)
    await page.get_by_role("link", name="House rules").click()
    await visitor.sees_heading("House rules")
    wrong += await visitor.look("offered-plugin")
    await visitor.button("Install…").click()
    await visitor.button("Install").click()
    await expect(page.get_by_text("It is installed in version")).to_be_visible(timeout=60_000)
    wrong += await visitor.glance("installed-dialog")
    await visitor.button("Done").click()
    return wrong


async def switch_on_and_configure(visitor: Visitor) -> list[str]:
    """Switched on and configured; what is wrong stands at its field."""
    page = visitor.page
    await page.get_by_role("link", name="Open installed plugin").click()
    await visitor.sees_heading("House rules")
    await visitor.button("Switch on").click()
    await expect(page.get_by_text("The plugin is on")).to_be_visible()
    lead_time = page.get_by_label("Lead time (optional)")
    await lead_time.fill("-1")
    await visitor.button("Save").click()
    await expect(lead_time).to_have_attribute("aria-invalid", "true")
    await lead_time.fill("30")
    await visitor.button("Save").click()
    await expect(page.get_by_text("The configuration is saved")).to_be_visible()
    return await visitor.glance("configured-plugin")


async def deliver_too_late(visitor: Visitor) -> str:
    """Used: it holds a delivery back that comes too late. The address of that delivery."""
    page = visitor.page
    await page.get_by_role("link", name="Releases", exact=True).click()
    await page.get_by_role("link", name="Night Drive").click()
    await visitor.button("Deliver…").click()
    await page.get_by_label("Target").select_option("Example DSP (ern/4.3, local-folder)")
    await visitor.button("Deliver").click()
    await expect(page.locator(".badge.big")).to_have_text("Needs attention", timeout=60_000)
    await expect(page.locator(".notice.bad")).to_contain_text("it should have been sent by")
    return page.url


async def uninstall_with_its_data(visitor: Visitor) -> list[str]:
    """Uninstalled with its data, after it was switched off."""
    page = visitor.page
    await visitor.open("/plugins/house-rules", "House rules")
    await visitor.button("Switch off…").click()
    await visitor.button("Switch off").click()
    await expect(page.get_by_text("The plugin is off")).to_be_visible()
    await visitor.button("Uninstall…").click()
    await expect(visitor.button("Uninstall")).to_be_disabled()
    await page.get_by_label("Remove its data, too.").check()
    await page.get_by_label("Type house-rules to confirm").fill("house-rules")
    wrong = await visitor.glance("uninstall-dialog")
    await visitor.button("Uninstall").click()
    await expect(page.get_by_text("It is uninstalled.")).to_be_visible(timeout=60_000)
    await visitor.button("Done").click()
    await visitor.sees_heading("Installed plugins")
    await expect(page.get_by_role("link", name="House rules")).to_have_count(0)
    return wrong


async def test_a_plugin_is_installed_configured_used_and_uninstalled(
    visitor: Visitor, shop: Shop, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    email = f"ada@{tenant_a.id}.example"
    users = UserService(shop.platform.control, tenant_a.id)
    await users.create(email, "Ada Admin", Role.ADMIN, password=PASSWORD, operator=True)
    label = Label(await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    await label.release(title="Night Drive")
    await label.target(name="Example DSP")
    page = visitor.page
    await visitor.sign_in(email)

    wrong = await find_and_install(visitor)
    wrong += await switch_on_and_configure(visitor)
    delivery = await deliver_too_late(visitor)
    wrong += await uninstall_with_its_data(visitor)

    # Then the delivery goes through.
    await page.goto(delivery)
    await visitor.button("Resolve…").click()
    await page.get_by_label("What was done?").fill("The plugin is gone.")
    await visitor.button("Resolve").click()
    await expect(page.locator(".badge.big")).to_have_text("Distributed", timeout=60_000)
    assert wrong == []


async def test_a_paid_plugin_asks_for_a_licence_and_says_why_one_is_refused(
    visitor: Visitor, shop: Shop, tenant_a: TenantDocument
) -> None:
    email = f"ada@{tenant_a.id}.example"
    users = UserService(shop.platform.control, tenant_a.id)
    await users.create(email, "Ada Admin", Role.ADMIN, password=PASSWORD)
    page = visitor.page
    await visitor.sign_in(email)

    await visitor.open("/marketplace", "Marketplace")
    await page.get_by_label("Price").select_option("paid")
    await page.get_by_role("link", name="Night Owl").click()
    await visitor.sees_heading("Night Owl")
    await expect(page.get_by_text("Plugins are installed for the whole platform")).to_be_visible()
    await page.get_by_label("Licence", exact=True).fill("not a licence")
    await visitor.button("Enter licence").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await visitor.look("paid-plugin") == []
