"""Users and API keys from the admin page: made, used, changed and taken away."""

from __future__ import annotations

import httpx2
import pytest
from playwright.async_api import expect

from tests.api.client import Client
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow


async def test_users_are_added_given_another_role_and_removed(visitor: Visitor, admin: str) -> None:
    page, email = visitor.page, admin.replace("ada@", "max@")
    await visitor.sign_in(admin)
    await visitor.open("/users", "Users")

    # A fault stands at its field, and the form keeps what was typed.
    await visitor.button("Add user").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Max Manager")
    await dialog.get_by_label("E-mail address").fill(admin)
    await dialog.get_by_label("First password").fill("a long enough password")
    await dialog.get_by_role("button", name="Add user").click()
    await expect(dialog.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("E-mail address").fill(email)
    await dialog.get_by_role("button", name="Add user").click()
    row = page.get_by_role("row").filter(has_text=email)
    await expect(row).to_be_visible()

    await row.get_by_label("Role of Max Manager").select_option("Viewer")
    await expect(page.get_by_text("Max Manager is viewer now")).to_be_visible()
    await page.reload()
    await expect(row.get_by_label("Role of Max Manager")).to_have_value("viewer")

    await row.get_by_role("button", name="Remove").click()
    await visitor.button("Remove user").click()
    await expect(row).to_have_count(0)


async def test_an_api_key_is_shown_once_works_and_is_revoked(
    visitor: Visitor, admin: str, address: str, http: httpx2.AsyncClient
) -> None:
    page = visitor.page
    await visitor.sign_in(admin)
    await visitor.open("/api-keys", "API keys")

    await visitor.button("New API key").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What is it for?").fill("Catalogue import")
    await dialog.get_by_label("catalogue:read", exact=True).check()
    wrong = await visitor.glance("new-api-key")
    await dialog.get_by_role("button", name="Create").click()
    key = await dialog.locator(".secret code").inner_text()
    wrong += await visitor.glance("api-key-made")
    await dialog.get_by_role("button", name="Done").click()
    await expect(page.get_by_text(key)).to_have_count(0)

    # It may do what it was given, and no more; revoked, nothing.
    program = Client(http, address).with_token(key)
    assert await program.data("{ releases(first: 1) { nodes { id } } }") == {"releases": {"nodes": []}}
    assert await program.refused("{ deliveries(first: 1) { nodes { id } } }") == "FORBIDDEN"
    await page.get_by_role("row").filter(has_text="Catalogue import").get_by_role("button", name="Revoke").click()
    await visitor.button("Revoke key").click()
    await expect(page.get_by_role("row").filter(has_text="Catalogue import")).to_contain_text("Revoked")
    assert await program.refused("{ releases(first: 1) { nodes { id } } }") == "UNAUTHENTICATED"
    assert wrong == []
