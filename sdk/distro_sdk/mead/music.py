"""What only a recording can have: registers, metre, tempo, instruments and key."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.mead.dialect import Writing
from distro_sdk.mead.elements import add, add_value, decimal
from distro_sdk.mead.words import INSTRUMENTS, REGISTERS, TEMPI, root_and_mode
from distro_sdk.models.enrichment import TrackEnrichment
from distro_sdk.models.enrichment_words import MusicalKey, TimeSignature


def add_registers(information: _Element, enrichment: TrackEnrichment, writing: Writing) -> None:
    """A VocalRegister each, or the first alone; the others are notes then."""
    told = enrichment.vocal_registers if writing.dialect.several_registers else enrichment.vocal_registers[:1]
    for register in told:
        add_value(SubElement(information, "VocalRegister"), "Value", register, REGISTERS[register], writing.namespace)


def add_music(information: _Element, enrichment: TrackEnrichment, writing: Writing) -> None:
    """TimeSignature, Tempo, BeatsPerMinute, InstrumentUsed and Harmony."""
    signature, tempo, namespace = enrichment.time_signature, enrichment.tempo_description, writing.namespace
    within = writing.dialect.tempo_in_signature
    if signature or (tempo and within):
        element = SubElement(information, "TimeSignature")
        if signature:
            _add_meter(element, signature)
        if tempo and within:
            add(element, "Tempo", TEMPI[tempo])
    if tempo and not within:
        add(information, "Tempo", TEMPI[tempo])
    if enrichment.tempo is not None:
        add(SubElement(information, "BeatsPerMinute"), "Value", decimal(enrichment.tempo))
    played = {INSTRUMENTS[instrument] or instrument.value: instrument for instrument in enrichment.instrumentation}
    for instrument in played.values():
        add_value(SubElement(information, "InstrumentUsed"), "Value", instrument, INSTRUMENTS[instrument], namespace)
    if enrichment.key:
        _add_harmony(information, enrichment.key, namespace)


def _add_meter(element: _Element, signature: TimeSignature) -> None:
    beats, note = signature.value.split("/")
    meter = SubElement(element, "Meter")
    add(meter, "NumberOfBeatsInBar", beats)
    add(meter, "NoteEquivalentToBeat", note)


def _add_harmony(information: _Element, key: MusicalKey, namespace: str) -> None:
    """Modes have no allowed value in MEAD, the triad on the root has: both say the same."""
    root, mode = root_and_mode(key)
    harmony = SubElement(information, "Harmony")
    add(harmony, "RootChordNote", root)
    add(harmony, "RootChordQuality", f"{mode}Triad")
    add_value(harmony, "Mode", mode, None, namespace)
