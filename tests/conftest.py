"""What every test can ask for: a running platform on real servers, and two tenants."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from distro_core.databases import CONTROL_DOCUMENTS
from distro_core.embedded import ServiceUrls, embedded_services
from distro_core.identity import passwords
from distro_core.identity.documents import TenantDocument, UserDocument
from distro_core.platform import Platform, open_platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver, close_client, open_client
from distro_core.store.migrations import COLLECTION as SCHEMA_COLLECTION
from distro_core.testing import keep_expired
from tests.exchange_servers import free_port

REPOSITORY = Path(__file__).resolve().parent.parent
LOCAL = ("azure-blob", "ftp", "google-cloud", "http-api", "json-dsp", "s3", "sftp")
LOOPBACK = {id: {"private_networks": ["127.0.0.0/8", "::1/128"]} for id in LOCAL}
"""Test servers stand on this machine, which targets may not name unless the operator allows it."""

LEAST_MEMORY = 4 * 1024**3

PASSED = pytest.StashKey[bool]()

# As the product has it. What structlog does by itself with tracebacks where `rich` is installed takes a tenth of a
# second each, and thousands of deliveries have a dozen lines each for people who look for a fault.
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
)


# An example takes as long as the machine lets it: that says nothing of what is tested.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")


@pytest.fixture(scope="session")
def ddex_folder() -> Path:
    """The folder with DDEX's official material; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("DISTRO_DDEX_SCHEMAS") or REPOSITORY.parent / "shared" / "ddex").resolve()
    if not folder.is_dir():
        pytest.skip(f"DDEX's schemas are not in {folder} (set DISTRO_DDEX_SCHEMAS)")
    return folder


@pytest.fixture(scope="session")
def example_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings and covers of the example catalogue, for reading. Made once, for all processes of the suite."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    folder, made = shared / "example_files", shared / "example_files.made"
    with (shared / "example_files.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = [sys.executable, str(REPOSITORY / "examples" / "make_catalogue.py"), str(folder)]
            subprocess.run(making, check=True, capture_output=True)
            made.touch()
    return folder


@pytest.fixture(scope="session", autouse=True)
def product_hasher() -> Iterator[PasswordHasher]:
    """What the product hashes passwords with; tests sign in hundreds of people, and hash as cheaply as argon2id can."""
    product = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield product


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of a platform with everything private, in a temporary folder, in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="stardust-distro-tests-", dir=_roomy_memory()) as folder:
        # Whatever the environment says, tests never touch anybody's servers.
        yield Settings(
            _env_file=None,
            data_dir=Path(folder),
            mongo_url=None,
            redis_url=None,
            objects_url=None,
            development=True,
            plugins=LOOPBACK,
        )


@pytest.fixture(scope="session")
async def services(settings: Settings) -> AsyncIterator[ServiceUrls]:
    """A private MongoDB and Valkey, running for the session."""
    async with embedded_services(settings) as urls:
        client = open_client(urls.mongo_url, Driver.PYMONGO)
        # Files of dropped databases go with the next checkpoint, else some minutes later: there would be too many.
        await client["admin"].command({"setParameter": 1, "minSnapshotHistoryWindowInSeconds": 0, "syncdelay": 5})
        await keep_expired(client)
        await close_client(client)
        yield urls


@pytest.fixture(scope="session")
async def platform(settings: Settings, services: ServiceUrls) -> AsyncIterator[Platform]:
    """A running platform, shared by all tests of the session."""
    async with open_platform(settings) as running:
        yield running


@pytest.fixture(scope="session")
def spare_keys() -> list[str]:
    """Keys of tenants of earlier tests whose databases are empty again: that is quicker than to make new ones."""
    return []


@pytest.fixture
def unused_tcp_port() -> int:
    """A port of this machine that nobody listens on, nor will while the test runs."""
    return free_port()


@pytest.fixture
async def tenant_a(
    platform: Platform, spare_keys: list[str], request: pytest.FixtureRequest
) -> AsyncIterator[TenantDocument]:
    """A fresh tenant with an empty database."""
    async with _tenant(platform, "Label A", spare_keys, request) as tenant:
        yield tenant


@pytest.fixture
async def tenant_b(
    platform: Platform, spare_keys: list[str], request: pytest.FixtureRequest
) -> AsyncIterator[TenantDocument]:
    """Another fresh tenant."""
    async with _tenant(platform, "Label B", spare_keys, request) as tenant:
        yield tenant


@pytest.fixture(scope="module")
async def lasting_tenant(
    platform: Platform, spare_keys: list[str], request: pytest.FixtureRequest
) -> AsyncIterator[TenantDocument]:
    """A tenant that the tests of a module share, because none of them changes it."""
    async with _tenant(platform, "Label that stays", spare_keys, request) as tenant:
        yield tenant


@pytest.fixture
async def label_a(platform: Platform, tenant_a: TenantDocument) -> Scope:
    """What services need to work for tenant A."""
    return await platform.scope(tenant_a.id, SYSTEM_ACTOR)


@pytest.fixture
async def label_b(platform: Platform, tenant_b: TenantDocument) -> Scope:
    """What services need to work for tenant B."""
    return await platform.scope(tenant_b.id, SYSTEM_ACTOR)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: processes that share the tests then end together."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported and collected: it stays, and is most of the memory in use."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test passed, for fixtures that clean up."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@asynccontextmanager
async def _tenant(
    platform: Platform, name: str, spare_keys: list[str], request: pytest.FixtureRequest
) -> AsyncIterator[TenantDocument]:
    tenants = platform.control.collection(TenantDocument)
    key = spare_keys.pop() if spare_keys else f"t{new_id()}"
    tenant = await tenants.insert(TenantDocument(key=key, name=name))
    await platform.create_tenant_database(tenant)
    yield tenant
    await tenants.delete(tenant.id)
    # The next tenant of this key has people with the same addresses.
    await platform.control.collection(UserDocument).raw.delete_many({"memberships.tenant_id": tenant.id})
    if request.node.stash.get(PASSED, False):
        await _empty(platform, tenant)
        spare_keys.append(key)
    else:
        # What a failed test has left running may go on writing.
        await platform.control.drop_tenant(key)


async def _empty(platform: Platform, tenant: TenantDocument) -> None:
    database = platform.control.tenant(tenant.id, tenant.key).database
    names = [name for name in await database.list_collection_names() if name != SCHEMA_COLLECTION]
    await asyncio.gather(*(database[name].delete_many({}) for name in names))
    belongs = {"$or": [{"tenant_id": tenant.id}, {"memberships.tenant_id": tenant.id}]}
    control = platform.control.database
    await asyncio.gather(*(control[document.collection].delete_many(belongs) for document in CONTROL_DOCUMENTS))
    await asyncio.to_thread(shutil.rmtree, platform.settings.data_path / "objects" / tenant.key, ignore_errors=True)


def _roomy_memory() -> Path | None:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > LEAST_MEMORY else None
