"""What every plugin must keep to, as a suite to subclass."""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
from importlib.metadata import entry_points
from importlib.resources import files

import pytest

from distro_sdk.health import CHECK_NAME, LONGEST_CHECK, MOST_CHECKS, CheckResult, CheckStatus
from distro_sdk.manifest import PluginManifest, check_class, load_manifest
from distro_sdk.migrations import ladder_of
from distro_sdk.permissions import MOST_PERMISSIONS, permission_prefix
from distro_sdk.plugin import ENTRY_POINT_GROUP, Plugin
from distro_sdk.tasks import LONGEST_TASK, MOST_TASKS, TASK_NAME, Every


class PluginConformance:
    """Subclass it as `Test…` and override the fixture."""

    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        """The plugin's class."""
        raise NotImplementedError("override the fixture `plugin_class` with the plugin's class")

    @pytest.fixture
    def manifest(self, plugin_class: type[Plugin]) -> PluginManifest:
        """The manifest beside the plugin's package."""
        package = sys.modules[plugin_class.__module__].__package__
        assert package
        return load_manifest(files(package), plugin_class.id)

    def test_keeps_what_its_manifest_says(self, plugin_class: type[Plugin], manifest: PluginManifest) -> None:
        check_class(plugin_class, manifest)

    def test_its_migrations_lead_to_the_versions_of_its_manifest(
        self, plugin_class: type[Plugin], manifest: PluginManifest
    ) -> None:
        ladder = ladder_of(manifest, plugin_class())

        assert {step.to for step in ladder.steps} == set(
            range(2, max(ladder.configuration_version, ladder.documents_version) + 1)
        )

    def test_is_found_by_the_platform(self, plugin_class: type[Plugin]) -> None:
        named = entry_points(group=ENTRY_POINT_GROUP, name=plugin_class.id)

        assert [entry_point.load() for entry_point in named] == [plugin_class]

    def test_declares_permissions_under_its_own_name_and_demands_no_others(self, plugin_class: type[Plugin]) -> None:
        plugin = plugin_class()
        declared = [permission.name for permission in plugin.register_permissions()]
        fields = [field for api in plugin.register_graphql() for field in (*api.queries, *api.mutations)]

        assert len(declared) == len(set(declared)) <= MOST_PERMISSIONS
        assert [name for name in declared if not name.startswith(permission_prefix(plugin.id))] == []
        assert {field.permission for field in fields if "." in field.permission} <= set(declared)

    def test_says_of_each_task_what_it_does_and_when(self, plugin_class: type[Plugin]) -> None:
        tasks = plugin_class().register_tasks()
        fields = plugin_class.configuration.model_fields if plugin_class.configuration else {}

        assert len({task.name for task in tasks}) == len(tasks) <= MOST_TASKS
        for task in tasks:
            assert re.fullmatch(TASK_NAME, task.name)
            assert task.description
            assert 0 < task.timeout <= LONGEST_TASK
            assert inspect.iscoroutinefunction(task.run), f"{task.name} must be run by a coroutine function"
            assert isinstance(task.timing, Every) or task.timing.timezone_field in {None, *fields}

    @pytest.mark.asyncio
    async def test_says_of_each_check_how_what_it_needs_does(self, plugin_class: type[Plugin]) -> None:
        checks = plugin_class().register_health_checks()

        assert len({check.name for check in checks}) == len(checks) <= MOST_CHECKS
        for check in checks:
            assert re.fullmatch(CHECK_NAME, check.name)
            assert check.title
            assert 0 < check.timeout <= LONGEST_CHECK
            async with asyncio.timeout(check.timeout):
                found = await check.check(None)
            assert isinstance(found, CheckResult)
            assert found.status in set(CheckStatus)

    def test_needs_no_settings_to_be_made(self, plugin_class: type[Plugin]) -> None:
        assert plugin_class().id == plugin_class.id
