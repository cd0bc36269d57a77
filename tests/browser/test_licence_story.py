"""Licences from the admin page: asked for where they are missing, refused where they are others'."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from typer.testing import CliRunner

from distro_api.cli.main import app
from distro_core.identity.documents import TenantDocument
from distro_core.settings import Settings
from tests.api.conftest import serve_api
from tests.browser.conftest import hire
from tests.browser.plugins import REQUIRED, enter_license, install, refused_to_install
from tests.browser.visitor import Visitor
from tests.delivery.workers import worker
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop
from tests.marketplace.test_own_plugins import MARKETPLACE, OwnWheel

pytestmark = pytest.mark.slow


@pytest.fixture
async def shop(settings: Settings, browser: Browser, tmp_path: Path) -> AsyncIterator[Shop]:
    """A platform that buys at a market with plugins: free in part, paid, and one that lacks another."""
    (tmp_path / "market").mkdir()
    market = Market(tmp_path / "market", now=datetime.now(UTC))
    market.offer(OwnWheel(MARKETPLACE / "analytics_enhanced", tmp_path / "market"))
    market.offer(WheelDraft(fresh_id("night-owl"), name="Night Owl", license_model="paid"))
    market.offer(WheelDraft(fresh_id("barn-owl"), name="Barn Owl", requires={"field-mouse": ">=2"}))
    async with open_shop(settings, market) as opened, worker(opened.platform):
        yield opened
        await empty_shop(opened)


@pytest.fixture
async def address(shop: Shop) -> AsyncIterator[str]:
    """The address of an API of that platform."""
    async with serve_api(shop.platform, development=False) as url:
        yield url


@pytest.fixture
def tenants(tenant_a: TenantDocument, tenant_b: TenantDocument) -> tuple[str, str]:
    """The ids of two labels."""
    return tenant_a.id, tenant_b.id


def issue(market: Market, plugin: str, tenant: str, *options: str) -> str:
    """A licence, as its publisher issues it on the command line."""
    key = market.folder / "publisher.key.json"
    key.write_text(json.dumps(market.publisher_key.as_dict(private=True)))
    asked = ["license", "issue", plugin, "--key", str(key), "--days", "30", "--tenant", tenant, *options]
    issued = CliRunner().invoke(app, asked)
    assert issued.exit_code == 0, issued.output
    return issued.stdout.strip()


@pytest.mark.proves("MKT-03", "LIC-01")
async def test_a_licence_opens_what_was_refused_before_and_another_labels_does_not(
    visitor: Visitor, shop: Shop, tenant_a: TenantDocument, tenants: tuple[str, str]
) -> None:
    page, mine, theirs = visitor.page, *tenants
    trends = page.locator('[data-slot="analytics-trends"]')
    await visitor.sign_in(await hire(shop.platform, tenant_a, "Ada Admin", operator=True))

    # Without a licence nothing is installed; nonsense and another label's are refused, in words of their own.
    await visitor.open("/marketplace/analytics-enhanced", "Analytics Enhanced")
    wrong = await refused_to_install(visitor)
    await enter_license(visitor, "not a licence")
    await expect(page.get_by_role("alert")).to_be_visible()
    await enter_license(visitor, issue(shop.market, "analytics-enhanced", theirs, "--feature", "trends"))
    await expect(page.get_by_role("alert")).to_contain_text("it is for another tenant")
    wrong += await visitor.look("licence-refused")

    # A licence without features opens the base, and what is beyond it says what it needs.
    await enter_license(visitor, issue(shop.market, "analytics-enhanced", mine))
    await expect(page.get_by_text("The licence is entered")).to_be_visible()
    await install(visitor)
    await visitor.open("/", "Hello, Ada Admin")
    await expect(page.locator('[data-slot="analytics-report"]')).to_contain_text("Delivered")
    await expect(trends).to_contain_text(REQUIRED)

    # A licence with the feature opens that, too.
    await visitor.open("/plugins/analytics-enhanced", "Analytics Enhanced")
    await visitor.button("Replace…").click()
    await enter_license(visitor, issue(shop.market, "analytics-enhanced", mine, "--feature", "trends"))
    await expect(page.get_by_role("definition").filter(has_text="trends")).to_be_visible()
    wrong += await visitor.glance("licensed-plugin")
    await visitor.open("/", "Hello, Ada Admin")
    await expect(trends.get_by_role("row")).to_have_count(8)
    wrong += await visitor.look("overview-with-slots")

    # One that requires a plugin which is not there says so before anything is fetched.
    await visitor.open("/marketplace", "Marketplace")
    await page.get_by_role("link", name="Barn Owl").click()
    await visitor.sees_heading("Barn Owl")
    lacking = page.locator(".notice").filter(has_text="This platform cannot use it")
    await expect(lacking).to_contain_text("it needs plugin field-mouse >=2, which is not installed")
    await expect(visitor.button("Install…")).to_be_disabled()
    wrong += await visitor.glance("offered-plugin-that-lacks-another")

    # A paid one asks for its own.
    await visitor.open("/marketplace", "Marketplace")
    await page.get_by_label("Price").select_option("paid")
    await expect(page.get_by_role("link", name="Analytics Enhanced")).to_have_count(0)
    await page.get_by_role("link", name="Night Owl").click()
    await visitor.sees_heading("Night Owl")
    wrong += await refused_to_install(visitor)
    await enter_license(visitor, issue(shop.market, page.url.rpartition("/")[2], mine))
    await expect(page.get_by_text("The licence is entered")).to_be_visible()
    await visitor.button("Install…").click()
    await visitor.button("Check first").click()
    await expect(page.get_by_text("Everything was checked: it can be installed.")).to_be_visible(timeout=60_000)
    assert wrong == []
