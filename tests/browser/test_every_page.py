"""Every page, in light and dark and on a telephone: nothing that keeps people out, nothing from elsewhere."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.async_api import expect

from distro_api.graphql.ids import global_id
from distro_core.identity.api_keys import ApiKeyService
from distro_core.identity.documents import Role
from distro_core.identity.permissions import Permission
from distro_core.identity.users import UserService
from distro_core.platform import Platform
from tests.api.conftest import PASSWORD
from tests.browser.visitor import Visitor
from tests.delivery.label import Label

pytestmark = pytest.mark.slow


def logo() -> bytes:
    """A small picture."""
    written = io.BytesIO()
    Image.new("RGB", (96, 32), "#0a5c44").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
async def busy_label(label: Label, platform: Platform) -> dict[str, str]:
    """A label with something on every page: the addresses of what is there."""
    scope = label.scope
    releases = [
        await label.release(title=title) for title in ("Night Drive", "Harbour Lights", "A Title That Is Long Enough")
    ]
    await label.release(title="Unfinished Business", ready=False)
    target = await label.target(name="Example DSP")
    other = await label.target(name="Northern Streams")
    sent = await label.deliver([releases[0].id], target.id)
    broken = await label.broken_target(name="Broken Shop")
    failed = await label.deliver([releases[1].id], broken.id)
    await label.deliver([releases[2].id], other.id)
    users = UserService(platform.control, scope.tenant_id)
    await users.create(f"max@{scope.tenant_id}.example", "Max Manager", Role.MANAGER, password=PASSWORD)
    keys = ApiKeyService(platform.control, scope.tenant_id, platform.clock)
    await keys.create("Catalogue import", ["catalogue:read", "catalogue:write"], allowed=frozenset(Permission))
    return {
        "release": f"/releases/{global_id('Release', releases[0].id)}",
        "delivery": f"/deliveries/{global_id('Delivery', sent.id)}",
        "failed-delivery": f"/deliveries/{global_id('Delivery', failed.id)}",
        "target": f"/targets/{global_id('Target', target.id)}",
    }


async def test_every_page_can_be_used_by_everybody(visitor: Visitor, admin: str, busy_label: dict[str, str]) -> None:
    page = visitor.page
    await page.goto("/admin/")
    await visitor.sees_heading("Sign in")
    wrong = await visitor.look("sign-in")
    await visitor.sign_in(admin)
    wrong += await visitor.look("overview")

    for name, path, heading in [
        ("releases", "/releases", "Releases"),
        ("release", busy_label["release"], "Night Drive"),
        ("deliveries", "/deliveries", "Deliveries"),
        ("delivery", busy_label["delivery"], "Night Drive"),
        ("failed-delivery", busy_label["failed-delivery"], "Harbour Lights"),
        ("targets", "/targets", "Targets"),
        ("target", busy_label["target"], "Example DSP"),
        ("target-edit", f"{busy_label['target']}/edit", "Edit target"),
        ("plugins", "/plugins", "Installed plugins"),
        ("plugin", "/plugins/sftp", "SFTP"),
        ("plugin-health", "/plugins/smtp", "Mail over SMTP"),
        ("developer", "/developer", "Developer portal"),
        ("users", "/users", "Users"),
        ("api-keys", "/api-keys", "API keys"),
        ("settings", "/settings", "Settings"),
        ("missing", "/no-such-page", "Nothing here"),
    ]:
        await visitor.open(path, heading)
        wrong += await visitor.look(name)
    assert wrong == []


async def test_what_has_a_key_is_shown_by_its_title(visitor: Visitor, admin: str, busy_label: dict[str, str]) -> None:
    page = visitor.page
    await visitor.sign_in(admin)

    await visitor.open("/targets", "Targets")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Example DSP"))
    titles = ["The conformance receiver of this platform", "ERN 4.3", "Local folder"]
    for title in titles:
        await expect(row).to_contain_text(title)

    await visitor.open(busy_label["target"], "Example DSP")
    details = visitor.card("Details")
    for title, key in zip(
        [*titles, "Batch with manifest and completion marker"],
        ["conformance-receiver", "ern/4.3", "local-folder", "batch"],
        strict=True,
    ):
        await expect(details).to_contain_text(f"{title}{key}")

    await visitor.open(busy_label["delivery"], "Night Drive")
    step = page.get_by_role("log").get_by_text("Local folder: upload", exact=True)
    await expect(step).to_have_attribute("title", "local_folder_upload")


async def test_dialogs_and_the_navigation_can_be_used_with_the_keyboard_alone(
    visitor: Visitor, admin: str, busy_label: dict[str, str]
) -> None:
    page = visitor.page
    await visitor.sign_in(admin)

    # The first key leads past the navigation.
    await page.reload()
    await visitor.sees_heading("Hello, Ada Admin")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()

    # A dialog keeps the focus, closes with Escape and gives the focus back.
    await visitor.open(busy_label["target"], "Example DSP")
    await visitor.button("Delete…").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    wrong = await visitor.glance("delete-dialog")
    for _ in range(5):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(visitor.button("Delete…")).to_be_focused()
    assert wrong == []


async def test_a_viewer_sees_what_a_viewer_may_and_no_more(
    visitor: Visitor, platform: Platform, label: Label, busy_label: dict[str, str]
) -> None:
    email = f"vera@{label.scope.tenant_id}.example"
    await UserService(platform.control, label.scope.tenant_id).create(
        email, "Ada Admin", Role.VIEWER, password=PASSWORD
    )
    await visitor.sign_in(email)

    navigation = visitor.page.get_by_role("navigation", name="Main")
    assert await navigation.get_by_role("link").all_inner_texts() == ["Overview", "Releases", "Settings"]
    await visitor.open(busy_label["release"], "Night Drive")
    await expect(visitor.button("Deliver…")).to_have_count(0)
    await visitor.open("/users", "Hello, Ada Admin")


async def test_signing_out_ends_the_session_and_a_wrong_password_is_refused(visitor: Visitor, admin: str) -> None:
    page = visitor.page
    await visitor.sign_in(admin)
    await page.get_by_role("button", name="Sign out").click()
    await visitor.sees_heading("Sign in")
    await page.goto("/admin/releases")
    await visitor.sees_heading("Sign in")

    await page.get_by_label("E-mail address").fill(admin)
    await page.get_by_label("Password").fill("a wrong password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("no user with this e-mail address and password")


async def test_an_organisation_chooses_how_its_people_are_told(visitor: Visitor, admin: str) -> None:
    page = visitor.page
    await visitor.sign_in(admin)
    await visitor.open("/settings", "Settings")
    own = page.get_by_label("Tell me of what I see in the list")
    await expect(own).to_have_count(0)

    await page.get_by_label("Use it for your organisation").check()
    await expect(page.get_by_text("Mail is used")).to_be_visible()
    await expect(own).to_be_checked()
    await own.uncheck()
    await expect(page.get_by_text("Mail tells you nothing")).to_be_visible()

    await visitor.open("/plugins/smtp", "Mail over SMTP")
    await expect(page.get_by_text("neither the operator nor the tenant has set a mail server")).to_be_visible()
    await visitor.open("/settings", "Settings")
    await expect(page.get_by_label("Use it for your organisation")).to_be_checked()
    await expect(own).not_to_be_checked()
    assert await visitor.look("channels") == []


async def test_an_organisation_gives_the_page_its_own_look(visitor: Visitor, admin: str) -> None:
    page = visitor.page
    await visitor.sign_in(admin)
    await visitor.open("/settings", "Settings")
    # A bright colour: what is written in it and on it is turned until it can be read.
    await page.get_by_label("Main colour").fill("#ffd000")
    await page.get_by_label("Navigation’s colour").fill("#7fe3c4")
    await page.get_by_label("Letters").select_option("serif")
    file = page.get_by_label("Logo")
    await expect(file).to_have_accessible_description("No file chosen PNG, JPEG or WebP, at most 64 KiB.")
    await file.set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": logo()})
    await expect(file).to_have_accessible_description("logo.png PNG, JPEG or WebP, at most 64 KiB.")
    await page.get_by_label("Letters").focus()
    await visitor.tab_to(file, most=2)
    assert await page.locator(".input", has=file).evaluate("box => getComputedStyle(box).outlineStyle") == "solid"
    assert await visitor.glance("logo-chosen") == []
    await visitor.button("Save look").click()
    await expect(page.get_by_text("The look is saved")).to_be_visible()

    await visitor.open("/releases", "Releases")

    await expect(page.locator("aside img")).to_be_visible()
    colour = await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
    assert colour == "#ffd000"
    await visitor.open("/settings", "Settings")
    assert await visitor.look("branded") == []
