"""What docs/plugin-development.md tells an author to type is typed, from an empty folder to a delivery and back."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
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

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugin-development.md"
WITHOUT_PLATFORM = "import sys\nsys.modules.update(dict.fromkeys(('distro_core', 'distro_api', 'distro_plugins')))\n"


def blocks(section: str) -> list[str]:
    """The commands below a heading of the page."""
    text = PAGE.read_text("utf-8").partition(f"### {section}\n")[2].partition("\n### ")[0]
    found = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, section
    return found


def type_in(folder: Path, commands: list[str], **environment: str) -> str:
    """Run commands in one shell that stops at the first failure, and return what it exported."""
    program = "\n".join(["set -euo pipefail", *commands, "export -p"])
    run = subprocess.run(
        ["bash", "-c", program],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout


def exported(output: str, name: str) -> str:
    found = re.search(rf'^declare -x {name}="(.*)"$', output, re.MULTILINE)
    assert found is not None, name
    return found[1].replace('\\"', '"')


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
async def test_an_author_gets_from_an_empty_folder_to_a_delivery_and_back(tmp_path: Path) -> None:
    folder, alone = tmp_path / "author", tmp_path / "alone"
    folder.mkdir()
    alone.mkdir()
    (alone / "sitecustomize.py").write_text(WITHOUT_PLATFORM)
    data = str(tmp_path / "data")

    # With the SDK alone: what the template's own tests say is tested elsewhere.
    written = [block.replace("plugin check", "plugin check --no-tests") for block in blocks("With the SDK alone")]
    type_in(folder, written, PYTHONPATH=str(alone))
    assert len(list(folder.glob("night-*/dist/*.whl.signature.json"))) == 3

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
