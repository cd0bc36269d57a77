"""Whatever a label tells of its release, the message is valid by DDEX's schema, by our grammar and by our rules."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from distro_core.messages.enrichment import enrich_plan
from distro_plugins.mead11 import Mead11Builder, Mead11Rules
from distro_sdk.models.catalogue import Release, Track
from distro_sdk.models.enrichment import Enrichment, TrackEnrichment
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import parse_message
from tests.unit.mead.examples import enrichments, track_enrichments

TRACKS = tuple(f"track-{number}" for number in (1, 2, 3))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    of_release=enrichments(TRACKS),
    of_tracks=st.lists(st.none() | track_enrichments(), min_size=3, max_size=3),
    subtype=st.sampled_from((MessageSubtype.INITIAL, MessageSubtype.UPDATE)),
)
def test_any_enrichment_becomes_a_valid_message(
    official_schema: etree.XMLSchema,
    grammar: etree.RelaxNG,
    of_release: Enrichment,
    of_tracks: list[TrackEnrichment | None],
    subtype: MessageSubtype,
) -> None:
    tracks = tuple(
        Track(id=id, title="A", display_artist="B", enrichment=told) for id, told in zip(TRACKS, of_tracks, strict=True)
    )
    plan = example_plan(subtype)
    content = Mead11Builder().build(enrich_plan(plan, Release(id="r", title="R", tracks=tracks, enrichment=of_release)))
    if content is None:
        assert not of_release.says_something
        assert not any(told and told.says_something for told in of_tracks)
        return
    message = parse_message(content)
    spoken_of = {element.text for element in message.root.iterfind("*/*/ResourceSummary/ResourceId/ISRC")}

    assert official_schema.validate(message.root), [error.message[:200] for error in official_schema.error_log]
    assert grammar.validate(message.root), [error.message[:200] for error in grammar.error_log]
    assert [issue for issue in Mead11Rules().validate(message) if issue.severity is Severity.ERROR] == []
    assert spoken_of <= {recording.isrc for recording in plan.recordings}
