"""What people do with plugins on the admin page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.visitor import Visitor

REQUIRED = "Valid license required"


async def enter_license(visitor: Visitor, text: str) -> None:
    """Enter a licence on the page that shows."""
    await visitor.page.get_by_label("Licence", exact=True).fill(text)
    await visitor.button("Enter licence").click()


async def refused_to_install(visitor: Visitor) -> list[str]:
    """Try to install what is shown, and be told what is missing."""
    await visitor.button("Install…").click()
    await visitor.button("Install").click()
    await expect(visitor.page.get_by_role("dialog").get_by_text(REQUIRED)).to_be_visible()
    wrong = await visitor.glance("installation-refused")
    await visitor.button("Cancel").click()
    return wrong


async def install(visitor: Visitor) -> None:
    """Install what is shown, open it, and switch it on."""
    await visitor.button("Install…").click()
    await visitor.button("Install").click()
    await expect(visitor.page.get_by_text("It is installed in version")).to_be_visible(timeout=60_000)
    await visitor.page.get_by_role("link", name="Open it").click()
    await visitor.button("Switch on").click()
    await expect(visitor.page.get_by_text("The plugin is on")).to_be_visible()


async def uninstall_with_its_data(visitor: Visitor, plugin: str, name: str) -> list[str]:
    """Switch a plugin off, and uninstall it with everything that it has stored."""
    page = visitor.page
    await visitor.open(f"/plugins/{plugin}", name)
    await visitor.button("Switch off…").click()
    await visitor.button("Switch off").click()
    await expect(page.get_by_text("The plugin is off")).to_be_visible()
    await visitor.button("Uninstall…").click()
    await expect(visitor.button("Uninstall")).to_be_disabled()
    await page.get_by_label("Remove its data, too.").check()
    await page.get_by_label(f"Type {plugin} to confirm").fill(plugin)
    wrong = await visitor.glance("uninstall-dialog")
    await visitor.button("Uninstall").click()
    await expect(page.get_by_text("It is uninstalled.")).to_be_visible(timeout=60_000)
    await visitor.button("Done").click()
    await visitor.sees_heading("Installed plugins")
    await expect(page.get_by_role("link", name=name)).to_have_count(0)
    return wrong
