"""The main job from the admin page: sign in, make a target, test it, deliver, follow it to the receipt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from distro_api.graphql.ids import global_id
from distro_api.receiver import Receiver
from distro_core.platform import Platform
from tests.browser.visitor import Visitor
from tests.delivery.dsp import PASSWORD as DSP_PASSWORD
from tests.delivery.label import SENDER, Label
from tests.delivery.workers import worker

pytestmark = pytest.mark.slow


async def test_a_release_goes_out_and_its_receipt_comes_back(
    visitor: Visitor, admin: str, label: Label, receiver: Receiver
) -> None:
    release = await label.release(title="Night Drive")
    page = visitor.page

    # Given somebody who signs in, and stays signed in when the page is loaded anew.
    await visitor.sign_in(admin)
    assert await page.evaluate("document.cookie") == ""
    await page.reload()
    await visitor.sees_heading("Hello, Ada Admin")

    # When they make a target for the DSP: a fault stands at its field, a mended form is taken.
    await visitor.open("/targets/new", "New target")
    await page.get_by_label("Platform (optional)").select_option("conformance-receiver")
    await page.get_by_label("Name", exact=True).fill("Example DSP")
    await page.get_by_label("Transport").select_option("sftp")
    await page.get_by_label("Sender’s name").fill(SENDER.name)
    await page.get_by_label("Sender’s party ID").fill("not a party id")
    await page.get_by_label("Recipient’s party ID").fill("PADPIDA2013071501L")
    for name, value in {
        "Host": receiver.host,
        "Username": "label",
        "Password (optional)": "not the password",
        "Port": str(receiver.port),
        "Host key": receiver.host_key,
    }.items():
        await page.get_by_label(name, exact=True).fill(value)
    await visitor.button("Create target").click()
    await expect(page.get_by_label("Sender’s party ID")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Sender’s party ID").fill(SENDER.dpid)
    await visitor.button("Create target").click()
    await visitor.sees_heading("Example DSP")

    # And test its connection: the probe says what is wrong, and after the password is mended that it works.
    await visitor.button("Test connection").click()
    await expect(page.get_by_text("LOGIN_REFUSED")).to_be_visible(timeout=60_000)
    wrong = await visitor.glance("connection-refused")
    await page.get_by_role("link", name="Edit").click()
    await visitor.sees_heading("Edit target")
    await expect(page.get_by_text("Set", exact=True)).to_be_visible()
    await page.get_by_label("Password (optional)").fill(DSP_PASSWORD)
    await visitor.button("Save").click()
    await visitor.sees_heading("Example DSP")
    await visitor.button("Test connection").click()
    await expect(page.get_by_text("The connection works")).to_be_visible(timeout=60_000)

    # And deliver a release to it.
    await page.get_by_role("link", name="Releases", exact=True).click()
    await page.get_by_role("link", name="Night Drive").click()
    await visitor.sees_heading("Night Drive")
    await visitor.button("Deliver…").click()
    await page.get_by_label("Target").select_option("Example DSP (ERN 4.3, SFTP)")
    await expect(page.get_by_text("Ready, with advice")).to_be_visible()
    await visitor.button("Deliver").click()

    # Then it is followed live until it is live at the DSP, and the receipt can be fetched.
    await expect(page.locator(".badge.big")).to_have_text("Live", timeout=60_000)
    await expect(page.get_by_role("log")).to_contain_text("receipt", ignore_case=True)
    async with page.expect_download() as fetched:
        await page.get_by_role("link", name="Receipt", exact=True).click()
    receipt = json.loads((await (await fetched.value).path()).read_text("utf-8"))
    assert receipt["release_title"] == release.title
    assert wrong == []


async def test_a_failed_delivery_is_tried_again_and_waits_where_its_target_is_paused(
    visitor: Visitor, admin: str, platform: Platform, label: Label, tmp_path: Path
) -> None:
    page = visitor.page
    release = await label.release(title="Harbour Lights")
    target = await label.broken_target(name="Folder shop")
    failed = await label.deliver([release.id], target.id)
    await visitor.sign_in(admin)

    # Given a delivery that the start page shows as failed, and a target that is paused while it is mended.
    await page.get_by_role("table", name="Deliveries that need attention").get_by_role("link").click()
    await visitor.sees_heading("Harbour Lights")
    assert page.url.endswith(f"/deliveries/{global_id('Delivery', failed.id)}")
    await page.get_by_role("link", name="Folder shop").click()
    await visitor.button("Pause…").click()
    await page.get_by_label("Reason").fill("Wrong folder")
    await visitor.button("Pause").click()
    await expect(page.get_by_text("Paused: Wrong folder")).to_be_visible()
    await visitor.open("/", "Hello, Ada Admin")
    await expect(page.get_by_role("region", name="Paused targets")).to_contain_text("Wrong folder")
    wrong = await visitor.glance("overview-with-problems")

    # When the target is mended and goes on, and the delivery is tried again.
    await page.get_by_role("link", name="Folder shop").click()
    await visitor.button("Resume").click()
    await page.get_by_role("link", name="Edit").click()
    await page.get_by_label("Directory").fill(str(tmp_path / "shop"))
    await visitor.button("Save").click()
    await visitor.sees_heading("Folder shop")
    await page.get_by_role("link", name="Harbour Lights").click()
    async with worker(platform):
        await visitor.button("Try again").click()

        # Then it arrives, and its page says so without being loaded anew.
        await expect(page.locator(".badge.big")).to_have_text("Distributed", timeout=60_000)
    assert list((tmp_path / "shop").rglob("*.wav"))
    assert wrong == []
