"""Plugins in distributions of their own: installed as anybody would, used without any change to the platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus
from tests.delivery.label import Label
from tests.plugins.conftest import PluginsOf

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DISTRIBUTIONS = ("hello-plugin", "house-rules", "release-diary")


def install(distribution: str, folder: Path) -> Path:
    """Install an example into a folder of its own, from its source and without any index."""
    target = folder / distribution
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--target", str(target), str(EXAMPLES / distribution)]
    subprocess.run(command, check=True, timeout=300)
    return target


@pytest.fixture(scope="session")
def installed_examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("examples")
    return {distribution: install(distribution, folder) for distribution in DISTRIBUTIONS}


@pytest.fixture
def on_the_path(installed_examples: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = set(sys.modules)
    for folder in installed_examples.values():
        monkeypatch.syspath_prepend(str(folder))
    yield
    for module in set(sys.modules) - before:
        if module.partition(".")[0] in {"hello_plugin", "house_rules", "release_diary"}:
            del sys.modules[module]


@pytest.fixture
async def with_examples(
    platform: Platform, settings: Settings, on_the_path: None, tmp_path: Path
) -> AsyncIterator[Platform]:
    """A platform whose operator has set up the outbox."""
    hello = {"folder": str(tmp_path / "outboxes"), "journal": str(tmp_path / "journal.jsonl")}
    with_outbox = settings.model_copy(update={"plugins": {"hello-plugin": hello}})
    async with open_platform(with_outbox) as running:
        yield running


def journal(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()]


def test_installed_plugins_are_found_and_not_imported(on_the_path: None) -> None:
    found = {plugin.id: plugin for plugin in find_plugins()}

    for distribution in DISTRIBUTIONS:
        assert found[distribution].distribution == f"stardust-distro-{distribution}"
        assert found[distribution].fault is None
        assert not found[distribution].built_in
    assert not {"hello_plugin", "house_rules", "release_diary"} & set(sys.modules)


@pytest.mark.proves("PLG-14", "PLG-15")
@pytest.mark.hook("register_transports", "tenant_enabled", "after_release", "after_asset_process", "on_event")
async def test_a_strangers_transport_carries_a_delivery_and_its_journal_tells_of_it(
    with_examples: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    await (await PluginsOf(with_examples)(tenant_a.id)).enable("hello-plugin")
    label = Label(await with_examples.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    other = Label(await with_examples.scope(tenant_b.id, SYSTEM_ACTOR), tmp_path)

    release = await label.release()
    target = await label.target(transport="hello-outbox", settings={"mailbox": "dsp"})
    delivery = await label.deliver([release.id], target.id)
    await other.release()
    for tenant in (tenant_a, tenant_b):
        await OutboxRelay(with_examples).relay_tenant(tenant.id)

    new = tmp_path / "outboxes" / "dsp" / "new" / delivery.batch_id
    assert delivery.status is DeliveryStatus.DISTRIBUTED
    assert {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()} == {
        "BatchManifest.xml",
        "BatchComplete.txt",
        f"Release1/{delivery.message_id}.xml",
        f"Release1/audio/{release.icpn}_01_001.wav",
        f"Release1/audio/{release.icpn}_01_002.wav",
        f"Release1/images/{release.icpn}.jpg",
    }
    told = journal(tmp_path)
    assert {line["tenant_id"] for line in told if "tenant_id" in line} == {tenant_a.id}
    statuses = [line["event"]["status"] for line in told if line["what"] == "delivery.status_changed"]
    assert statuses == [line.status for line in delivery.history]
    assert {"startup", "tenant_enabled", "asset", "release", "release.changed"} <= {line["what"] for line in told}


async def test_a_tenant_without_the_plugin_cannot_name_its_transport(
    with_examples: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    await (await PluginsOf(with_examples)(tenant_a.id)).enable("hello-plugin")
    other = Label(await with_examples.scope(tenant_b.id, SYSTEM_ACTOR), tmp_path)

    with pytest.raises(DomainError) as caught:
        await other.target(transport="hello-outbox", settings={"mailbox": "dsp"})

    assert "TRANSPORT_UNKNOWN" in {error.code for error in getattr(caught.value, "errors", [caught.value])}


@pytest.mark.hook("before_release", "before_asset_process", "prepare_message", "before_delivery")
async def test_a_labels_own_rules_hold_on_the_whole_way_of_a_release(
    with_examples: Platform, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    plugins = await PluginsOf(with_examples)(tenant_a.id)
    await plugins.enable("house-rules")
    rules = {"tidy_titles": True, "forbidden_words": ["cursed"], "lead_time": 365}
    await plugins.configure("house-rules", rules)
    label = Label(await with_examples.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path / "receiver")

    with pytest.raises(DomainError) as caught:
        await label.release(title="Cursed", ready=False)
    release = await label.release(title="Night   Drive")
    target = await label.target()
    delivery = await label.deliver([release.id], target.id)

    assert (caught.value.code, caught.value.path) == ("TITLE_FORBIDDEN", ("title",))
    assert release.title == "Night Drive"
    assert delivery.status is DeliveryStatus.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "LEAD_TIME_MISSED"
    assert label.files() == []


@pytest.mark.proves("API-31")
@pytest.mark.hook("check_config")
async def test_rules_that_contradict_each_other_are_not_saved(
    with_examples: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    plugins = await PluginsOf(with_examples)(tenant_a.id)
    await plugins.enable("house-rules")
    await plugins.configure("house-rules", {"forbidden_words": ["cursed"]})

    with pytest.raises(DomainErrors) as caught:
        await plugins.configure("house-rules", {"forbidden_words": ["cursed"], "p_line_company": "Cursed Records"})

    (error,) = caught.value.errors
    assert (error.code, error.path) == ("RULES_CONTRADICT", ("configuration", "p_line_company"))
    kept = (await plugins.get("house-rules")).configuration
    assert (kept["forbidden_words"], kept["p_line_company"]) == (["cursed"], None)
    assert (await (await PluginsOf(with_examples)(tenant_b.id)).get("house-rules")).configuration == {}


@pytest.mark.slow
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_examples_own_suite_passes(installed_examples: dict[str, Path], distribution: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLES / distribution)],
        cwd=EXAMPLES / distribution,
        env={**os.environ, "PYTHONPATH": str(installed_examples[distribution])},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "skipped" not in run.stdout
