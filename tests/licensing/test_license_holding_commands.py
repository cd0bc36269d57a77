"""`license add|list|remove`: who operates the platform enters licences of its tenants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_core.identity.documents import TenantDocument
from distro_core.licensing.held import LicenseState
from tests.licensing.licences import OTHER, far_claims, licence
from tests.marketplace.market import WheelDraft
from tests.marketplace.shops import Shop, fresh_id

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def command(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command on the servers of this session, with the market as its only registry."""
    monkeypatch.setenv("DISTRO_DATA_DIR", str(shop.platform.settings.data_path))
    monkeypatch.setenv("DISTRO_REGISTRIES", json.dumps([shop.market.setting.model_dump()]))

    async def run(*arguments: str, input: bytes | None = None) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["license", *arguments], input=input))

    return run


@pytest.fixture
def stems(shop: Shop) -> str:
    """The id of a paid plugin that is on offer."""
    id = fresh_id("stems")
    shop.market.offer(WheelDraft(id, license_model="paid"))
    return id


async def held(command: Command, tenant: TenantDocument) -> list[dict[str, Any]]:
    listed = await command("list", "--tenant", tenant.key, "--json")
    assert listed.exit_code == 0, listed.output
    licenses: list[dict[str, Any]] = json.loads(listed.stdout)["licenses"]
    return licenses


@pytest.mark.proves("LIC-02")
async def test_a_licence_is_entered_listed_and_removed_for_one_tenant(
    command: Command, shop: Shop, stems: str, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    # Given a licence of the plugin's publisher for tenant A
    text = licence(far_claims(stems, sub=tenant_a.id, features=["split"]), shop.market.publisher_key)
    file = shop.market.file.with_name("licence.txt")
    file.write_text(f"{text}\n")

    # When it is entered from a file, then again from standard input
    entered = await command("add", str(file), "--plugin", stems, "--tenant", tenant_a.key)
    again = await command("add", "-", "--plugin", stems, "--tenant", tenant_a.key, "--json", input=text.encode())

    # Then tenant A holds it, tenant B does not, and its text is told nowhere
    assert entered.exit_code == 0, entered.output
    assert entered.stdout.startswith(f"{stems} valid until ")
    assert entered.stdout.endswith(" with split\n")
    assert (json.loads(again.stdout)["state"], json.loads(again.stdout)["features"]) == ("valid", ["split"])
    (listed,) = await held(command, tenant_a)
    assert (listed["plugin"], listed["license_id"], listed["state"]) == (stems, f"L-{stems}", "valid")
    assert await held(command, tenant_b) == []
    (kept,) = await shop.platform.marketplace.licensing.list(tenant_a.id)
    assert (kept.state, kept.held.added_by) == (LicenseState.VALID, "cli")
    assert text not in entered.output + again.output + json.dumps(listed)
    shown = await command("list", "--tenant", tenant_a.key)
    assert shown.stdout.splitlines()[1] == "1 held"

    # And it goes again
    assert (
        await command("remove", "--plugin", stems, "--tenant", tenant_a.key)
    ).stdout == f"{stems}: licence removed\n"
    assert await held(command, tenant_a) == []
    gone = await command("remove", "--plugin", stems, "--tenant", tenant_a.key, "--json")
    assert (gone.exit_code, json.loads(gone.stdout)["errors"][0]["code"]) == (1, "NOT_FOUND")


async def test_what_is_no_good_licence_is_refused_with_its_reason(
    command: Command, shop: Shop, stems: str, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    async def refusal(content: bytes, plugin: str = stems, tenant: str = tenant_b.key) -> tuple[int, str]:
        done = await command("add", "-", "--plugin", plugin, "--tenant", tenant, "--json", input=content)
        return done.exit_code, json.loads(done.stdout)["errors"][0]["code"]

    of_a = licence(far_claims(stems, sub=tenant_a.id), shop.market.publisher_key).encode()
    forged = licence(far_claims(stems, sub=tenant_b.id), OTHER).encode()

    assert await refusal(of_a) == (1, "LICENSE_INVALID")
    assert await refusal(forged) == (1, "LICENSE_INVALID")
    assert await refusal(b"\xff\xfe no text") == (1, "LICENSE_INVALID")
    assert await refusal(b"x" * 1_000_000) == (1, "LICENSE_INVALID")
    assert await refusal(of_a, plugin="nobody") == (1, "NOT_FOUND")
    assert await refusal(of_a, tenant="no-such-tenant") == (1, "NOT_FOUND")
    assert await held(command, tenant_b) == []


async def test_among_several_tenants_one_must_be_named(
    command: Command, stems: str, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    unclear = await command("list")

    assert unclear.exit_code == 1
    assert "TENANT_UNCLEAR" in unclear.stderr
    assert tenant_a.key != tenant_b.key


def test_the_commands_explain_themselves() -> None:
    told = CliRunner().invoke(app, ["license", "--help"]).stdout

    for name in ("add", "inspect", "issue", "list", "remove"):
        assert f" {name} " in told
