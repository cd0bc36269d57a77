"""No secret of a target stands anywhere but sealed (row TGT-09)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator

import asyncssh
import pytest
import structlog
from pydantic import SecretStr
from redis.asyncio import Redis

from distro_api.receiver import Receiver
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.embedded import ServiceUrls
from distro_core.logs import configure_logging
from distro_core.platform import Platform
from distro_core.settings import Settings
from distro_core.store.driver import close_client, open_client
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.dsp import PASSWORD, deliver, ended, sftp_target
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport
from tests.delivery.workers import worker

WRONG = "a-password-that-is-wrong"


@pytest.fixture(params=[False, True], ids=["production", "development"])
def written_logs(request: pytest.FixtureRequest, settings: Settings) -> Iterator[io.StringIO]:
    """Everything that is logged, as it is written."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    configure_logging(settings.model_copy(update={"development": request.param, "log_level": "DEBUG"}))
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield written
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


async def everything(services: ServiceUrls, settings: Settings) -> AsyncIterator[str]:
    """All documents of all databases, and all values of the queue."""
    client = open_client(services.mongo_url, settings.mongo_driver)
    for name in await client.list_database_names():
        for collection in await client[name].list_collection_names():
            documents = await client[name][collection].find({}).to_list(length=None)
            yield json.dumps(documents, default=str)
    await close_client(client)
    async with Redis.from_url(services.redis_url) as redis:
        for key in await redis.keys("*"):
            yield repr((key, await redis.dump(key)))


@pytest.mark.proves("TGT-09")
async def test_neither_databases_nor_queue_nor_logs_hold_a_secret(
    label: Label,
    platform: Platform,
    services: ServiceUrls,
    receiver: Receiver,
    written_logs: io.StringIO,
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    release = await label.release()
    target = await sftp_target(label, receiver, secrets={"password": SecretStr(WRONG), "private_key": SecretStr(key)})

    async with worker(platform):
        failed = await deliver(label, release.id, target)
        await label.targets.update(target.id, TargetChanges(secrets={"password": SecretStr(PASSWORD)}))
        delivery = await ended(label, await label.deliveries.retry(failed.id))

    assert (failed.status, delivery.status) == (Status.FAILED, Status.LIVE)
    texts = [text async for text in everything(services, platform.settings)]
    assert any(delivery.id in text for text in texts)
    assert "Delivery started" in written_logs.getvalue()
    body = key.splitlines()[1]
    for text in [*texts, written_logs.getvalue()]:
        assert WRONG not in text
        assert PASSWORD not in text
        assert body not in text


@pytest.mark.proves("TGT-09")
async def test_a_trace_of_an_unforeseen_error_shows_no_secret(label: Label, written_logs: io.StringIO) -> None:
    async def explode(path: str) -> None:
        password = SecretStr(PASSWORD).get_secret_value()
        raise RuntimeError(f"a bug beside {len(password)} secret letters")

    label = with_line(label, HookedTransport(connecting=explode))
    release, target = await label.release(), await label.target(transport="hooked")

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert delivery.error.code == "UNEXPECTED_ERROR"
    assert "a bug beside" in written_logs.getvalue()
    assert PASSWORD not in written_logs.getvalue()
