"""`stardust-distro plugin`: a plugin is written, published, found, installed, used and removed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from distro_api.cli.main import app
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.registry.format import PublicKey, read_registry
from distro_core.marketplace.trust import verify_registry
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_sdk.projects.signing import make_key, public_key, read_key
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    (tmp_path / "market").mkdir()
    return Market(tmp_path / "market", now=datetime.now(UTC))


@pytest.fixture
async def command(
    platform: Platform, settings: Settings, market: Market, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Command]:
    """Runs a command on the servers of this session, with the market as its only registry."""
    monkeypatch.setenv("DISTRO_DATA_DIR", str(settings.data_path))
    monkeypatch.setenv("DISTRO_REGISTRIES", json.dumps([market.setting.model_dump()]))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["plugin", *arguments])

    yield run
    await empty_shop(Shop(platform, market))


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.slow
@pytest.mark.proves("CLI-16", "CLI-17", "CLI-18", "CLI-19", "CLI-22")
async def test_a_plugin_goes_its_whole_way_on_the_command_line(
    command: Command, market: Market, platform: Platform, tenant_a: TenantDocument, tmp_path: Path
) -> None:
    id, tenant = fresh_id("mapper"), ("--tenant", tenant_a.key)
    project, registry_key, own_key = tmp_path / id, tmp_path / "registry.json", tmp_path / "owls.json"
    market.publish()
    registry_key.write_text(json.dumps(market.key.as_dict(private=True)))

    # Given a plugin that its author has written, packed and signed
    await command("key", str(own_key), "--kid", "author")
    await command("create", id, "--kind", "genre-mapper", "--folder", str(project), "--publisher", "Night Owls")
    wheel = document(await command("pack", str(project), "--json"))["wheel"]
    assert (await command("sign", wheel, "--key", str(own_key))).exit_code == 0

    # When it is published
    publishing = ("publish", wheel, "--registry", str(market.file), "--registry-key", str(registry_key))
    published = document(await command(*publishing, "--publisher", "night-owls", "--json"))
    assert published == {"id": id, "version": "0.1.0", "registry": str(market.file), "added": True}
    assert document(await command(*publishing, "--publisher", "night-owls", "--json"))["added"] is False

    # Then it is found, installed, switched on and used
    found = document(await command("search", "--author", "night owls", "--json"))
    assert [(plugin["id"], plugin["version"], plugin["problems"]) for plugin in found["plugins"]] == [(id, "0.1.0", [])]
    tried = document(await command("install", id, *tenant, "--dry-run", "--json"))
    assert (tried["status"], tried["dry_run"]) == ("completed", True)
    installed = await command("install", id, *tenant)
    assert installed.exit_code == 0, installed.output
    assert f"{id} 0.1.0: install completed" in installed.stdout
    assert f"{id}: verify" in installed.stderr
    listed = document(await command("list", *tenant, "--json"))
    assert {(plugin["id"], plugin["status"]) for plugin in listed["plugins"]} >= {(id, "available")}
    assert document(await command("enable", id, *tenant, "--json"))["status"] == "enabled"
    await platform.marketplace.installed.sync(platform.runtimes)
    platform.memory.forget(tenant_a.id)
    assert id in (await platform.scope(tenant_a.id, "test")).plugins.genre_mappers

    # And it goes again, only when nobody uses it
    refused = await command("remove", id, *tenant)
    assert (refused.exit_code, "PLUGIN_ENABLED" in refused.stderr) == (1, True)
    assert document(await command("disable", id, *tenant, "--json"))["status"] == "available"
    assert document(await command("remove", id, "--purge", *tenant, "--json"))["status"] == "completed"
    listed = document(await command("list", *tenant, "--json"))
    assert id not in {plugin["id"] for plugin in listed["plugins"]}


@pytest.mark.proves("CLI-16")
async def test_a_search_names_a_registry_that_says_nothing(command: Command, market: Market) -> None:
    market.offer(WheelDraft("night-owl"))
    market.file.write_bytes(market.file.read_bytes().replace(b"Hoots", b"Barks"))

    found = await command("search", "--json")

    assert "REGISTRY_SIGNATURE_INVALID" in document(found)["faults"]["owls"]
    assert "registry owls says nothing" in found.stderr


async def test_what_no_registry_offers_is_a_clear_error(
    command: Command, market: Market, tenant_a: TenantDocument
) -> None:
    market.publish()

    refused = await command("install", "no-such-plugin", "--tenant", tenant_a.key, "--json")

    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["errors"] == [
        {"code": "NOT_FOUND", "message": "no registry offers a plugin with id no-such-plugin", "path": ["id"]}
    ]


async def test_among_several_tenants_one_is_named(
    command: Command, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    refused = await command("list")

    assert refused.exit_code == 1
    assert "TENANT_UNCLEAR" in refused.stderr
    assert (await command("list", "--tenant", "no-such-tenant")).exit_code == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"code": "import nothing_that_exists\n"}, "PLUGIN_TRIAL_FAILED"),
        ({"hooks": ["on_event", "shutdown"]}, "PLUGIN_TRIAL_FAILED"),
        ({"sdk": ">=9"}, "PLUGIN_REQUIREMENTS_NOT_MET"),
    ],
)
def test_a_wheel_is_checked_as_an_installation_would(changes: dict[str, Any], code: str | None, tmp_path: Path) -> None:
    id = fresh_id()
    wheel = tmp_path / f"{id.replace('-', '_')}-1.0.0-py3-none-any.whl"
    wheel.write_bytes(WheelDraft(id, **changes).pack())

    checked = CliRunner().invoke(app, ["plugin", "check", str(wheel), "--json"])

    report = json.loads(checked.stdout)
    problems = [text for step in report["steps"] for text in step["problems"]]
    assert checked.exit_code == (0 if code is None else 1)
    assert report["passed"] is (code is None)
    assert [text.partition(":")[0] for text in problems] == ([] if code is None else [code])


def test_other_bytes_of_a_published_version_are_refused(tmp_path: Path) -> None:
    run = CliRunner().invoke
    make_key(tmp_path / "key.json", "owls")
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    results = []
    for folder, code in (("first", "A = 1\n"), ("second", "A = 2\n")):
        wheel = tmp_path / folder / "night_owl-1.0.0-py3-none-any.whl"
        wheel.write_bytes(WheelDraft("night-owl", code=code).pack())
        run(app, ["plugin", "sign", str(wheel), "--key", str(tmp_path / "key.json")])
        arguments = ["--registry", str(tmp_path / "registry.json"), "--registry-key", str(tmp_path / "key.json")]
        results.append(run(app, ["plugin", "publish", str(wheel), *arguments, "--publisher", "owls", "--json"]))

    assert [result.exit_code for result in results] == [0, 1]
    assert json.loads(results[1].stdout)["errors"][0]["code"] == "PLUGIN_VERSION_PUBLISHED"


@pytest.mark.parametrize(
    ("license_model", "price", "code"),
    [
        ("free", None, None),
        ("paid", "4900EUR", None),
        ("paid", None, "PLUGIN_PRICE_WRONG"),
        ("free", "4900EUR", "PLUGIN_PRICE_WRONG"),
        ("paid", "49.00EUR", "PLUGIN_PRICE_WRONG"),
        ("paid", "4900eur", "PLUGIN_PRICE_WRONG"),
    ],
)
def test_what_is_not_free_has_a_price(license_model: str, price: str | None, code: str | None, tmp_path: Path) -> None:
    make_key(tmp_path / "key.json", "owls")
    wheel = tmp_path / "night_owl-1.0.0-py3-none-any.whl"
    wheel.write_bytes(WheelDraft("night-owl", license_model=license_model).pack())
    run, registry = CliRunner().invoke, tmp_path / "registry.json"
    run(app, ["plugin", "sign", str(wheel), "--key", str(tmp_path / "key.json")])

    arguments = ["--registry", str(registry), "--registry-key", str(tmp_path / "key.json"), "--publisher", "owls"]
    asked = [] if price is None else ["--price", price]
    published = run(app, ["plugin", "publish", str(wheel), *arguments, *asked, "--json"])

    if code is None:
        assert published.exit_code == 0, published.output
        key = PublicKey.model_validate(public_key(read_key(tmp_path / "key.json")))
        verify_registry(read_registry(registry.read_bytes()), [key])
    else:
        assert json.loads(published.stdout)["errors"][0]["code"] == code
        assert not registry.exists()
