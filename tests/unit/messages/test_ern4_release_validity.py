"""Messages of any release, planned by the core, are valid in every version of ERN 4: by schema and by rules."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message, resource_files
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.models.catalogue import CompleteRelease, ImageType, ReleaseType
from distro_sdk.models.message import HashAlgorithm, MessageOptions, MessageSubtype, TakedownForm
from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message
from tests.any_release import complete_releases, orders
from tests.catalogue_examples import (
    ADVERTISING,
    DOWNLOAD,
    EVERY_KIND,
    STREAMING,
    example_order,
    example_release,
)
from tests.unit.messages.conftest import SchematronRules
from tests.unit.messages.ern4_written import BUILDERS, FAULTY_RULE, rule_sets, schema_faults, written

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))

every_version = pytest.mark.parametrize("format", BUILDERS)

RELEASES = {
    **{kind: make() for kind, make in EVERY_KIND.items()},
    "compilation with every image": example_release(tracks=7, type=ReleaseType.COMPILATION, images=tuple(ImageType)),
}
ORDERS = {
    "initial": example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD)),
    "update": example_order(MessageSubtype.UPDATE, terms=(STREAMING, ADVERTISING, DOWNLOAD)),
    **{
        form.value: replace(example_order(MessageSubtype.TAKEDOWN), options=MessageOptions(takedown_form=form))
        for form in (TakedownForm.NO_DEALS, TakedownForm.END_DATE, TakedownForm.PURGE)
    },
    "immersive, by SHA-256": replace(
        example_order(), options=MessageOptions(immersive_audio=True, hash_algorithm=HashAlgorithm.SHA256)
    ),
}
"""Every reason to tell of a release, and every way to withdraw it."""


@pytest.mark.proves("ERN-01", "ERN-02", "ERN-24", "CAT-10", "MSG-04")
@every_version
@pytest.mark.parametrize("reason", ORDERS)
@pytest.mark.parametrize("name", RELEASES)
def test_every_kind_of_release_is_valid_by_the_official_schema_and_our_rules(
    ddex_folder: Path, format: str, name: str, reason: str
) -> None:
    message = written(format, plan_message(RELEASES[name], ORDERS[reason]))

    assert schema_faults(ddex_folder, format, message.root) == []
    assert [issue for issue in Ern4Rules(format).validate(message) if issue.severity is Severity.ERROR] == []


@pytest.mark.slow
@pytest.mark.proves("ERN-01", "ERN-02", "ERN-17", "ERN-18", "ERN-24")
@every_version
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(), order=orders)
def test_any_release_is_valid_by_schema_and_rules_and_says_what_it_holds(
    ddex_folder: Path, format: str, complete: CompleteRelease, order: MessageOrder
) -> None:
    plan = plan_message(complete, order)
    message = parse_message(BUILDERS[format].build(plan))

    assert schema_faults(ddex_folder, format, message.root) == []
    assert Ern4Rules(format).validate(message) == []
    told = {
        "titles": _texts(message, "ResourceList/SoundRecording/DisplayTitle/TitleText"),
        "P-line years": _texts(message, "ReleaseList/Release/PLine/Year"),
        "C-line years": _texts(message, "ReleaseList/Release/CLine/Year"),
        "title": _texts(message, "ReleaseList/Release/DisplayTitle/TitleText"),
        "files": _texts(message, ".//File/URI"),
    }
    release = complete.release
    assert told == {
        "titles": [track.title for track in release.tracks],
        "P-line years": [str(release.p_line and release.p_line.year)],
        "C-line years": [str(release.c_line and release.c_line.year)],
        "title": [release.title],
        "files": [f"{file.kind.value}/{file.name}" for file in resource_files(plan, complete)],
    }


def _texts(message: ParsedMessage, path: str) -> list[str | None]:
    return [element.text for element in message.root.findall(path)]


@pytest.mark.slow
@pytest.mark.proves("ERN-05")
@every_version
@pytest.mark.parametrize("reason", ["initial", "no_deals", "end_date"])
@pytest.mark.parametrize("name", RELEASES)
def test_ddex_own_rules_find_no_error(format: str, name: str, reason: str, schematron: SchematronRules) -> None:
    plan = plan_message(RELEASES[name], ORDERS[reason])
    message = written(format, plan)

    fired = [entry for rules in rule_sets(plan) for entry in schematron(rules, message.content)]

    faults = [text for role, text in fired if role in {"Fatal Error", "Error"}]
    assert [text for text in faults if not (plan.texts and FAULTY_RULE in text)] == []


@pytest.mark.slow
@every_version
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(max_tracks=12), order=orders)
def test_ddex_own_rules_find_no_error_in_any_release(
    schematron: SchematronRules, format: str, complete: CompleteRelease, order: MessageOrder
) -> None:
    message = written(format, plan_message(complete, order))

    fired = schematron(message.root.get("ReleaseProfileVersionId") or "", message.content)

    assert [text for role, text in fired if role in {"Fatal Error", "Error"}] == []


@pytest.mark.proves("ERN-21")
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(max_tracks=5), order=orders)
def test_the_same_input_gives_the_same_bytes(complete: CompleteRelease, order: MessageOrder) -> None:
    for builder in BUILDERS.values():
        assert builder.build(plan_message(complete, order)) == builder.build(plan_message(complete, order))
