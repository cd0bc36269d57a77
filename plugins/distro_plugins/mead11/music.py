"""What only a recording can have: registers, focus, metre, tempo, instruments and key."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_plugins.mead11.elements import add, add_named, add_value
from distro_plugins.mead11.words import INSTRUMENTS, REGISTERS, TEMPI, root_and_mode
from distro_sdk.models.enrichment import Period, TrackEnrichment
from distro_sdk.models.enrichment_words import MusicalKey, TimeSignature
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_enrichment import PlannedFocus


def add_registers(information: _Element, enrichment: TrackEnrichment, namespace: str) -> None:
    """A VocalRegister each."""
    for register in enrichment.vocal_registers:
        add_value(SubElement(information, "VocalRegister"), "Value", register, REGISTERS[register], namespace)


def add_focus(information: _Element, focus: PlannedFocus, plan: MessagePlan) -> None:
    """Focus: the default where it holds everywhere; for whom it is the focus, the artist of the release."""
    everywhere = not set(focus.territories) - {"Worldwide"}
    element = SubElement(information, "Focus", {"IsDefault": "true"} if everywhere else {})
    add_named(element, "DisplayArtistName", plan.release.display_artist)
    if focus.sequence is not None:
        add(element, "SequenceNumber", str(focus.sequence))
    if focus.period:
        _add_period(element, focus.period)
    for territory in focus.territories:
        add(element, "TerritoryOfBeingFocusTrackDescription", territory)
    if focus.comment:
        add(element, "Comment", focus.comment, {"LanguageAndScriptCode": plan.language})


def add_music(information: _Element, enrichment: TrackEnrichment, namespace: str) -> None:
    """TimeSignature, Tempo, BeatsPerMinute, InstrumentUsed and Harmony."""
    if enrichment.time_signature:
        _add_time_signature(information, enrichment.time_signature)
    if enrichment.tempo_description:
        add(information, "Tempo", TEMPI[enrichment.tempo_description])
    if enrichment.tempo is not None:
        add(SubElement(information, "BeatsPerMinute"), "Value", decimal(enrichment.tempo))
    played = {INSTRUMENTS[instrument] or instrument.value: instrument for instrument in enrichment.instrumentation}
    for instrument in played.values():
        add_value(SubElement(information, "InstrumentUsed"), "Value", instrument, INSTRUMENTS[instrument], namespace)
    if enrichment.key:
        _add_harmony(information, enrichment.key, namespace)


def decimal(number: Decimal) -> str:
    """A number without an exponent and without superfluous zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _add_time_signature(information: _Element, signature: TimeSignature) -> None:
    beats, note = signature.value.split("/")
    meter = SubElement(SubElement(information, "TimeSignature"), "Meter")
    add(meter, "NumberOfBeatsInBar", beats)
    add(meter, "NoteEquivalentToBeat", note)


def _add_harmony(information: _Element, key: MusicalKey, namespace: str) -> None:
    """Modes have no allowed value in MEAD, the triad on the root has: both say the same."""
    root, mode = root_and_mode(key)
    harmony = SubElement(information, "Harmony")
    add(harmony, "RootChordNote", root)
    add(harmony, "RootChordQuality", f"{mode}Triad")
    add_value(harmony, "Mode", mode, None, namespace)


def _add_period(element: _Element, period: Period) -> None:
    """Whole days, local everywhere, and therefore without a zone; MEAD advises against its plain dates."""
    period_element = SubElement(element, "PeriodOfBeingFocus")
    add(period_element, "StartDateTime", _moment(period.start_date, "00:00:00"))
    if period.end_date:
        add(period_element, "EndDateTime", _moment(period.end_date, "23:59:59"))


def _moment(day: date, time: str) -> str:
    return f"{day.isoformat()}T{time}"
