"""What a plan says of enrichment: the release's, and for each recording its own with what it takes over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.mead11 import Mead11Builder
from distro_sdk.models.enrichment import Enrichment, FocusTrack, Period, TrackEnrichment
from distro_sdk.models.enrichment_words import Instrument, Mood, MusicalKey, TempoDescription, TimeSignature
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.xml import parse_message
from tests.catalogue_examples import example_order, example_release
from tests.unit.mead.examples import written

FAST = Enrichment(
    moods=(Mood.HAPPY,),
    tempo=Decimal(128),
    tempo_description=TempoDescription.FAST,
    time_signature=TimeSignature.FOUR_FOUR,
    key=MusicalKey.C_MAJOR,
    instrumentation=(Instrument.SYNTHESIZER,),
)


def planned(
    enrichment: Enrichment | None = None, of_tracks: Mapping[str, TrackEnrichment] | None = None
) -> MessagePlan:
    """The plan of the example release with these enrichments, those of tracks by id."""
    complete = example_release()
    told = of_tracks or {}
    tracks = tuple(track.model_copy(update={"enrichment": told.get(track.id)}) for track in complete.release.tracks)
    release = complete.release.model_copy(update={"enrichment": enrichment, "tracks": tracks})
    return plan_message(complete.model_copy(update={"release": release}), example_order())


@pytest.mark.parametrize("enrichment", [None, Enrichment()])
def test_where_nothing_is_told_the_plan_says_nothing(enrichment: Enrichment | None) -> None:
    plan = planned(enrichment)

    assert plan.release.enrichment is None
    assert [(recording.enrichment, recording.focus) for recording in plan.recordings] == [(None, None)] * 2
    assert Mead11Builder().build(plan) is None


@pytest.mark.proves("MEA-05", "MEA-21")
def test_a_track_takes_from_its_release_what_only_recordings_have() -> None:
    slow = TrackEnrichment(tempo=Decimal("71.5"), key=MusicalKey.A_MINOR, moods=(Mood.SAD,))
    first, second = planned(FAST, {"track-2": slow}).sound_recordings

    assert first.enrichment == TrackEnrichment(
        tempo=Decimal(128),
        tempo_description=TempoDescription.FAST,
        time_signature=TimeSignature.FOUR_FOUR,
        key=MusicalKey.C_MAJOR,
        instrumentation=(Instrument.SYNTHESIZER,),
    )
    # The release's description of its tempo does not fit the track's own, and so is not taken over.
    assert second.enrichment == TrackEnrichment(
        moods=(Mood.SAD,),
        tempo=Decimal("71.5"),
        time_signature=TimeSignature.FOUR_FOUR,
        key=MusicalKey.A_MINOR,
        instrumentation=(Instrument.SYNTHESIZER,),
    )


def test_a_message_tells_the_tempo_of_each_recording(official_schema: etree.XMLSchema) -> None:
    message = written(planned(FAST, {"track-2": TrackEnrichment(tempo=Decimal("71.5"))}))
    told = [
        (information.findtext("ResourceSummary/ResourceId/ISRC"), information.findtext("BeatsPerMinute/Value"))
        for information in message.root.findall("ResourceInformationList/ResourceInformation")
    ]

    assert told == [("QZNLR2600001", "128"), ("QZNLR2600002", "71.5")]
    assert official_schema.validate(message.root)


@pytest.mark.proves("MEA-15")
def test_several_focus_tracks_are_numbered_and_a_single_one_is_not() -> None:
    period = Period(start_date=date(2026, 12, 4))
    both = (FocusTrack(track_id="track-2", territories=("SE",)), FocusTrack(track_id="track-1", period=period))

    assert [recording.focus for recording in planned(Enrichment(focus_tracks=both)).recordings] == [
        PlannedFocus(sequence=2, period=period),
        PlannedFocus(sequence=1, territories=("SE",)),
    ]
    assert [recording.focus for recording in planned(Enrichment(focus_tracks=both[:1])).recordings] == [
        None,
        PlannedFocus(territories=("SE",)),
    ]


@pytest.mark.proves("MEA-03")
def test_explicit_content_is_told_by_the_release_s_own_message_and_not_by_mead() -> None:
    plan = planned(FAST)
    message = parse_message(Ern43Builder().build(plan))
    warnings = [element.text for element in message.root.findall("ResourceList/SoundRecording/ParentalWarningType")]

    assert warnings == ["NotExplicit", "Explicit"]
    assert b"ParentalWarning" not in (Mead11Builder().build(plan) or b"")
