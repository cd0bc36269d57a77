"""Key providers: the key file, and AWS KMS as moto speaks it; keys that move, rotate, and are out of reach."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import structlog
from aiohttp import web
from pydantic import ValidationError
from typer.testing import CliRunner

from distro_api.cli.main import app
from distro_core.delivery.failures.description import describe_failure
from distro_core.embedded import ServiceUrls
from distro_core.logs import configure_logging
from distro_core.plugins.runtime import RuntimeHolder, build_runtime
from distro_core.secrets.custody import KeyCustody
from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.port import SealedSecret
from distro_core.secrets.providers import KeyProviders, faults_of_providers, registered_providers
from distro_core.settings import Settings
from distro_core.store import stores
from distro_core.store.documents import new_id
from distro_core.store.driver import Driver, close_client, open_client
from distro_core.store.stores import ControlStore
from distro_plugins.aws_kms import AwsKmsPlugin
from distro_plugins.aws_kms.provider import KmsProvider
from distro_sdk.errors import DomainError, ErrorCategory, ErrorSubCode
from distro_sdk.health import CheckStatus
from distro_sdk.keys import KeyOwner, KeyProvider, WrappedKey
from distro_sdk.manifest import PluginScope
from distro_sdk.plugin import Plugin
from distro_sdk.testing.keys import DATA_KEY, OWNER, KeyProviderConformance
from tests.key_services import kms_client, kms_provider, kms_settings, new_key
from tests.object_servers import ObjectServer, moto
from tests.plugins.sample_plugins import installed

A, B = "tenant-a", "tenant-b"
PURPOSE = "target:5f0c:password"


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
async def control(services: ServiceUrls, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ControlStore]:
    """A control database of the test's own: keys of all tenants are moved in it."""
    name = f"keys_{new_id()}"
    monkeypatch.setattr(stores, "CONTROL_DATABASE", name)
    client = open_client(services.mongo_url, Driver.PYMONGO)
    yield ControlStore(client)
    await client.drop_database(name)
    await close_client(client)


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys" / "wrapping.json")


@pytest.fixture
def kms(moto_server: ObjectServer) -> KmsProvider:
    return kms_provider(moto_server, new_key(moto_server))


def sealer(control: ControlStore, key_file: KeyFile, provider: KeyProvider | None = None) -> EnvelopeSealer:
    """The sealer of a fresh process. `provider`: of a plugin, current where there is one."""
    if provider is None:
        return EnvelopeSealer(control, KeyProviders(key_file))
    return EnvelopeSealer(control, KeyProviders(key_file, provider.key, lambda: {provider.key: provider}))


async def providers_of(control: ControlStore, tenant: str) -> set[str]:
    document = await control.collection(TenantKeysDocument).get(tenant)
    return {stored.provider for stored in document.keys.values()}


class TestKeyFile(KeyProviderConformance):
    @pytest.fixture
    def provider(self, key_file: KeyFile) -> KeyProvider:
        return key_file


@pytest.mark.proves("SEC-07")
@pytest.mark.hook("register_key_providers")
class TestKms(KeyProviderConformance):
    @pytest.fixture
    def provider(self, moto_server: ObjectServer) -> KeyProvider:
        (provider,) = AwsKmsPlugin(kms_settings(moto_server, new_key(moto_server))).register_key_providers()
        return provider


@pytest.mark.proves("SEC-07")
async def test_secrets_are_sealed_with_keys_that_kms_wrapped(
    control: ControlStore, key_file: KeyFile, kms: KmsProvider
) -> None:
    sealed = await sealer(control, key_file, kms).seal(A, PURPOSE, "rosebud")

    stored = await control.collection(TenantKeysDocument).get(A)
    (wrapped,) = stored.keys.values()
    assert (wrapped.provider, wrapped.wrapping_key_id) == ("aws-kms", await kms.current())
    assert await sealer(control, key_file, kms).open(A, PURPOSE, sealed) == "rosebud"
    assert not key_file.path.exists()


class Reluctant:
    """A provider that gives up after so many calls of `wrap`, as if the process were killed there."""

    key = "aws-kms"

    def __init__(self, provider: KeyProvider, wraps: int) -> None:
        self._provider, self._left = provider, wraps
        self.opened = 0

    async def current(self) -> str:
        return await self._provider.current()

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> WrappedKey:
        if not self._left:
            raise DomainError("KEY_SERVICE_UNAVAILABLE", "no more today")
        self._left -= 1
        return await self._provider.wrap(data_key, owner)

    async def unwrap(self, wrapped: WrappedKey, owner: KeyOwner) -> bytes:
        self.opened += 1
        return await self._provider.unwrap(wrapped, owner)


@pytest.mark.proves("SEC-07")
async def test_keys_move_to_kms_whoever_dies_in_between_and_back_again(
    control: ControlStore, key_file: KeyFile, kms: KmsProvider
) -> None:
    before = sealer(control, key_file)
    sealed: dict[str, list[SealedSecret]] = {}
    for tenant in (A, B):
        first = await before.seal(tenant, PURPOSE, "old")
        await before.rotate(tenant)
        sealed[tenant] = [first, await before.seal(tenant, PURPOSE, "new")]

    with pytest.raises(DomainError) as interrupted:
        await KeyCustody(control, sealer(control, key_file, Reluctant(kms, wraps=3))).rewrap()
    halfway = [await providers_of(control, tenant) for tenant in (A, B)]
    both = sealer(control, key_file, kms)
    opened_halfway = [await both.open(tenant, PURPOSE, secret) for tenant in (A, B) for secret in sealed[tenant]]
    moved = await KeyCustody(control, sealer(control, key_file, kms)).rewrap()
    again = await KeyCustody(control, sealer(control, key_file, kms)).rewrap()
    content = key_file.path.read_bytes()
    key_file.path.unlink()
    alone = sealer(control, key_file, kms)
    opened = [await alone.open(tenant, PURPOSE, secret) for tenant in (A, B) for secret in sealed[tenant]]
    key_file.path.write_bytes(content)
    back = EnvelopeSealer(control, KeyProviders(key_file, "local", lambda: {kms.key: kms}))

    assert interrupted.value.code == "KEY_SERVICE_UNAVAILABLE"
    assert halfway == [{"aws-kms"}, {"local"}]
    assert opened_halfway == opened == ["old", "new"] * 2
    assert (moved, again) == (2, 0)
    assert await KeyCustody(control, back).rewrap() == 4
    assert await sealer(control, key_file).open(B, PURPOSE, sealed[B][0]) == "old"


@pytest.mark.proves("SEC-07")
async def test_another_key_of_kms_takes_over(
    control: ControlStore, key_file: KeyFile, moto_server: ObjectServer
) -> None:
    old, new, alias = new_key(moto_server), new_key(moto_server), f"alias/{new_id()}"
    client = kms_client(moto_server)
    client.create_alias(AliasName=alias, TargetKeyId=old)
    provider = kms_provider(moto_server, alias)
    sealed = await sealer(control, key_file, provider).seal(A, PURPOSE, "rosebud")

    client.update_alias(AliasName=alias, TargetKeyId=new)
    opened = await sealer(control, key_file, provider).open(A, PURPOSE, sealed)
    custody = KeyCustody(control, sealer(control, key_file, provider))
    before = await custody.counts()
    moved = await custody.rewrap()

    assert opened == "rosebud"
    assert [(each.wrapping_key_id, each.count, each.current) for each in before] == [(old, 1, False)]
    assert moved == 1
    assert [(each.wrapping_key_id, each.current) for each in await custody.counts()] == [(new, True)]
    assert await sealer(control, key_file, provider).open(A, PURPOSE, sealed) == "rosebud"


async def test_every_tenant_gets_a_new_data_key(control: ControlStore, key_file: KeyFile) -> None:
    sealing = sealer(control, key_file)
    old = [await sealing.seal(tenant, PURPOSE, "rosebud") for tenant in (A, B)]

    renewed = await KeyCustody(control, sealer(control, key_file)).rotate()
    new = [await sealing.seal(tenant, PURPOSE, "rosebud") for tenant in (A, B)]

    assert renewed == 2
    assert {secret.key_id for secret in old}.isdisjoint(secret.key_id for secret in new)
    assert [await sealing.open(*each) for each in zip((A, B), [PURPOSE] * 2, old, strict=True)] == ["rosebud"] * 2


@dataclass
class FalseService:
    """A key service that refuses every call with one code, or never answers."""

    url: str
    code: str | None = None
    status: int = 400

    async def answer(self, request: web.Request) -> web.Response:
        if self.code is None:
            await asyncio.sleep(30)
        told = {"__type": self.code, "message": "not today"}
        return web.json_response(told, status=self.status, content_type="application/x-amz-json-1.1")


@pytest.fixture
async def false_service() -> AsyncIterator[FalseService]:
    application, service = web.Application(), FalseService("")
    application.router.add_post("/", service.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.mark.proves("SEC-07")
async def test_a_service_that_is_down_or_silent_loses_nothing(
    control: ControlStore,
    key_file: KeyFile,
    moto_server: ObjectServer,
    false_service: FalseService,
    unused_tcp_port: int,
) -> None:
    key = new_key(moto_server)
    sealed = await sealer(control, key_file, kms_provider(moto_server, key)).seal(A, PURPOSE, "rosebud")
    down = kms_provider(moto_server, key, endpoint=f"http://127.0.0.1:{unused_tcp_port}")
    slow = kms_provider(moto_server, key, endpoint=false_service.url, timeout=0.2)
    unknown = kms_provider(moto_server, key.rpartition("/")[0] + "/5f0c8a3e-0000-4000-8000-000000000000")

    codes = [(await refusal(sealer(control, key_file, each).open(A, PURPOSE, sealed))).code for each in (down, slow)]
    wrong = await refusal(sealer(control, key_file, unknown).seal(B, PURPOSE, "never"))

    assert codes == ["KEY_SERVICE_UNAVAILABLE"] * 2
    assert wrong.code == "KEY_SERVICE_REFUSED"
    assert "NotFoundException" in wrong.message
    assert await control.collection(TenantKeysDocument).find(B) is None
    assert await sealer(control, key_file, kms_provider(moto_server, key)).open(A, PURPOSE, sealed) == "rosebud"


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ("AccessDeniedException", 400, "KEY_SERVICE_REFUSED"),
        ("DisabledException", 400, "KEY_SERVICE_REFUSED"),
        ("KMSInvalidStateException", 400, "KEY_SERVICE_REFUSED"),
        ("UnrecognizedClientException", 400, "KEY_SERVICE_REFUSED"),
        ("ThrottlingException", 400, "KEY_SERVICE_UNAVAILABLE"),
        ("KeyUnavailableException", 500, "KEY_SERVICE_UNAVAILABLE"),
        ("KMSInternalException", 500, "KEY_SERVICE_UNAVAILABLE"),
        ("InvalidCiphertextException", 400, "SECRET_UNREADABLE"),
        ("IncorrectKeyException", 400, "SECRET_UNREADABLE"),
    ],
)
async def test_each_refusal_of_kms_has_its_meaning(
    moto_server: ObjectServer, false_service: FalseService, told: str, status: int, code: str
) -> None:
    false_service.code, false_service.status = told, status
    provider = kms_provider(moto_server, "alias/any", endpoint=false_service.url)

    refused = await refusal(provider.unwrap(WrappedKey(wrapping_key_id="alias/any", ciphertext="AAAA"), OWNER))

    assert refused.code == code


@pytest.mark.proves("SEC-07")
@pytest.mark.parametrize(
    "code", ["KEY_SERVICE_UNAVAILABLE", "KEY_SERVICE_REFUSED", "KEY_PROVIDER_UNKNOWN", "KEY_PROVIDER_NOT_SET_UP"]
)
def test_deliveries_are_tried_again_whatever_keeps_a_key_back(code: str) -> None:
    failure = describe_failure(DomainError(code, "not now"))

    assert failure.retryable
    assert (failure.category, failure.sub_code) == (ErrorCategory.UNKNOWN, ErrorSubCode.SYSTEM_STORAGE)


class Broken:
    """A provider that wraps, and does with the rest what it is told."""

    key = "broken"

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer

    async def current(self) -> str:
        return "the only one"

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> WrappedKey:
        return WrappedKey(wrapping_key_id="the only one", ciphertext=base64.b64encode(data_key).decode())

    async def unwrap(self, wrapped: WrappedKey, owner: KeyOwner) -> bytes:
        try:
            return self._answer()
        except ZeroDivisionError as error:
            raise RuntimeError(f"cannot open {wrapped.ciphertext}") from error


@pytest.mark.proves("SEC-07")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda: b"k" * 32, "SECRET_UNREADABLE"),
        (lambda: b"short", "SECRET_UNREADABLE"),
        (lambda: bytes(1 // 0), "KEY_SERVICE_UNAVAILABLE"),
    ],
    ids=["another key", "no key", "breaks"],
)
async def test_what_does_not_open_again_is_never_sealed_with(
    control: ControlStore, key_file: KeyFile, answer: Callable[[], bytes], code: str, written_logs: io.StringIO
) -> None:
    refused = await refusal(sealer(control, key_file, Broken(answer)).seal(A, PURPOSE, "rosebud"))

    assert refused.code == code
    assert await control.collection(TenantKeysDocument).find(A) is None
    assert "cannot open" not in str(refused) + written_logs.getvalue()


@pytest.fixture
def written_logs(settings: Settings) -> Iterator[io.StringIO]:
    """Everything that is logged, to the last detail."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    configure_logging(settings.model_copy(update={"log_level": "DEBUG"}))
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield written
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


@pytest.mark.proves("SEC-07")
async def test_no_log_and_no_error_holds_a_data_key(
    kms: KmsProvider, moto_server: ObjectServer, unused_tcp_port: int, written_logs: io.StringIO
) -> None:
    wrapped = await kms.wrap(DATA_KEY, OWNER)
    await kms.unwrap(wrapped, OWNER)
    down = kms_provider(moto_server, "alias/none", endpoint=f"http://127.0.0.1:{unused_tcp_port}")
    errors = [
        await refusal(kms_provider(moto_server, "alias/none").wrap(DATA_KEY, OWNER)),
        await refusal(down.wrap(DATA_KEY, OWNER)),
    ]

    for error in errors:
        logging.getLogger("test").error("it failed", exc_info=error)
    written = written_logs.getvalue()
    assert "it failed" in written
    for form in (DATA_KEY.hex(), base64.b64encode(DATA_KEY).decode(), repr(DATA_KEY)[2:-1]):
        assert form not in written + repr(errors)


async def test_a_key_service_is_asked_once_however_many_deliveries_begin(
    control: ControlStore, key_file: KeyFile, kms: KmsProvider
) -> None:
    sealed = await sealer(control, key_file, kms).seal(A, PURPOSE, "rosebud")
    counting = Reluctant(kms, wraps=0)
    cold = sealer(control, key_file, counting)

    opened = await asyncio.gather(*(cold.open(A, PURPOSE, sealed) for _ in range(20)))

    assert opened == ["rosebud"] * 20
    assert counting.opened == 1


@pytest.mark.proves("SEC-07")
async def test_keys_are_moved_on_the_command_line(
    control: ControlStore, settings: Settings, moto_server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, local = new_key(moto_server), KeyFile(settings.data_path / "keys" / "wrapping.json")
    sealed = await sealer(control, local).seal(A, PURPOSE, "rosebud")
    monkeypatch.setenv("DISTRO_DATA_DIR", str(settings.data_path))

    before = await command("status")
    monkeypatch.setenv("DISTRO_KEY_PROVIDER", "vault")
    unknown = await command("status")
    monkeypatch.setenv("DISTRO_KEY_PROVIDER", "aws-kms")
    monkeypatch.setenv("DISTRO_PLUGINS", json.dumps({"aws-kms": {"key_id": key}}))
    wrong = await command("status")
    monkeypatch.setenv("DISTRO_PLUGINS", json.dumps({"aws-kms": kms_settings(moto_server, key)}))
    moved = await command("rewrap")
    after = await command("status")
    rotated = await command("rotate")

    assert before == (0, f"     1 local {await local.current()}\n")
    assert (unknown[0], unknown[1].split(":")[0]) == (1, "KEY_PROVIDER_UNKNOWN")
    assert (wrong[0], wrong[1].splitlines()[-1].split(":")[0]) == (1, "KEY_PROVIDER_NOT_SET_UP")
    assert moved == (0, "1 data keys wrapped anew\n")
    assert after == (0, f"     1 aws-kms {key}\n")
    assert rotated == (0, "1 tenants have a new data key\n")
    assert await sealer(control, local, kms_provider(moto_server, key)).open(A, PURPOSE, sealed) == "rosebud"


async def command(name: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["keys", name])
    return result.exit_code, result.output


class Vault(Plugin):
    """Offers a provider."""

    id: ClassVar[str] = "vault"

    def register_key_providers(self) -> Sequence[KeyProvider]:
        return (Broken(bytes),)


@pytest.mark.parametrize(("scope", "offered"), [(PluginScope.SYSTEM, {"broken"}), (PluginScope.TENANT, set())])
async def test_only_a_plugin_that_serves_every_tenant_holds_keys(scope: PluginScope, offered: set[str]) -> None:
    found = installed(Vault, scope=scope)
    runtimes = RuntimeHolder(await build_runtime(["vault"], find=lambda: [found]), find=lambda: [found])

    assert set(registered_providers(runtimes)()) == offered


def test_a_platform_does_not_start_without_its_provider(key_file: KeyFile) -> None:
    KeyProviders(key_file).check()

    with pytest.raises(DomainError) as refused:
        KeyProviders(key_file, "vault").check()

    assert refused.value.code == "KEY_PROVIDER_UNKNOWN"


async def test_what_is_wrong_with_the_settings_of_a_provider_is_told_to_the_operator(key_file: KeyFile) -> None:
    wrong = {"key_id": "k", "region": "eu-central-1", "access_key": "only one"}
    found = [installed(AwsKmsPlugin, built_in=True), installed(Vault, scope=PluginScope.SYSTEM)]
    runtime = await build_runtime(settings={"aws-kms": wrong}, find=lambda: found)
    runtimes = RuntimeHolder(runtime, find=lambda: found)

    def refused(current: str) -> DomainError:
        providers = registered_providers(runtimes), faults_of_providers(runtimes)
        with pytest.raises(DomainError) as error:
            KeyProviders(key_file, current, providers[0], faults=providers[1]).check()
        return error.value

    of_plugin, of_another_name = refused("aws-kms"), refused("misspelt")

    reason = "aws-kms: it does not accept its settings: ValidationError: "
    assert (of_plugin.code, of_another_name.code) == ("KEY_PROVIDER_NOT_SET_UP", "KEY_PROVIDER_NOT_SET_UP")
    assert of_plugin.message.startswith(f"there is no key provider aws-kms, for a plugin could not be set up: {reason}")
    assert "secret_key" in of_plugin.message
    assert "only one" not in of_plugin.message
    assert reason in of_another_name.message


async def test_faults_of_other_plugins_are_not_blamed_for_a_missing_provider(key_file: KeyFile) -> None:
    class Other(Plugin):
        """Needs a setting, and has no key provider."""

        id: ClassVar[str] = "other"

        def __init__(self, settings: Mapping[str, object] | None = None) -> None:
            super().__init__(settings)
            raise ValueError("something is missing")

    found = [installed(Other, scope=PluginScope.SYSTEM)]
    runtimes = RuntimeHolder(await build_runtime(find=lambda: found), find=lambda: found)

    with pytest.raises(DomainError) as refused:
        KeyProviders(key_file, "vault", registered_providers(runtimes), faults=faults_of_providers(runtimes)).check()

    assert set(runtimes.current.faults) == {"other"}
    assert refused.value.code == "KEY_PROVIDER_UNKNOWN"


@pytest.mark.parametrize(
    "settings", [{"key_id": "k"}, {"key_id": "k", "region": "eu-central-1", "access_key": "only one"}, {"key": "k"}]
)
def test_wrong_settings_of_kms_are_refused(settings: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError):
        AwsKmsPlugin(settings)


async def test_without_settings_there_is_no_provider() -> None:
    (check,) = AwsKmsPlugin().register_health_checks()

    assert AwsKmsPlugin().register_key_providers() == ()
    assert (await check.check(None)).status is CheckStatus.UNUSED


async def test_whether_the_key_can_be_used_is_told(moto_server: ObjectServer, unused_tcp_port: int) -> None:
    key = new_key(moto_server)
    (check,) = AwsKmsPlugin(kms_settings(moto_server, key)).register_health_checks()
    away = kms_settings(moto_server, key, endpoint=f"http://127.0.0.1:{unused_tcp_port}")
    (of_away,) = AwsKmsPlugin(away).register_health_checks()

    up = await check.check(None)
    kms_client(moto_server).disable_key(KeyId=key.rpartition("/")[2])
    disabled, unreachable = await check.check(None), await of_away.check(None)

    assert (up.status, up.detail) == (CheckStatus.UP, "the key is Enabled")
    assert (disabled.status, disabled.detail) == (CheckStatus.DOWN, "the key is Disabled")
    assert unreachable.status is CheckStatus.DOWN


async def refusal(call: object) -> DomainError:
    assert asyncio.iscoroutine(call)
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value
