"""What can be told of a project before anybody installs it, without running any of its code."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from distro_sdk import __version__
from distro_sdk.projects.project import PluginProject, findable

PLATFORM_PACKAGES = frozenset({"distro_core", "distro_api", "distro_plugins"})
_STANDARD_ERROR = 2
OF_THE_MARKETPLACE = ("category", "source", "python", "entry")

SUITES = {
    "register_message_builders": ("MessageBuilderConformance",),
    "register_message_readers": ("MessageReaderConformance",),
    "register_validators": ("ValidatorConformance",),
    "register_choreographies": ("ChoreographyConformance",),
    "register_transports": ("TransportConformance", "PackageConformance"),
    "register_genre_mappers": ("GenreMapperConformance",),
    "register_platforms": ("PlatformConformance",),
    "register_platform_adapters": ("AdapterConformance",),
    "register_asset_preparers": ("AssetPreparerConformance",),
    "register_license_verifiers": ("LicenseVerifierConformance",),
    "register_registry_sources": ("RegistrySourceConformance",),
}
"""By hook, the suites of the test kit of which one must hold what it registers."""


@dataclass(frozen=True)
class CheckedStep:
    """One step of a check. `problems`: what is wrong, in sentences; empty where nothing is."""

    title: str
    problems: tuple[str, ...] = ()


def check_project(project: PluginProject) -> Sequence[CheckedStep]:
    """Manifest, source and tests of a project, as far as reading them tells."""
    return (
        CheckedStep("manifest", tuple(_manifest_problems(project))),
        CheckedStep("source", tuple(_source_problems(project))),
        CheckedStep("conformance suites", tuple(_suite_problems(project))),
    )


def run_tests(project: PluginProject, arguments: Sequence[str] = (), *, quiet: bool = False) -> int:
    """Run a project's tests with pytest, though it is not installed, and return pytest's exit code.

    `quiet`: print to standard error, where standard output is for a result.
    """
    with findable(project) as folders:
        path = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-m", "pytest", *arguments]
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        output = _STANDARD_ERROR if quiet else None
        return subprocess.run(command, cwd=project.folder, env=environment, check=False, stdout=output).returncode  # noqa: S603 (our own)


def _manifest_problems(project: PluginProject) -> Iterator[str]:
    manifest = project.manifest
    for field in OF_THE_MARKETPLACE:
        if getattr(manifest, field) is None:
            yield f"plugin.json does not say its {field}, which a marketplace asks for"
    if manifest.entry is not None and manifest.entry != project.entry:
        yield f"plugin.json has the entry {manifest.entry}, the entry point is {project.entry}"
    for field, value, here in (
        ("sdk", manifest.sdk, __version__),
        ("python", manifest.python, ".".join(map(str, sys.version_info[:3]))),
    ):
        try:
            if value is not None and not SpecifierSet(value).contains(here, prereleases=True):
                yield f"plugin.json asks for {field} {value}, here is {here}"
        except InvalidSpecifier:
            yield f"{value!r} is no range of versions (PEP 440)"


def _source_problems(project: PluginProject) -> Iterator[str]:
    for path in sorted(project.package.rglob("*.py")):
        shown = path.relative_to(project.folder).as_posix()
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            yield f"{shown} is no Python: {error}"
            continue
        for name in sorted(_imported(tree) & PLATFORM_PACKAGES):
            yield f"{shown} imports {name}: a plugin imports distro_sdk and nothing else of the platform"


def _suite_problems(project: PluginProject) -> Iterator[str]:
    named = {name for path in sorted(project.tests.rglob("*.py")) for name in _names(path)}
    if "PluginConformance" not in named:
        yield "no test uses PluginConformance"
    for hook in project.manifest.hooks:
        suites = SUITES.get(hook, ())
        if suites and not named & set(suites):
            yield f"it has {hook}, and no test uses {' or '.join(suites)}"


def _names(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
