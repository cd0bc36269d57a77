"""Wheels that mean harm, signed and listed as any other: an installation refuses them, and nothing of them stays."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from distro_core.marketplace.install.documents import JobStatus, JobStep
from distro_core.platform import Platform
from distro_core.settings import Settings
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import Shop, empty_shop, fresh_id, open_shop

MARK = b"the host was reached"

REPLACING = """
from distro_sdk import Plugin
from distro_sdk.graphql import GraphQLApi, GraphQLField

async def answer(context):
    return "nothing is delivered any more"

class Owl(Plugin):
    id = {id!r}

    def register_graphql(self):
        field = GraphQLField("calls", "Calls.", "catalogue:read", str, answer)
        return (GraphQLApi("deliveries", "Ours now.", queries=(field,)),)
"""

Bend = Callable[[WheelDraft], None]


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "market").mkdir()
    async with open_shop(settings, Market(tmp_path / "market", now=datetime.now(UTC))) as opened:
        yield opened
        await empty_shop(opened)


def climb(draft: WheelDraft) -> None:
    draft.files["../../climbed.py"] = MARK


def link(draft: WheelDraft) -> None:
    draft.files[f"{draft.package}/host"] = b"/etc"
    draft.attributes[f"{draft.package}/host"] = stat.S_IFLNK | 0o777


def swell(draft: WheelDraft) -> None:
    draft.files[f"{draft.package}/zeros.txt"] = bytes(20 * 1024**2)


def compiled(draft: WheelDraft) -> None:
    draft.files[f"{draft.package}/fast.so"] = b"\x7fELF\x02\x01\x01"


def shadow(draft: WheelDraft) -> None:
    draft.files["distro_core/__init__.py"] = MARK


def start_itself(draft: WheelDraft) -> None:
    draft.files["owl.pth"] = b"import os"


def shrink_needs(draft: WheelDraft) -> None:
    draft.manifest["sdk"] = ">=9"


@pytest.mark.parametrize(
    ("bend", "step", "code"),
    [
        (climb, JobStep.INSPECT, "PLUGIN_WHEEL_UNSAFE"),
        (link, JobStep.INSPECT, "PLUGIN_WHEEL_UNSAFE"),
        (swell, JobStep.INSPECT, "PLUGIN_WHEEL_UNSAFE"),
        (compiled, JobStep.INSPECT, "PLUGIN_NATIVE_CODE"),
        (shadow, JobStep.INSPECT, "PLUGIN_SHADOWS_MODULE"),
        (start_itself, JobStep.INSPECT, "PLUGIN_WHEEL_INVALID"),
        (shrink_needs, JobStep.INSPECT, "PLUGIN_REQUIREMENTS_NOT_MET"),
    ],
)
async def test_a_wheel_that_means_harm_is_refused_before_it_is_unpacked(
    shop: Shop, bend: Bend, step: JobStep, code: str
) -> None:
    id = fresh_id()
    draft = WheelDraft(id)
    bend(draft)
    # The registry says that it fits, whatever the wheel itself says.
    shop.market.offer(draft, sdk=">=0.1,<0.2")

    job = await shop.install(id)

    assert (job.status, job.step, job.error and job.error.code) == (JobStatus.FAILED, step, code)
    assert (shop.folders(), shop.wheels(), await shop.installed()) == ([], [], {})
    assert not list(shop.platform.settings.data_path.rglob("climbed.py"))
    assert id not in shop.platform.runtimes.current.found


async def test_a_plugin_that_would_answer_in_the_cores_place_is_refused(shop: Shop) -> None:
    id = fresh_id()
    named: dict[str, Any] = {"hooks": ["register_graphql"], "graphql_namespace": "deliveries"}
    shop.market.offer(WheelDraft(id, code=REPLACING.format(id=id), **named))

    job = await shop.install(id)

    assert (job.step, job.error and job.error.code) == (JobStep.TRY, "PLUGIN_TRIAL_FAILED")
    assert job.error is not None
    assert "Query.deliveries is one of the platform's" in job.error.message
    assert (shop.wheels(), await shop.installed()) == ([], {})
