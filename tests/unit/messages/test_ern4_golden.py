"""Whole messages of each version, kept and reviewed once: a change of what is written shows here first (row ERN-07)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from distro_sdk.models.message import MessagePlan, MessageSubtype, ProfileVariant, ReleaseProfile
from distro_sdk.testing.plans import example_plan, purging_plan
from tests.unit.messages.ern4_plans import rich_plan
from tests.unit.messages.ern4_written import BUILDERS, root_of

GOLDEN = Path(__file__).parent / "golden"
PLANS: dict[str, MessagePlan] = {
    "everything": rich_plan(),
    "box": example_plan(MessageSubtype.UPDATE, variants=(ProfileVariant.BOXED_SET,)),
    "film": example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO),
    "purge": purging_plan(),
}


@pytest.mark.proves("ERN-07", "ERN-21")
@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("format", BUILDERS)
def test_messages_are_those_that_were_reviewed(format: str, name: str) -> None:
    root = root_of(format, PLANS[name])

    etree.indent(root)
    written = etree.tostring(root, encoding="unicode") + "\n"
    assert written == (GOLDEN / f"{format.replace('/', '-')}-{name}.xml").read_text("utf-8")
