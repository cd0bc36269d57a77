"""Instruments that ERN 4 has a word for; any other is told as a value of the sender's own (rule X-9)."""

from __future__ import annotations

from typing import Final

INSTRUMENTS: Final = frozenset(
    {
        "Accordion", "AcousticGuitar", "AltoSaxophone", "Bandoneon", "Banjo", "Bass", "BassClarinet", "Bassoon",
        "Bongos", "Bouzouki", "Cajon", "Celesta", "Cello", "Clarinet", "Claves", "Clavinet", "Congas", "Cornet",
        "Cowbell", "Djembe", "DoubleBass", "DrumKit", "DrumMachine", "ElectricBassGuitar", "ElectricGuitar",
        "ElectricPiano", "EnglishHorn", "Fiddle", "Flugelhorn", "Flute", "FrenchHorn", "Glockenspiel", "GrandPiano",
        "Guitar", "HammondOrgan", "Harmonica", "Harp", "Harpsichord", "Keyboard", "Koto", "LeadVocalist", "Mandolin",
        "Maracas", "Marimba", "Mellotron", "Oboe", "Organ", "PanFlute", "Piano", "Recorder",
        "Saxophone", "Shaker", "Sitar", "SnareDrum", "SopranoSaxophone", "SteelDrums", "Synthesizer", "Tambourine",
        "TenorSaxophone", "Timpani", "Triangle", "Trombone", "Trumpet", "Tuba", "Ukulele", "Vibraphone", "Viola",
        "Violin", "Xylophone",
    }
)  # fmt: skip
"""A selection that is allowed in every state of the value set; compared exactly."""
