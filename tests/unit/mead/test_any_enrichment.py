"""Whatever a label tells of its release, the message is valid by DDEX's schema, by our grammar and by our rules."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro_core.messages.enrichment import enrich_plan
from distro_plugins.mead11 import Mead11Builder, Mead11Rules
from distro_plugins.mead101 import Mead101Builder, Mead101Rules
from distro_sdk.mead.builder import MeadBuilder
from distro_sdk.mead.rules import MeadRules
from distro_sdk.models.catalogue import Release, Track
from distro_sdk.models.enrichment import Enrichment, TrackEnrichment
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import parse_message
from tests.unit.mead.examples import enrichments, track_enrichments

VERSIONS: dict[str, tuple[MeadBuilder, MeadRules]] = {
    "": (Mead11Builder(), Mead11Rules()),
    "_101": (Mead101Builder(), Mead101Rules()),
}
"""By what the fixtures of a version end in."""

TRACKS = tuple(f"track-{number}" for number in (1, 2, 3))


@pytest.mark.parametrize("version", VERSIONS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    of_release=enrichments(TRACKS),
    of_tracks=st.lists(st.none() | track_enrichments(), min_size=3, max_size=3),
    subtype=st.sampled_from((MessageSubtype.INITIAL, MessageSubtype.UPDATE)),
)
def test_any_enrichment_becomes_a_valid_message(
    request: pytest.FixtureRequest,
    version: str,
    of_release: Enrichment,
    of_tracks: list[TrackEnrichment | None],
    subtype: MessageSubtype,
) -> None:
    tracks = tuple(
        Track(id=id, title="A", display_artist="B", enrichment=told) for id, told in zip(TRACKS, of_tracks, strict=True)
    )
    plan = example_plan(subtype)
    builder, rules = VERSIONS[version]
    official_schema = request.getfixturevalue(f"official_schema{version}")
    grammar = request.getfixturevalue(f"grammar{version}")
    content = builder.build(enrich_plan(plan, Release(id="r", title="R", tracks=tracks, enrichment=of_release)))
    if content is None:
        assert not of_release.says_something
        assert not any(told and told.says_something for told in of_tracks)
        return
    message = parse_message(content)
    spoken_of = {element.text for element in message.root.iterfind("*/*/ResourceSummary/ResourceId/ISRC")}

    assert official_schema.validate(message.root), [error.message[:200] for error in official_schema.error_log]
    assert grammar.validate(message.root), [error.message[:200] for error in grammar.error_log]
    assert [issue for issue in rules.validate(message) if issue.severity is Severity.ERROR] == []
    assert spoken_of <= {recording.isrc for recording in plan.recordings}
