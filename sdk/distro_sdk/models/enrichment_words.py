"""The closed lists of enrichment: moods, instruments, keys and the like, as data."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Mood(StrEnum):
    """The feeling of music; `MOODS` groups the words."""

    HAPPY = "Happy"
    SAD = "Sad"
    ANGRY = "Angry"
    PEACEFUL = "Peaceful"
    ENERGETIC = "Energetic"
    MELANCHOLIC = "Melancholic"
    ROMANTIC = "Romantic"
    NOSTALGIC = "Nostalgic"
    UPLIFTING = "Uplifting"
    DARK = "Dark"
    HOPEFUL = "Hopeful"
    ANXIOUS = "Anxious"
    JOYFUL = "Joyful"
    PASSIONATE = "Passionate"
    DREAMY = "Dreamy"
    MYSTERIOUS = "Mysterious"
    TRIUMPHANT = "Triumphant"
    LONGING = "Longing"
    CALM = "Calm"
    RELAXING = "Relaxing"
    MODERATE = "Moderate"
    INTENSE = "Intense"
    EXPLOSIVE = "Explosive"
    SOOTHING = "Soothing"
    EXCITING = "Exciting"
    AGGRESSIVE = "Aggressive"
    GENTLE = "Gentle"
    POWERFUL = "Powerful"
    MELLOW = "Mellow"
    DYNAMIC = "Dynamic"
    SERENE = "Serene"
    VIGOROUS = "Vigorous"
    TRANQUIL = "Tranquil"
    WORKOUT = "Workout"
    STUDY = "Study"
    PARTY = "Party"
    SLEEP = "Sleep"
    DRIVING = "Driving"
    MEDITATION = "Meditation"
    DANCING = "Dancing"
    WALKING = "Walking"
    RUNNING = "Running"
    WORKING = "Working"
    GAMING = "Gaming"
    COOKING = "Cooking"
    READING = "Reading"
    TRAVELING = "Traveling"
    SOCIALIZING = "Socializing"
    URBAN = "Urban"
    RURAL = "Rural"
    COSMIC = "Cosmic"
    UNDERWATER = "Underwater"
    CINEMATIC = "Cinematic"
    THEATRICAL = "Theatrical"
    INTIMATE = "Intimate"
    EPIC = "Epic"
    MINIMAL = "Minimal"
    LUSH = "Lush"
    RAW = "Raw"
    POLISHED = "Polished"
    VINTAGE = "Vintage"
    FUTURISTIC = "Futuristic"
    ORGANIC = "Organic"
    SYNTHETIC = "Synthetic"


def _moods(words: str) -> tuple[Mood, ...]:
    return tuple(Mood(word) for word in words.split())


MOODS: Final[Mapping[str, tuple[Mood, ...]]] = {
    "Emotional": _moods(
        "Happy Sad Angry Peaceful Energetic Melancholic Romantic Nostalgic Uplifting Dark Hopeful Anxious Joyful "
        "Passionate Dreamy Mysterious Triumphant Longing"
    ),
    "Energy": _moods(
        "Calm Relaxing Moderate Energetic Intense Explosive Soothing Exciting Aggressive Gentle Powerful Mellow "
        "Dynamic Serene Vigorous Tranquil"
    ),
    "Activity": _moods(
        "Workout Study Party Sleep Driving Meditation Dancing Walking Running Relaxing Working Gaming Cooking Reading "
        "Traveling Socializing"
    ),
    "Atmosphere": _moods(
        "Urban Rural Cosmic Underwater Cinematic Theatrical Intimate Epic Minimal Lush Raw Polished Vintage Futuristic "
        "Organic Synthetic"
    ),
}
"""The 66 entries in their four groups; two words stand in two groups."""


class ContentAdvisory(StrEnum):
    """Why advice for parents is given."""

    EXPLICIT_LYRICS = "ExplicitLyrics"
    SEXUAL_CONTENT = "SexualContent"
    VIOLENCE = "Violence"
    DRUG_REFERENCES = "DrugReferences"
    GAMBLING = "Gambling"
    HATE_SPEECH = "HateSpeech"


class TempoDescription(StrEnum):
    """How fast music is, in five bands; `TEMPO_LIMITS` bounds them."""

    VERY_SLOW = "VerySlow"
    SLOW = "Slow"
    MODERATE = "Moderate"
    FAST = "Fast"
    VERY_FAST = "VeryFast"


TEMPO_LIMITS: Final[Mapping[TempoDescription, tuple[Decimal, Decimal]]] = {
    TempoDescription.VERY_SLOW: (Decimal(0), Decimal(60)),
    TempoDescription.SLOW: (Decimal(60), Decimal(80)),
    TempoDescription.MODERATE: (Decimal(80), Decimal(120)),
    TempoDescription.FAST: (Decimal(120), Decimal(140)),
    TempoDescription.VERY_FAST: (Decimal(140), Decimal(999)),
}
"""The slowest and the fastest of each band, in beats a minute."""


class TimeSignature(StrEnum):
    """Beats in a bar over the note that is a beat."""

    TWO_TWO = "2/2"
    TWO_FOUR = "2/4"
    THREE_FOUR = "3/4"
    FOUR_FOUR = "4/4"
    FIVE_FOUR = "5/4"
    SEVEN_FOUR = "7/4"
    THREE_EIGHT = "3/8"
    SIX_EIGHT = "6/8"
    SEVEN_EIGHT = "7/8"
    NINE_EIGHT = "9/8"
    TWELVE_EIGHT = "12/8"


class MusicalKey(StrEnum):
    """A key: the twelve notes, each major and minor, black keys as sharps."""

    C_MAJOR = "C major"
    C_SHARP_MAJOR = "C# major"
    D_MAJOR = "D major"
    D_SHARP_MAJOR = "D# major"
    E_MAJOR = "E major"
    F_MAJOR = "F major"
    F_SHARP_MAJOR = "F# major"
    G_MAJOR = "G major"
    G_SHARP_MAJOR = "G# major"
    A_MAJOR = "A major"
    A_SHARP_MAJOR = "A# major"
    B_MAJOR = "B major"
    C_MINOR = "C minor"
    C_SHARP_MINOR = "C# minor"
    D_MINOR = "D minor"
    D_SHARP_MINOR = "D# minor"
    E_MINOR = "E minor"
    F_MINOR = "F minor"
    F_SHARP_MINOR = "F# minor"
    G_MINOR = "G minor"
    G_SHARP_MINOR = "G# minor"
    A_MINOR = "A minor"
    A_SHARP_MINOR = "A# minor"
    B_MINOR = "B minor"


class VocalRegister(StrEnum):
    """How high or low is sung."""

    SOPRANO = "Soprano"
    MEZZO_SOPRANO = "MezzoSoprano"
    ALTO = "Alto"
    COUNTERTENOR = "Countertenor"
    TENOR = "Tenor"
    BARITONE = "Baritone"
    BASS = "Bass"
    CONTRALTO = "Contralto"
    HIGH_MALE = "HighMale"
    LOW_FEMALE = "LowFemale"


class VocalCharacteristic(StrEnum):
    """How is sung, if at all."""

    LEAD_VOCAL = "LeadVocal"
    BACKING_VOCALS = "BackingVocals"
    HARMONY = "Harmony"
    RAP = "Rap"
    SPOKEN_WORD = "SpokenWord"
    INSTRUMENTAL = "Instrumental"
    CHOIR = "Choir"
    FALSETTO = "Falsetto"
    GROWL = "Growl"
    WHISPER = "Whisper"


class Instrument(StrEnum):
    """What is played; `INSTRUMENTS` groups the words."""

    GUITAR = "Guitar"
    BASS_GUITAR = "BassGuitar"
    ACOUSTIC_GUITAR = "AcousticGuitar"
    ELECTRIC_GUITAR = "ElectricGuitar"
    VIOLIN = "Violin"
    CELLO = "Cello"
    DOUBLE_BASS = "DoubleBass"
    HARP = "Harp"
    BANJO = "Banjo"
    MANDOLIN = "Mandolin"
    UKULELE = "Ukulele"
    SITAR = "Sitar"
    DRUMS = "Drums"
    DRUM_KIT = "DrumKit"
    TIMPANI = "Timpani"
    CYMBALS = "Cymbals"
    TRIANGLE = "Triangle"
    TAMBOURINE = "Tambourine"
    CONGAS = "Congas"
    BONGOS = "Bongos"
    XYLOPHONE = "Xylophone"
    MARIMBA = "Marimba"
    VIBRAPHONE = "Vibraphone"
    CAJON = "Cajon"
    FLUTE = "Flute"
    SAXOPHONE = "Saxophone"
    TRUMPET = "Trumpet"
    TROMBONE = "Trombone"
    CLARINET = "Clarinet"
    OBOE = "Oboe"
    BASSOON = "Bassoon"
    FRENCH_HORN = "FrenchHorn"
    TUBA = "Tuba"
    PICCOLO = "Piccolo"
    HARMONICA = "Harmonica"
    RECORDER = "Recorder"
    PIANO = "Piano"
    ELECTRIC_PIANO = "ElectricPiano"
    ORGAN = "Organ"
    SYNTHESIZER = "Synthesizer"
    HARPSICHORD = "Harpsichord"
    ACCORDION = "Accordion"
    HARMONIUM = "Harmonium"
    CELESTA = "Celesta"
    MELLOTRON = "Mellotron"
    CLAVINET = "Clavinet"
    DRUM_MACHINE = "DrumMachine"
    SAMPLER = "Sampler"
    SEQUENCER = "Sequencer"
    VOCODER = "Vocoder"
    THEREMIN = "Theremin"
    TURNTABLES = "Turntables"
    LOOP_STATION = "LoopStation"
    MIDI_CONTROLLER = "MidiController"
    GROOVEBOX = "Groovebox"


def _instruments(words: str) -> tuple[Instrument, ...]:
    return tuple(Instrument(word) for word in words.split())


INSTRUMENTS: Final[Mapping[str, tuple[Instrument, ...]]] = {
    "Strings": _instruments(
        "Guitar BassGuitar AcousticGuitar ElectricGuitar Violin Cello DoubleBass Harp Banjo Mandolin Ukulele Sitar"
    ),
    "Percussion": _instruments(
        "Drums DrumKit Timpani Cymbals Triangle Tambourine Congas Bongos Xylophone Marimba Vibraphone Cajon"
    ),
    "Wind": _instruments(
        "Flute Saxophone Trumpet Trombone Clarinet Oboe Bassoon FrenchHorn Tuba Piccolo Harmonica Recorder"
    ),
    "Keyboard": _instruments(
        "Piano ElectricPiano Organ Synthesizer Harpsichord Accordion Harmonium Celesta Mellotron Clavinet"
    ),
    "Electronic": _instruments(
        "DrumMachine Sampler Sequencer Vocoder Theremin Turntables LoopStation MidiController Groovebox"
    ),
}
"""All 55 in their five groups."""


class RecordingTechnique(StrEnum):
    """How was recorded."""

    STUDIO = "Studio"
    LIVE = "Live"
    HOME = "Home"
    FIELD = "Field"
    ANALOG = "Analog"
    DIGITAL = "Digital"
    MULTITRACK = "Multitrack"
    OVERDUB = "Overdub"


class AudioCharacteristic(StrEnum):
    """How the recording sounds."""

    HI_FI = "HiFi"
    LO_FI = "LoFi"
    COMPRESSED = "Compressed"
    DYNAMIC = "Dynamic"
    SATURATED = "Saturated"
    CLEAN = "Clean"
    DISTORTED = "Distorted"
    REVERB_HEAVY = "ReverbHeavy"


class PlaylistSuitability(StrEnum):
    """For which playlists the music is made."""

    WORKOUT = "Workout"
    STUDY = "Study"
    PARTY = "Party"
    CHILL = "Chill"
    FOCUS = "Focus"
    SLEEP = "Sleep"
    DRIVING = "Driving"
    ROMANCE = "Romance"
    GAMING = "Gaming"
    COOKING = "Cooking"
    MEDITATION = "Meditation"
    RUNNING = "Running"


class Season(StrEnum):
    """The time of the year that the music is for."""

    SPRING = "Spring"
    SUMMER = "Summer"
    AUTUMN = "Autumn"
    WINTER = "Winter"
    CHRISTMAS = "Christmas"
    HALLOWEEN = "Halloween"
    VALENTINE = "Valentine"
    SUMMER_SOLSTICE = "SummerSolstice"
    NEW_YEAR = "NewYear"
