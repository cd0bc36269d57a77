"""Messages of ERN 4 are valid for any plan: by the official schemas, by DDEX's rules, and by our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.models.message import MessagePlan, MessageSubtype, ProfileVariant, ReleaseProfile
from distro_sdk.models.validation import Severity
from distro_sdk.testing.plans import example_plan, purging_plan
from tests.any_plan import plans
from tests.unit.messages.conftest import SchematronRules
from tests.unit.messages.ern4_written import BUILDERS, FAULTY_RULE, SHAPES, rule_sets, schema_faults, written

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))
any_plan = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
quick = settings(any_plan, max_examples=20)
every_version = pytest.mark.parametrize("format", BUILDERS)


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-24", "ERN-05")
@every_version
@pytest.mark.parametrize("subtype", MessageSubtype)
@pytest.mark.parametrize(("profile", "variants"), SHAPES)
def test_every_profile_and_variant_is_valid_by_the_official_schema(
    ddex_folder: Path,
    format: str,
    subtype: MessageSubtype,
    profile: ReleaseProfile,
    variants: tuple[ProfileVariant, ...],
) -> None:
    message = written(format, example_plan(subtype, profile, variants))

    assert schema_faults(ddex_folder, format, message.root) == []
    assert message.root.get("ReleaseProfileVersionId") == profile.value
    assert message.root.get("ReleaseProfileVariantVersionId") == (" ".join(variants) or None)


@pytest.mark.proves("MSG-06", "ERN-15")
@every_version
@pytest.mark.parametrize("profile", ReleaseProfile)
def test_a_purge_of_every_profile_is_valid_by_the_official_schema(
    ddex_folder: Path, format: str, profile: ReleaseProfile
) -> None:
    message = written(format, purging_plan(profile))

    assert schema_faults(ddex_folder, format, message.root) == []


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-15", "ERN-17", "ERN-18", "ERN-20", "ERN-24", "MSG-06")
@every_version
@any_plan
@given(plan=plans())
def test_any_plan_is_valid_by_the_official_schema_and_leaves_no_reference_dangling(
    ddex_folder: Path, format: str, plan: MessagePlan
) -> None:
    message = written(format, plan)

    assert schema_faults(ddex_folder, format, message.root) == []
    found = Ern4Rules(format).validate(message)
    assert [issue for issue in found if issue.severity is Severity.ERROR] == []


@pytest.mark.slow
@pytest.mark.proves("ERN-05")
@every_version
@any_plan
@given(plan=plans())
def test_ddex_own_rules_find_no_error_in_any_plan(schematron: SchematronRules, format: str, plan: MessagePlan) -> None:
    message = written(format, plan)

    if message.name == "NewReleaseMessage":
        fired = [entry for rules in rule_sets(plan) for entry in schematron(rules, message.content)]
        faults = [text for role, text in fired if role in {"Fatal Error", "Error"}]
        assert [text for text in faults if not (plan.texts and FAULTY_RULE in text)] == []


@pytest.mark.slow
@pytest.mark.proves("ERN-05")
@every_version
@pytest.mark.parametrize(("profile", "variants"), SHAPES)
def test_ddex_own_rules_find_no_error_in_any_profile(
    schematron: SchematronRules, format: str, profile: ReleaseProfile, variants: tuple[ProfileVariant, ...]
) -> None:
    plan = example_plan(profile=profile, variants=variants)
    message = written(format, plan)

    fired = [entry for rules in rule_sets(plan) for entry in schematron(rules, message.content)]

    faults = [text for role, text in fired if role in {"Fatal Error", "Error"}]
    assert [text for text in faults if FAULTY_RULE not in text] == []


@pytest.mark.proves("ERN-21")
@every_version
@quick
@given(plan=plans())
def test_the_same_plan_gives_the_same_bytes(format: str, plan: MessagePlan) -> None:
    again = MessagePlan.model_validate_json(plan.model_dump_json())

    assert BUILDERS[format].build(again) == BUILDERS[format].build(plan)


@quick
@given(plan=plans())
def test_the_versions_tell_the_same_files_parties_and_deals(plan: MessagePlan) -> None:
    roots = [written(format, plan).root for format in BUILDERS]

    for path in ("URI", "HashSumValue", "FullName", "DealReleaseReference", "ISRC", "ReleaseResourceReference"):
        told = [sorted(str(element.text) for element in root.iter(path)) for root in roots]
        assert told[0] == told[1] == told[2], path
