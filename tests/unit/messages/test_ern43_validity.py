"""ERN 4.3 messages are valid: by the official schema, by DDEX's rules, by our own, and for any release."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder, Ern43Rules
from distro_sdk.models.catalogue import CompleteRelease, ImageType, ReleaseType
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity
from tests.catalogue_examples import (
    ADVERTISING,
    DOWNLOAD,
    STREAMING,
    complete_releases,
    example_order,
    example_release,
    orders,
    simple_single,
    two_disc_album,
)
from tests.unit.messages.conftest import SchematronRules, written

EXAMPLES = int(os.environ.get("DISTRO_HYPOTHESIS_RELEASES", "60"))

RELEASES = {
    "simple single": simple_single(),
    "single": example_release(),
    "EP": example_release(tracks=5, type=ReleaseType.EP),
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
def test_any_release_is_valid_by_schema_and_rules(
    official_schemas: tuple[etree.XMLSchema, ...], complete: CompleteRelease, order: MessageOrder
) -> None:
    message = written(complete, order)

    for schema in official_schemas:
        assert schema.validate(message.root), str(schema.error_log)
    assert [issue for issue in Ern43Rules().validate(message) if issue.severity is Severity.ERROR] == []


@pytest.mark.slow
@pytest.mark.proves("ERN-05")
@pytest.mark.parametrize("subtype", MessageSubtype)
@pytest.mark.parametrize("name", RELEASES)
def test_ddex_own_rules_find_no_error(name: str, subtype: MessageSubtype, schematron: SchematronRules) -> None:
    message = written(RELEASES[name], example_order(subtype))

    fired = schematron(message.root.get("ReleaseProfileVersionId") or "", message.content)

    assert [text for role, text in fired if role in {"Fatal Error", "Error"}] == []


@pytest.mark.slow
@settings(max_examples=max(5, EXAMPLES // 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(complete=complete_releases(max_tracks=8), order=orders)
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
