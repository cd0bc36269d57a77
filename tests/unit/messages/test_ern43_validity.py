"""ERN 4.3 messages are valid: by the official schema, by DDEX's rules, by our own, and for any release."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message, resource_files
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.models.catalogue import CompleteRelease, ImageType, ReleaseType
from distro_sdk.models.message import MessageSubtype
from distro_sdk.xml import ParsedMessage, parse_message
from tests.any_release import complete_releases, orders
from tests.catalogue_examples import (
    ADVERTISING,
    DOWNLOAD,
    STREAMING,
    example_order,
    example_release,
    five_track_ep,
    simple_single,
    two_disc_album,
)
from tests.unit.messages.conftest import SchematronRules, written

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))

RELEASES = {
    "simple single": simple_single(),
    "single": example_release(),
    "EP": five_track_ep(),
    "two-disc album": two_disc_album(),
    "compilation with every image": example_release(tracks=7, type=ReleaseType.COMPILATION, images=tuple(ImageType)),
}


@pytest.mark.proves("ERN-01", "CAT-10", "MSG-04")
@pytest.mark.parametrize("subtype", MessageSubtype)
@pytest.mark.parametrize("name", RELEASES)
def test_examples_are_valid_by_the_official_schema(
    name: str, subtype: MessageSubtype, official_schemas: tuple[etree.XMLSchema, ...]
) -> None:
    order = example_order(subtype, terms=(STREAMING, ADVERTISING, DOWNLOAD))

    message = written(RELEASES[name], order)

    for schema in official_schemas:
        assert schema.validate(message.root), str(schema.error_log)


@pytest.mark.slow
@pytest.mark.proves("ERN-01", "ERN-17", "ERN-18")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(), order=orders)
def test_any_release_is_valid_by_schema_and_rules_and_says_what_it_holds(
    official_schemas: tuple[etree.XMLSchema, ...], complete: CompleteRelease, order: MessageOrder
) -> None:
    plan = plan_message(complete, order)
    message = parse_message(Ern43Builder().build(plan))

    for schema in official_schemas:
        assert schema.validate(message.root), str(schema.error_log)
    assert Ern4Rules("ern/4.3").validate(message) == []
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
@pytest.mark.parametrize("subtype", MessageSubtype)
@pytest.mark.parametrize("name", RELEASES)
def test_ddex_own_rules_find_no_error(name: str, subtype: MessageSubtype, schematron: SchematronRules) -> None:
    message = written(RELEASES[name], example_order(subtype))

    fired = schematron(message.root.get("ReleaseProfileVersionId") or "", message.content)

    assert [text for role, text in fired if role in {"Fatal Error", "Error"}] == []


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(max_tracks=12), order=orders)
def test_ddex_own_rules_find_no_error_in_any_release(
    schematron: SchematronRules, complete: CompleteRelease, order: MessageOrder
) -> None:
    message = written(complete, order)

    fired = schematron(message.root.get("ReleaseProfileVersionId") or "", message.content)

    assert [text for role, text in fired if role in {"Fatal Error", "Error"}] == []


@pytest.mark.proves("ERN-21")
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(max_tracks=5), order=orders)
def test_the_same_input_gives_the_same_bytes(complete: CompleteRelease, order: MessageOrder) -> None:
    first = Ern43Builder().build(plan_message(complete, order))
    second = Ern43Builder().build(plan_message(complete, order))

    assert first == second
