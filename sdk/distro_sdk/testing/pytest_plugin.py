"""Fixtures for the tests of a plugin, found by pytest through the entry point `pytest11`.

pytest imports this module before coverage measures anything: whatever else it needs is imported when a test asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from distro_sdk.models.events import Event
    from distro_sdk.testing.clock import SettableClock
    from distro_sdk.testing.platform import RunningPlatform

PLATFORM_TESTING = "distro_core.testing"
"""Where an installed platform offers itself for tests; named and not imported, for the SDK knows no platform."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that names the plugin under test."""
    parser.addini("stardust_plugin", "id of the Stardust Distro plugin under test", default="")


def _async_fixture(function: Callable[..., Any]) -> Any:
    if find_spec("pytest_asyncio") is None:
        return pytest.fixture(function)
    return import_module("pytest_asyncio").fixture(function)


@pytest.fixture
def sdk_clock() -> SettableClock:
    """A clock that stands still until the test moves it."""
    clock: type[SettableClock] = import_module("distro_sdk.testing.clock").SettableClock
    return clock()


@pytest.fixture
def plugin_id(request: pytest.FixtureRequest) -> str:
    """The id of the plugin under test: `stardust_plugin` of pytest's settings, unless a test overrides this."""
    configured = str(request.config.getini("stardust_plugin"))
    if not configured:
        pytest.fail("say which plugin is tested: set stardust_plugin in pytest's settings, or override plugin_id")
    return configured


@pytest.fixture
def plugin_settings() -> Mapping[str, Any]:
    """What the operator has set for the plugin under test; override it where the plugin needs settings."""
    return {}


@pytest.fixture(scope="session")
def platform_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of platforms under test, with their database and queue running."""
    if find_spec("distro_core") is None:
        pytest.skip("the platform is not installed: pip install 'stardust-distro[embedded]'")
    testing = import_module(PLATFORM_TESTING)
    with testing.private_servers(tmp_path_factory.mktemp("platform")) as folder:
        yield folder


@_async_fixture
async def running_platform(
    platform_folder: Path, plugin_id: str, plugin_settings: Mapping[str, Any], sdk_clock: SettableClock
) -> AsyncIterator[RunningPlatform]:
    """A running platform with two fresh tenants, of which one has switched the plugin under test on."""
    testing = import_module(PLATFORM_TESTING)
    async with testing.running_platform(platform_folder, plugin_id, plugin_settings, sdk_clock) as platform:
        yield platform


@pytest.fixture
def captured_events(running_platform: RunningPlatform) -> Sequence[Event]:
    """The events that the tenant's plugins were told, growing while the test runs."""
    return running_platform.events
