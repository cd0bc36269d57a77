"""What docs/plugin-development.md tells an author to type is typed, from an empty folder to a delivery and back."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.embedded import embedded_services
from distro_core.platform import Platform, open_platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.licensing import LicenseQuestion
from distro_sdk.models.delivery import DeliveryStatus
from tests.delivery.label import Label
from tests.marketplace.shops import forget_modules
from tests.plugins.author import author_folder, blocks, exported, type_in

__all__ = ["author_folder"]


async def deliver(platform: Platform, folder: Path) -> None:
    """Use all three plugins: a delivery by the transport with genres of the mapper, and a verdict on a licence."""
    (tenant,) = await platform.tenants()
    scope = await platform.scope(tenant.id, SYSTEM_ACTOR)
    label = Label(scope, folder / "label")
    release = await label.release()
    chosen = {"transport": "night-box", "settings": {"directory": "dsp"}, "genre_provider": "night-genres"}
    delivery = await label.deliver([release.id], (await label.target(**chosen)).id)
    assert delivery.status is DeliveryStatus.DISTRIBUTED, delivery.error
    (message,) = (folder / "outboxes" / "dsp").rglob(f"{delivery.message_id}.xml")
    assert list((folder / "outboxes" / "dsp").rglob("*.wav"))
    assert b"Popular" in message.read_bytes()

    verifier = platform.runtimes.current.registries.license_verifiers.offered_by(["night-licences"])["night-licences"]
    question = LicenseQuestion(
        plugin_id="stems", tenant_id=tenant.id, installation_id="here", now=datetime(2030, 1, 1, tzinfo=UTC)
    )
    issue = sys.modules["night_licences.verifier"].issue
    assert (await verifier.verify(question, issue("owls at night", "stems", tenant.id, "2030-12-31"))).valid
    assert not (await verifier.verify(question, issue("guess", "stems", tenant.id, "2030-12-31"))).valid


@pytest.mark.slow
@pytest.mark.proves("SDK-01")
async def test_an_author_gets_from_an_empty_folder_to_a_delivery_and_back(author_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "author"
    shutil.copytree(author_folder, folder)
    data = str(tmp_path / "data")

    *using, removing = blocks("On a platform")
    settings = Settings(_env_file=None, data_dir=Path(data), mongo_url=None, redis_url=None, objects_url=None)
    async with embedded_services(settings):
        environment = {"DISTRO_DATA_DIR": data}
        output = await asyncio.to_thread(type_in, folder, using, **environment)
        assert re.search(r"^night-box 0\.1\.0 enabled$", output, re.MULTILINE)
        for name in ("DISTRO_REGISTRIES", "DISTRO_PLUGINS"):
            environment[name] = exported(output, name)

        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            async with open_platform(Settings(_env_file=None)) as platform:
                await deliver(platform, folder)

        await asyncio.to_thread(type_in, folder, [removing], **environment)
        async with open_platform(settings) as platform:
            (tenant,) = await platform.tenants()
            assert tenant.enabled_plugins == ()
            assert (await platform.marketplace.plugin_set.read()).plugins == {}
    # Another story installs them, too.
    forget_modules(tmp_path)
