"""The main job from the admin page: sign in, make a target, test it, deliver, follow it to the receipt."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from distro_api.receiver import Receiver
from tests.browser.visitor import Visitor
from tests.delivery.dsp import PASSWORD as DSP_PASSWORD
from tests.delivery.label import SENDER, Label

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
        "Password (optional)": DSP_PASSWORD,
        "Port (optional)": str(receiver.port),
        "Host key": receiver.host_key,
    }.items():
        await page.get_by_label(name, exact=True).fill(value)
    await visitor.button("Create target").click()
    await expect(page.get_by_label("Sender’s party ID")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Sender’s party ID").fill(SENDER.dpid)
    await visitor.button("Create target").click()
    await visitor.sees_heading("Example DSP")

    # And test its connection.
    await visitor.button("Test connection").click()
    await expect(page.get_by_text("The connection works")).to_be_visible(timeout=60_000)

    # And deliver a release to it.
    await page.get_by_role("link", name="Releases", exact=True).click()
    await page.get_by_role("link", name="Night Drive").click()
    await visitor.sees_heading("Night Drive")
    await visitor.button("Deliver…").click()
    await page.get_by_label("Target").select_option("Example DSP (ern/4.3, sftp)")
    await expect(page.get_by_text("Ready, with advice")).to_be_visible()
    await visitor.button("Deliver").click()

    # Then it is followed live until it is live at the DSP, and the receipt can be fetched.
    await expect(page.locator(".badge.big")).to_have_text("Live", timeout=60_000)
    await expect(page.get_by_role("log")).to_contain_text("receipt", ignore_case=True)
    async with page.expect_download() as fetched:
        await page.get_by_role("link", name="Receipt", exact=True).click()
    receipt = json.loads((await (await fetched.value).path()).read_text("utf-8"))
    assert receipt["release_title"] == release.title
