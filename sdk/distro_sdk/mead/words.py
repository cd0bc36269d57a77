"""Our closed lists in the words of MEAD, or as a value of the sender's own where MEAD has no word (rule X-9).

`None` stands for a value of one's own. Every table is complete: a word that is missing here is a fault of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from distro_sdk.models.enrichment_words import (
    Instrument,
    Mood,
    MusicalKey,
    PlaylistSuitability,
    Season,
    TempoDescription,
    VocalRegister,
)

MOODS: Final[Mapping[Mood, str | None]] = {
    **dict.fromkeys(Mood),
    Mood.HAPPY: "Happy",
    Mood.SAD: "Sad",
    Mood.ANGRY: "Angry",
    Mood.PEACEFUL: "Peaceful",
    Mood.ENERGETIC: "Energized",
    Mood.ROMANTIC: "Romantic",
    Mood.UPLIFTING: "Inspiring",
    Mood.DARK: "Dark",
    Mood.RELAXING: "Chill",
    Mood.MELLOW: "Mellow",
    Mood.THEATRICAL: "Dramatic",
}
"""A word of MEAD's only where it means the same, so that no two of ours become one."""

MOOD_ACTIVITIES: Final[Mapping[Mood, str]] = {
    Mood.WORKOUT: "Workout",
    Mood.PARTY: "Party",
    Mood.DRIVING: "Drive",
    Mood.MEDITATION: "Meditation",
    Mood.DANCING: "Dance",
    Mood.WALKING: "Walk",
    Mood.RUNNING: "Run",
    Mood.RELAXING: "Relax",
    Mood.WORKING: "Work",
    Mood.TRAVELING: "Travel",
    Mood.SOCIALIZING: "HangOut",
}
"""Moods that are rather activities: MEAD has a place for these too, and words of its own."""

ACTIVITIES: Final[Mapping[PlaylistSuitability, str | None]] = {
    PlaylistSuitability.WORKOUT: "Workout",
    PlaylistSuitability.STUDY: None,
    PlaylistSuitability.PARTY: "Party",
    PlaylistSuitability.CHILL: "Relax",
    PlaylistSuitability.FOCUS: "Focus",
    PlaylistSuitability.SLEEP: None,
    PlaylistSuitability.DRIVING: "Drive",
    PlaylistSuitability.ROMANCE: None,
    PlaylistSuitability.GAMING: None,
    PlaylistSuitability.COOKING: None,
    PlaylistSuitability.MEDITATION: "Meditation",
    PlaylistSuitability.RUNNING: "Run",
}

SEASONS: Final[Mapping[Season, str | None]] = {
    Season.SPRING: "Spring",
    Season.SUMMER: "Summer",
    Season.AUTUMN: "Autumn",
    Season.WINTER: "Winter",
    Season.CHRISTMAS: "Christmas",
    Season.HALLOWEEN: "Halloween",
    Season.VALENTINE: "Valentine",
    Season.SUMMER_SOLSTICE: None,
    Season.NEW_YEAR: "NewYear",
}
"""As themes, among which MEAD has the seasons."""

TEMPI: Final[Mapping[TempoDescription, str]] = {
    TempoDescription.VERY_SLOW: "Largo",
    TempoDescription.SLOW: "Adagio",
    TempoDescription.MODERATE: "Moderato",
    TempoDescription.FAST: "Allegro",
    TempoDescription.VERY_FAST: "Presto",
}

REGISTERS: Final[Mapping[VocalRegister, str | None]] = {
    VocalRegister.SOPRANO: "Soprano",
    VocalRegister.MEZZO_SOPRANO: "MezzoSoprano",
    VocalRegister.ALTO: "Alto",
    VocalRegister.COUNTERTENOR: "Countertenor",
    VocalRegister.TENOR: "Tenor",
    VocalRegister.BARITONE: "Baritone",
    VocalRegister.BASS: "Bass",
    VocalRegister.CONTRALTO: "Contralto",
    VocalRegister.HIGH_MALE: None,
    VocalRegister.LOW_FEMALE: None,
}

_OTHER_INSTRUMENTS: Final[Mapping[Instrument, str | None]] = {
    Instrument.BASS_GUITAR: "ElectricBassGuitar",
    Instrument.DRUMS: "DrumKit",
    Instrument.PICCOLO: "PiccoloFlute",
    Instrument.HARMONIUM: "PumpOrgan",
    Instrument.TURNTABLES: "Turntable",
    Instrument.SAMPLER: None,
    Instrument.SEQUENCER: None,
    Instrument.VOCODER: None,
    Instrument.THEREMIN: None,
    Instrument.LOOP_STATION: None,
    Instrument.MIDI_CONTROLLER: None,
    Instrument.GROOVEBOX: None,
}
INSTRUMENTS: Final[Mapping[Instrument, str | None]] = {
    **{instrument: instrument.value for instrument in Instrument},
    **_OTHER_INSTRUMENTS,
}
"""MEAD calls nearly all of them as we do."""

NOTES: Final[Mapping[str, str]] = {
    "C": "C",
    "C#": "C#/Db",
    "D": "D",
    "D#": "Eb/D#",
    "E": "E",
    "F": "F",
    "F#": "Gb/F#",
    "G": "G",
    "G#": "Ab/G#",
    "A": "A",
    "A#": "Bb/A#",
    "B": "B",
}
"""Root notes as MEAD spells them."""

THEMES: Final = frozenset(
    {
        "Addiction", "Adolescence", "Adoration", "Alcohol", "Alone", "Ambition", "Angel", "Anger", "Animals",
        "Anniversary", "Autumn", "Baby", "Beach", "Beauty", "Beginning", "Birth", "BirthdayParty", "Breakup", "Bridge",
        "Brother", "Carnival", "Cars", "Celebration", "Change", "Charity", "Children", "Christmas", "Church", "City",
        "CityLife", "CivilRights", "Comfort", "ComingHome", "Commitment", "Confidence", "CountryLife", "Courage",
        "Crime", "Dance", "Darkness", "Daughter", "Daydream", "Death", "Desire", "Determination", "Devil", "Distance",
        "Divorce", "Dream", "Drug", "Earth", "Education", "Empowered", "Environment", "Equality", "Escape", "Eternity",
        "Evil", "Faith", "Fame", "Family", "Fantasy", "Farewell", "Fashion", "Fate", "Father", "Feminism", "Fire",
        "Food", "Forgive", "Freedom", "Friendship", "Fun", "Funeral", "Future", "Gambling", "GangstaLife", "God",
        "GoodLife", "Gratitude", "Greed", "GrowUp", "Guilt", "Halloween", "Happiness", "Hate", "Healing",
        "Heart", "Heartache", "Heaven", "Hell", "Help", "Hero", "History", "Holiday", "Home", "Honesty", "Hope",
        "Horror", "Identity", "Independence", "Innocence", "Inspiration", "Jealous", "Justice", "Karma", "Kiss",
        "Laughter", "Light", "Living", "Lonely", "Longing", "Loss", "Lost", "Love", "Loyalty", "Lucky", "Magic",
        "Memory", "MentalIllness", "Miracle", "MissingYou", "Money", "Moon", "Morning", "Mother", "Motivation",
        "MovingOn", "Murder", "Music", "Mystery", "Nature", "NewYear", "Night", "Nostalgia", "Obsession", "Ocean",
        "Optimism", "Pain", "Party", "Past", "Patriotism", "Peace", "Philosophy", "Politics", "Poverty", "Prayer",
        "Pride", "Prison", "Protest", "Racism", "Rain", "Rebellion", "Redemption", "Regret", "Rejection", "Relax",
        "Religion", "Remember", "Revenge", "Revolution", "River", "Road", "RoadTrip", "Romance", "School", "Sea",
        "Secrets", "Sensuality", "Sin", "Sister", "Sky", "Sleep", "Snow", "Solitude", "Son", "Spirit", "Sport",
        "Spring", "Star", "Storm", "Strong", "Style", "Success", "Suicide", "Summer", "Sun", "Sunshine", "Survive",
        "Technology", "Temptation", "Time", "Togetherness", "Tradition", "Tragedy", "Travel", "Trust", "Truth",
        "Unfaithful", "Unity", "Universe", "Unrequited", "Utopia", "Vacation", "Valentine", "Victory", "VideoGame",
        "Violence", "War", "Water", "Wedding", "Weekend", "Winter", "Wisdom", "Wish", "Work", "WorkingClass", "World",
        "Worship", "Youth",
    }
)  # fmt: skip
"""A selection of what music is mostly about; any other theme is told as a value of the sender's own."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def folded(themes: Iterable[str]) -> Mapping[str, str]:
    """Words for themes by which `theme_word` finds them."""
    return {theme.casefold(): theme for theme in themes}


def theme_word(theme: str, themes: Mapping[str, str]) -> str | None:
    """The word of MEAD for a theme, whatever its case and blanks; None where there is none. `themes`: as `folded`."""
    return themes.get(re.sub(r"[\s-]+", "", theme).casefold())


def root_and_mode(key: MusicalKey) -> tuple[str, str]:
    """The root note as MEAD spells it, and the mode: `Major` or `Minor`."""
    note, mode = key.value.split()
    return NOTES[note], mode.capitalize()


def spaced(word: str) -> str:
    """A word as people read it: `SpokenWord` becomes `Spoken Word`."""
    return _HUMP.sub(" ", word)
