"""`plugin submit`: a developer's wheel goes to an installation from the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from distro_api.cli.main import app
from tests.marketplace.market import WheelDraft, new_key
from tests.marketplace.shops import fresh_id
from tests.publishing.test_publishing_api import Portal, portal, register

__all__ = ["portal"]


async def plugin(*arguments: str, token: str = "") -> Any:
    return await asyncio.to_thread(
        CliRunner().invoke, app, ["plugin", *arguments, "--json"], env={"DISTRO_API_TOKEN": token}
    )


async def signed(folder: Path, key: Any) -> str:
    id = fresh_id()
    wheel = folder / f"{id.replace('-', '_')}-1.0.0-py3-none-any.whl"
    wheel.write_bytes(WheelDraft(id).pack())
    (folder / "key.json").write_text(json.dumps(key.as_dict(private=True)))
    assert (await plugin("sign", str(wheel), "--key", str(folder / "key.json"))).exit_code == 0
    return str(wheel)


@pytest.mark.proves("CLI-22")
async def test_a_wheel_is_submitted_checked_and_waits_for_its_review(portal: Portal, tmp_path: Path) -> None:
    key = await register(portal)
    token = str(portal.developer.token)
    there = ("--to", portal.url, "--developer", "owls")

    sent = await plugin("submit", await signed(tmp_path, key), *there, token=token)
    stranger = await plugin("submit", await signed(tmp_path, key), *there, token="nonsense")

    assert sent.exit_code == 0, sent.output
    # The server of this process writes its log into the same output.
    told, _ = json.JSONDecoder().raw_decode(sent.stdout[sent.stdout.index("{\n") :])
    assert told["status"] == "submitted"
    assert token not in sent.output
    assert stranger.exit_code == 1
    assert "INSTALLATION_UNREACHABLE" not in stranger.output


async def test_an_installation_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    wheel = await signed(tmp_path, new_key("owls"))

    refused = await plugin("submit", wheel, "--to", "http://127.0.0.1:9", "--developer", "owls", token="x")

    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["errors"][0]["code"] == "INSTALLATION_UNREACHABLE"
