"""Many projects become one signed registry, and the registry of this repository can be verified."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from distro_core.marketplace.registry.collecting import CollectedRegistry, collect_plugins, find_projects
from distro_core.marketplace.registry.editing import RegistryDraft, read_draft
from distro_core.marketplace.registry.format import PublicKey, read_registry
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.marketplace.trust import verify_artefact, verify_registry
from distro_sdk.errors import DomainError
from distro_sdk.projects.templates import PluginKind, create_project
from tests.marketplace.market import NOW, new_key

ROOT = Path(__file__).resolve().parents[2]
LATER = NOW + timedelta(days=1)


@pytest.fixture
def key() -> OKPKey:
    return new_key("owls-2026")


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    for id in ("night-owl", "day-owl"):
        create_project(id, PluginKind.PLATFORM, tmp_path / "projects" / id)
    return tmp_path / "projects"


def collect(
    projects: Path, registry: Path, key: OKPKey, now: datetime = NOW, draft: RegistryDraft | None = None
) -> CollectedRegistry:
    return collect_plugins(
        find_projects([projects]),
        registry.parent / "wheels",
        registry,
        publisher="owls",
        key=key,
        now=now,
        draft=draft or RegistryDraft(),
        tell=lambda _: None,
    )


def price(project: Path, text: str) -> None:
    manifest = project / "src" / project.name.replace("-", "_") / "plugin.json"
    manifest.write_text(manifest.read_text().replace('"license"', '"license_model": "paid", "license"'))
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text() + f"\n[tool.stardust-distro.price]\n{text}\n")


def test_every_project_is_packed_signed_and_listed(projects: Path, key: OKPKey, tmp_path: Path) -> None:
    collected = collect(projects, tmp_path / "plugin-registry.json", key)

    (setting,) = map(RegistrySetting.model_validate, json.loads(collected.setting))
    read = read_registry(Path(setting.address).read_bytes())
    verify_registry(read, setting.keys)
    assert json.loads(collected.key.read_text()) == setting.keys[0].model_dump()
    assert [entry.id for entry in read.content.plugins] == ["day-owl", "night-owl"]
    for entry in read.content.plugins:
        (version,) = entry.versions
        wheel = (tmp_path / version.url).read_bytes()
        assert (version.sha256, version.size) == (hashlib.sha256(wheel).hexdigest(), len(wheel))
        verify_artefact(read.content, read.content.publishers[0], entry.id, version)


def test_no_project_at_all_is_an_empty_registry(key: OKPKey, tmp_path: Path) -> None:
    collected = collect(tmp_path / "nothing", tmp_path / "plugin-registry.json", key)

    read = read_registry(collected.registry.read_bytes())
    assert read.content.plugins == ()
    verify_registry(read, [PublicKey.model_validate_json(collected.key.read_bytes())])


def test_a_next_edition_keeps_what_was_listed(projects: Path, key: OKPKey, tmp_path: Path) -> None:
    registry = tmp_path / "plugin-registry.json"
    collect(projects, registry, key)
    first = read_registry(registry.read_bytes()).content
    for file in (projects / "day-owl").rglob("*"):
        if file.name in {"pyproject.toml", "plugin.json"}:
            file.write_text(file.read_text().replace("0.1.0", "0.2.0"))

    collect(projects, registry, key, LATER, read_draft(registry))

    second = read_registry(registry.read_bytes()).content
    versions = {entry.id: [version.version for version in entry.versions] for entry in second.plugins}
    assert versions == {"day-owl": ["0.1.0", "0.2.0"], "night-owl": ["0.1.0"]}
    assert second.serial > first.serial
    assert second.plugins[1] == first.plugins[1]


def test_another_key_signs_beside_the_first(projects: Path, key: OKPKey, tmp_path: Path) -> None:
    registry = tmp_path / "plugin-registry.json"
    collect(projects, registry, key)

    other = new_key("owls-2027")
    collect(projects, registry, other, LATER, read_draft(registry))
    with pytest.raises(DomainError, match="has another key with the id owls-2026") as refused:
        collect(projects, registry, new_key("owls-2026"), LATER, read_draft(registry))

    keys = read_registry(registry.read_bytes()).content.publishers[0].keys
    assert [known.kid for known in keys] == ["owls-2026", "owls-2027"]
    assert refused.value.code == "PLUGIN_ID_TAKEN"


def test_what_is_listed_is_never_changed(projects: Path, key: OKPKey, tmp_path: Path) -> None:
    registry = tmp_path / "plugin-registry.json"
    collect(projects, registry, key)
    before = registry.read_bytes()
    code = projects / "day-owl" / "src" / "day_owl" / "platform.py"
    code.write_text(code.read_text().replace("lead_time=7", "lead_time=8"))

    with pytest.raises(DomainError, match="day-owl: version 0") as refused:
        collect(projects, registry, key, LATER, read_draft(registry))

    assert refused.value.code == "PLUGIN_VERSION_PUBLISHED"
    assert registry.read_bytes() == before


def test_a_paid_plugin_says_its_price_in_its_project(projects: Path, key: OKPKey, tmp_path: Path) -> None:
    price(projects / "day-owl", 'amount = 4900\ncurrency = "EUR"')
    collected = collect(projects, tmp_path / "plugin-registry.json", key)
    listed = read_registry(collected.registry.read_bytes()).content.plugins[0].versions[0]
    assert listed.price is not None
    assert (listed.price.amount, listed.price.currency) == (4900, "EUR")

    price(projects / "night-owl", 'amount = 49.5\ncurrency = "EUR"')
    with pytest.raises(DomainError, match="night-owl: the plugin's project is not valid: its price") as refused:
        collect(projects, tmp_path / "plugin-registry.json", key)
    assert refused.value.code == "PLUGIN_PROJECT_INVALID"


def test_the_registry_of_this_repository_is_signed_and_so_is_what_it_lists() -> None:
    read = read_registry((ROOT / "plugin-registry.json").read_bytes())
    key = PublicKey.model_validate_json((ROOT / "plugin-registry.key.json").read_bytes())

    verify_registry(read, [key])

    publishers = {publisher.id: publisher for publisher in read.content.publishers}
    for entry in read.content.plugins:
        for version in entry.versions:
            verify_artefact(read.content, publishers[entry.publisher], entry.id, version)
    assert read.content.expires - read.content.issued_at >= timedelta(days=300)
    assert read.content.issued_at <= datetime.now(UTC)
