"""Discovery: plugins are found and their manifests checked before any of their code is imported."""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import distro_sdk
from distro_core.plugins.discovery import FoundPlugin, find_plugins, import_plugin, refuse_unmet
from distro_sdk.errors import PluginError
from distro_sdk.plugin import Plugin
from tests.plugins.sample_plugins import Carrier, Witness, installed, manifest

MANIFEST: dict[str, Any] = {
    "id": "night-owl",
    "name": "Night owl",
    "version": "1.2.0",
    "publisher": "Owls",
    "support": "owls@example.com",
    "description": "Hoots.",
    "sdk": ">=0.1,<0.2",
    "hooks": ["on_event"],
}
CODE = """
from distro_sdk import Plugin

class NightOwl(Plugin):
    id = "night-owl"

    async def on_event(self, context, event):
        print(event)
"""


class Site:
    """A folder in which distributions are installed as pip installs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self, manifest: object = MANIFEST, code: str = CODE, *, entry: str = "night_owl:NightOwl", name: str = "owls"
    ) -> None:
        package = self.folder / "night_owl"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(code)
        if manifest is not None:
            (package / "plugin.json").write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
        self.register(name, entry)

    def register(self, name: str, entry: str, id: str = "night-owl") -> None:
        information = self.folder / f"{name}-1.2.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.0\n")
        (information / "entry_points.txt").write_text(f"[stardust_distro.plugins]\n{id} = {entry}\n")

    def found(self, id: str = "night-owl") -> FoundPlugin:
        (plugin,) = [plugin for plugin in find_plugins() if plugin.id == id]
        return plugin


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Site(tmp_path)
    for module in [name for name in sys.modules if name.partition(".")[0] == "night_owl"]:
        del sys.modules[module]


@pytest.mark.proves("PLG-04")
def test_an_installed_plugin_is_found_with_its_manifest(site: Site) -> None:
    site.install()

    owl = site.found()

    assert (owl.distribution, owl.built_in, owl.fault) == ("owls", False, None)
    assert owl.manifest is not None
    assert (owl.manifest.version, owl.manifest.publisher) == ("1.2.0", "Owls")


def test_runtimes_that_look_for_plugins_at_once_forget_what_is_cached_one_after_the_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install()
    forget, under_way, together = importlib.invalidate_caches, 0, []

    def watched() -> None:
        nonlocal under_way
        under_way += 1
        together.append(under_way)
        time.sleep(0.02)
        forget()
        under_way -= 1

    monkeypatch.setattr(importlib, "invalidate_caches", watched)
    with ThreadPoolExecutor(4) as threads:
        found = [each.result() for each in [threads.submit(find_plugins) for _ in range(4)]]

    assert together == [1, 1, 1, 1]
    assert all("night-owl" in {plugin.id for plugin in each} for each in found)


def test_finding_a_plugin_imports_nothing_of_it(site: Site) -> None:
    site.install(code="raise SystemExit('this must not run')")

    owl = site.found()

    assert owl.fault is None
    assert "night_owl" not in sys.modules


@pytest.mark.parametrize("entry", ["night_owl.code:NightOwl", "night_owl.deep.inside:NightOwl"])
def test_the_manifest_may_lie_above_the_module_that_is_named(site: Site, entry: str) -> None:
    site.install(code="raise SystemExit('this must not run')", entry=entry)
    (site.folder / "night_owl" / "code.py").write_text(CODE)
    (site.folder / "night_owl" / "deep").mkdir()
    (site.folder / "night_owl" / "deep" / "__init__.py").touch()
    (site.folder / "night_owl" / "deep" / "inside.py").write_text(CODE)

    owl = site.found()

    assert owl.manifest is not None
    assert "night_owl" not in sys.modules


def test_a_package_without_init_is_searched_too(site: Site) -> None:
    site.install(entry="night_owl.code:NightOwl")
    (site.folder / "night_owl" / "__init__.py").unlink()
    (site.folder / "night_owl" / "code.py").write_text(CODE)

    assert site.found().manifest is not None


@pytest.mark.proves("PLG-01")
@pytest.mark.parametrize("field", ["id", "name", "version", "publisher", "support", "description", "sdk", "hooks"])
def test_a_manifest_without_a_field_is_refused(site: Site, field: str) -> None:
    site.install({name: value for name, value in MANIFEST.items() if name != field})

    owl = site.found()

    assert owl.manifest is None
    assert owl.fault is not None
    assert field in owl.fault
    assert "Field required" in owl.fault


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (None, "plugin.json is missing"),
        ("{", "plugin.json is not valid"),
        ({**MANIFEST, "colour": "grey"}, "Extra inputs are not permitted"),
        ({**MANIFEST, "version": "one"}, "String should match pattern"),
        ({**MANIFEST, "id": "day-owl"}, "its entry point is named 'night-owl', plugin.json says 'day-owl'"),
        ({**MANIFEST, "sdk": "latest"}, "'latest' is not a range of versions"),
    ],
)
def test_a_wrong_manifest_is_refused_in_plain_words(site: Site, manifest: object, reason: str) -> None:
    site.install(manifest, code="raise SystemExit('this must not run')")

    owl = site.found()

    assert owl.manifest is None
    assert owl.fault is not None
    assert reason in owl.fault


@pytest.mark.proves("PLG-05")
@pytest.mark.parametrize("needed", [">=2", "<0.1", "==9.*"])
def test_a_plugin_for_another_sdk_is_refused_before_its_code_runs(site: Site, needed: str) -> None:
    site.install({**MANIFEST, "sdk": needed}, code="raise SystemExit('this must not run')")

    owl = site.found()

    reason = f"it needs version {needed} of the SDK, this is {distro_sdk.__version__}"
    assert owl.fault == f"Plugin {MANIFEST['name']} requirements not met: {reason}"
    with pytest.raises(PluginError, match="it needs version"):
        import_plugin(owl)
    assert "night_owl" not in sys.modules


@pytest.mark.proves("PLG-05")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"python": ">=4"}, f"it needs Python >=4, this is {platform.python_version()}"),
        ({"requires": {"day-owl": ">=1"}}, "it needs plugin day-owl >=1, which is not installed"),
        ({"requires": {"sftp": ">=7"}}, "it needs plugin sftp >=7, installed is 0.1.0"),
    ],
)
def test_a_plugin_whose_other_requirements_are_not_met_is_refused_before_its_code_runs(
    site: Site, fields: dict[str, object], reason: str
) -> None:
    site.install({**MANIFEST, **fields}, code="raise SystemExit('this must not run')")

    owl = site.found()

    assert owl.fault == f"Plugin {MANIFEST['name']} requirements not met: {reason}"
    assert "night_owl" not in sys.modules


def test_what_a_plugin_requires_may_lack_something_itself() -> None:
    def requiring(plugin: FoundPlugin, needed: str) -> FoundPlugin:
        wanting = manifest(plugin.id).model_copy(update={"requires": {needed: ">=1"}})
        return replace(plugin, manifest=wanting)

    carrier, witness = refuse_unmet([requiring(installed(Carrier), "witness"), requiring(installed(Witness), "gone")])

    not_met = "Plugin Sample {} requirements not met: it needs plugin {} >=1, which is not installed"
    assert carrier.fault == not_met.format("carrier", "witness")
    assert witness.fault == not_met.format("witness", "gone")


def test_a_package_that_is_gone_is_said_to_be_gone(site: Site) -> None:
    site.register("owls", "night_owl:NightOwl")

    assert site.found().fault == "its package night_owl cannot be found"


def test_an_id_belongs_to_the_distribution_that_comes_first(site: Site) -> None:
    site.install()
    site.register("sparrows", "night_owl:NightOwl")

    first, second = [plugin for plugin in find_plugins() if plugin.id == "night-owl"]

    assert (first.distribution, first.fault) == ("owls", None)
    assert (second.distribution, second.fault) == ("sparrows", "its id is taken by the distribution owls")


def test_a_stranger_cannot_take_the_id_of_a_built_in_plugin(site: Site) -> None:
    site.install({**MANIFEST, "id": "sftp"})
    site.register("another", "night_owl:NightOwl", id="sftp")

    own, strange = [plugin for plugin in find_plugins() if plugin.id == "sftp"]

    assert own.built_in
    assert strange.fault == "its id is taken by the distribution stardust-distro"


def test_the_class_is_imported_and_compared_with_the_manifest(site: Site) -> None:
    site.install()

    manifest, plugin = import_plugin(site.found())

    assert manifest.id == plugin.id == "night-owl"
    assert issubclass(plugin, Plugin)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1/0", "it cannot be imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit('bye')", "it cannot be imported: SystemExit: bye"),
        ("", "it cannot be imported: AttributeError"),
        ("class NightOwl: pass", "its entry point does not name a subclass of distro_sdk.Plugin"),
        (CODE.replace('"night-owl"', '"owl"'), "its class has the id 'owl', plugin.json says 'night-owl'"),
        (CODE.replace("on_event", "on_evnt"), "there is no hook on_evnt; did you mean on_event"),
        (CODE.replace("on_event", "hoot"), "there is no hook hoot; a method of its own starts with an underscore"),
        (CODE.replace("context, event", "event"), "on_event takes (self, context, event), not (self, event)"),
        (CODE.replace("async def", "def"), "on_event must be written with async def"),
        (
            CODE.replace("async def on_event(self, context, event)", "async def startup(self)"),
            "does not list the hooks",
        ),
        (CODE[: CODE.index("    async")], "plugin.json lists hooks it does not implement: on_event"),
    ],
)
def test_a_class_that_is_not_what_its_manifest_says_is_refused(site: Site, code: str, reason: str) -> None:
    site.install(code=code)

    with pytest.raises(PluginError) as caught:
        import_plugin(site.found())

    assert reason in caught.value.message


@pytest.mark.parametrize(
    "fields", ["    inner: Inner\n", "    token: SecretStr = Field(alias='key')\n", "    tokens: list[SecretStr]\n"]
)
def test_a_secret_that_would_not_be_sealed_is_refused(site: Site, fields: str) -> None:
    imports = "from pydantic import BaseModel, Field, SecretStr\n"
    inner = "class Inner(BaseModel):\n    token: SecretStr\n"
    owl = CODE.replace('id = "night-owl"', 'id = "night-owl"\n    configuration = Secretive')
    site.install(code=f"{imports}{inner}class Secretive(BaseModel):\n{fields}{owl}")

    with pytest.raises(PluginError, match="its configuration hides a secret"):
        import_plugin(site.found())


def test_every_built_in_plugin_is_sound() -> None:
    built_in = [plugin for plugin in find_plugins() if plugin.built_in]

    for plugin in built_in:
        manifest, plugin_class = import_plugin(plugin)
        assert manifest.id == plugin_class.id

    manifests = (Path(__file__).resolve().parents[2] / "plugins" / "distro_plugins").glob("*/plugin.json")
    assert {plugin.id for plugin in built_in} == {json.loads(path.read_text("utf-8"))["id"] for path in manifests}
