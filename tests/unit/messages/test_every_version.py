"""Any release in any version: what is written is valid, and what is not written is refused with its reasons."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from lxml import etree

from distro_core.messages.capabilities import check_plan, read_message_settings
from distro_core.messages.planner import plan_message
from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern42 import Ern42Builder, Ern42Plugin
from distro_plugins.ern43 import Ern43Builder, Ern43Plugin
from distro_plugins.ern382 import Ern382Builder, Ern382Plugin
from distro_plugins.ern432 import Ern432Builder, Ern432Plugin
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import MessageSubtype
from distro_sdk.xml import parse_message
from tests.any_structured_release import orders_for, structured_releases
from tests.catalogue_examples import ADVERTISING, DOWNLOAD, EVERY_KIND, STREAMING, example_order
from tests.unit.messages.official import script

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "30"))
BUILDERS: tuple[MessageBuilder, ...] = (Ern382Builder(), Ern42Builder(), Ern43Builder(), Ern432Builder())
FORMATS = [builder.format for builder in BUILDERS]
OLDER_VALUES = {"ern/3.8.2": "avs-2020", "ern/4.2": "avs-2020", "ern/4.3": "avs-2022"}
"""The earlier state of the allowed values, of versions that have two."""

VALIDATORS = tuple(
    validator
    for plugin in (Ern382Plugin(), Ern42Plugin(), Ern43Plugin(), Ern432Plugin())
    for validator in plugin.register_validators()
)
REASONS = {
    "CHARACTER_ILLEGAL",
    "COMPOSER_MISSING",
    "CURRENCY_UNSUPPORTED",
    "HASH_ALGORITHM_UNSUPPORTED",
    "PROFILE_UNFIT",
    "RELEASE_TYPE_UNSUPPORTED",
    "RIGHTS_END_BEFORE_RELEASE",
    "VALUE_UNSUPPORTED",
    "VARIANT_UNSUPPORTED",
    "VISIBILITY_UNSUPPORTED",
}
"""What a version may lack; every other refusal would be a fault of ours."""


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-03", "ERN-24")
@pytest.mark.parametrize("builder", BUILDERS, ids=FORMATS)
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_of_release_is_valid_in_every_version(builder: MessageBuilder, kind: str, ddex_folder: Path) -> None:
    schemas = SchemaLibrary(ddex_folder)
    for subtype in MessageSubtype:
        order = example_order(subtype, terms=(STREAMING, DOWNLOAD, ADVERTISING))
        options = order.options.model_copy(update={"further_images": builder.format != "ern/3.8.2"})
        plan = plan_message(EVERY_KIND[kind](), example_order(subtype, terms=order.terms, options=options))
        check_plan(builder, plan, {})

        verdict = validate_message(builder.build(plan), builder=builder, validators=VALIDATORS, schemas=schemas)

        assert [(issue.code, issue.message[:200]) for issue in verdict.errors] == []
        assert (verdict.schema_valid, verdict.business_rules_valid) == (True, True)


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-03", "ERN-24", "ERN-17")
@pytest.mark.parametrize("builder", BUILDERS, ids=FORMATS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_release_is_valid_or_refused(builder: MessageBuilder, ddex_folder: Path, data: st.DataObject) -> None:
    complete, order = data.draw(structured_releases()), data.draw(orders_for(builder))
    try:
        plan = plan_message(complete, order)
        plan = plan.model_copy(update={"settings": read_message_settings(builder, {})})
        check_plan(builder, plan, {})
        content = builder.build(plan)
    except DomainErrors as refusal:
        event(f"refused: {sorted({fault.code for fault in refusal.errors})}")
        unexpected = {fault.code for fault in refusal.errors} - REASONS
        if unexpected:
            pytest.fail(f"refused for {unexpected}")
        return
    event(f"{plan.type.value} {plan.profile.value}")
    verdict = validate_message(content, builder=builder, validators=VALIDATORS, schemas=SchemaLibrary(None))
    root = parse_message(content).root

    assert [(issue.code, issue.message[:200]) for issue in verdict.errors] == []
    for schema in _official(builder.format, ddex_folder):
        schema.validate(root)
        assert [entry.message[:200] for entry in schema.error_log] == []


@cache
def _official(format: str, folder: Path) -> tuple[etree.XMLSchema, ...]:
    """The version's schema under each state of its allowed values."""
    load, version = script(folder / "ddex_xsd.py").load, format.removeprefix("ern/")
    older = (load("ern", version, avs=OLDER_VALUES[format]),) if format in OLDER_VALUES else ()
    return (load("ern", version), *older)


def test_most_releases_can_be_told_in_every_version() -> None:
    """Refusing would be the easiest way to never be wrong."""
    told: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def tell(data: st.DataObject) -> None:
        complete = data.draw(structured_releases())
        for builder in BUILDERS:
            order = data.draw(orders_for(builder))
            told["all"] += 1
            try:
                plan = plan_message(complete, order)
                check_plan(builder, plan, {})
                builder.build(plan)
            except DomainErrors:
                continue
            told["told"] += 1

    tell()

    assert told["told"] / told["all"] > 0.5
