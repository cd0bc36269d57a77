"""A tenant's pages look as it says, and what it says is judged."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from distro_core.identity.branding import MAX_LOGO_BYTES
from tests.api.client import Client

BRANDING = "branding { primaryColour secondaryColour logo font }"
PLAIN = {"primaryColour": None, "secondaryColour": None, "logo": None, "font": "system"}
PNG = b"\x89PNG\r\n\x1a\n"


def data_url(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


async def change(client: Client, **branding: Any) -> dict[str, Any]:
    return await client.mutate("tenantUpdate", f"tenant {{ {BRANDING} }}", branding=branding)


@pytest.mark.proves("WHL-01")
async def test_a_tenant_chooses_colours_letters_and_a_logo_for_itself_alone(admin_a: Client, admin_b: Client) -> None:
    given = {"primaryColour": "#0A7F5C", "secondaryColour": "#10231d", "logo": data_url(PNG), "font": "serif"}

    payload = await change(admin_a, **given)

    assert payload["errors"] == []
    assert payload["tenant"]["branding"] == given | {"primaryColour": "#0a7f5c"}
    assert (await admin_b.data(f"{{ tenant {{ {BRANDING} }} }}"))["tenant"]["branding"] == PLAIN
    # What is left out of a change of something else stays; a new branding replaces all of the old one.
    await admin_a.mutate("tenantUpdate", "tenant { id }", name="New name")
    assert (await admin_a.data(f"{{ tenant {{ {BRANDING} }} }}"))["tenant"]["branding"]["font"] == "serif"
    assert (await change(admin_a))["tenant"]["branding"] == PLAIN


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#123456; background: url(//elsewhere)", ""])
async def test_what_is_no_colour_is_refused(admin_a: Client, colour: str) -> None:
    payload = await change(admin_a, primaryColour=colour)

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("COLOUR_INVALID", ["branding", "primaryColour"])
    ]


@pytest.mark.parametrize(
    "logo",
    [
        "https://elsewhere.example/logo.png",
        data_url(b"<svg onload='alert(1)'/>", "svg+xml"),
        data_url(b"no picture"),
        data_url(PNG, "jpeg"),
        "data:image/png;base64,====",
        "data:image/png;base64,abcde",
        data_url(PNG + bytes(MAX_LOGO_BYTES)),
    ],
)
async def test_what_is_no_small_picture_is_refused(admin_a: Client, logo: str) -> None:
    payload = await change(admin_a, logo=logo)

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("LOGO_INVALID", ["branding", "logo"])]
