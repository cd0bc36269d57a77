"""A Dolby Atmos master: what it must be, and what there is to deliver of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from distro_sdk.audio_formats import describe_pcm
from distro_sdk.models.assets import AudioProperties
from distro_sdk.models.base import Model
from stardust_dolby_atmos.adm import (
    BINAURAL,
    MOST_AXML,
    MOST_CHNA,
    AdmError,
    AudioModel,
    read_allocations,
    read_model,
)
from stardust_dolby_atmos.riff import HEADS, RiffError, WaveFile, WaveFormat, open_wave

SAMPLE_RATE = 48_000
BIT_DEPTH = 24
MOST_CHANNELS = 128
"""Objects and channels of beds together, as the renderer takes them."""

MARKS = ("chna", "axml")


class DeliverableKind(StrEnum):
    """What is delivered of a master."""

    MASTER = "master"
    BINAURAL = "binaural"
    STEREO_DOWNMIX = "stereoDownmix"
    MP4 = "mp4"
    METADATA = "metadata"


class DeliverableState(StrEnum):
    """`available`: it is there; `required`: somebody has to make it with Dolby's renderer or encoder."""

    AVAILABLE = "available"
    REQUIRED = "required"


class Deliverable(Model):
    """One of them."""

    kind: DeliverableKind = Field(description="What it is.")
    state: DeliverableState = Field(description="Whether it is there, or has to be made with Dolby's tools.")
    file_name: str = Field(description="How it is, or should be, called.")


class MasterReport(Model):
    """What is known of a master in the catalogue."""

    asset_id: str = Field(description="The stored file.")
    programme: str = Field(description="The name of its programme.")
    channels: int = Field(description="Channels of the file.")
    sample_rate: int = Field(description="Its sample rate in Hz.")
    bit_depth: int = Field(description="Bits of each sample.")
    objects: int = Field(description="Channels that are objects.")
    beds: int = Field(description="Beds.")
    bed_channels: int = Field(description="Channels of all beds together.")
    binaural: bool = Field(description="Whether it has a binaural mix of its own.")
    deliverables: list[Deliverable] = Field(description="What there is to deliver of it, and what is still to be made.")


class MasterAsked(Model):
    """Which master is wanted."""

    asset_id: str = Field(min_length=1, max_length=64, description="The stored file.")


class AtmosMaster(Model):
    """What was read of a master. `axml`: its metadata as it stands in the file; `binaural`: whether it has such a mix
    of its own.
    """

    channels: int
    sample_rate: int
    bit_depth: int
    programme: str
    objects: int
    beds: int
    bed_channels: int
    binaural: bool
    axml: bytes

    def report(self, asset_id: str, file_name: str) -> MasterReport:
        """What is told of it."""
        told = self.model_dump(exclude={"axml"})
        return MasterReport(asset_id=asset_id, deliverables=list(self.deliverables(file_name)), **told)

    def deliverables(self, file_name: str) -> tuple[Deliverable, ...]:
        """The five of them: this plugin renders and encodes nothing, so what needs that is told as required."""
        stem = file_name.rpartition(".")[0] or file_name
        available = {DeliverableKind.MASTER: file_name, DeliverableKind.METADATA: f"{stem}.adm.xml"}
        required = {
            DeliverableKind.BINAURAL: f"{stem}.binaural.wav",
            DeliverableKind.STEREO_DOWNMIX: f"{stem}.stereo.wav",
            DeliverableKind.MP4: f"{stem}.mp4",
        }
        return tuple(
            Deliverable(kind=kind, state=DeliverableState.AVAILABLE, file_name=available[kind])
            if kind in available
            else Deliverable(kind=kind, state=DeliverableState.REQUIRED, file_name=required[kind])
            for kind in DeliverableKind
        )


def is_atmos(path: Path, channels: int) -> bool:
    """Whether a file means to be a master: it has the chunks of one, or more channels than stereo; blocks."""
    try:
        return channels > 2 or any(mark in open_wave(path).chunks for mark in MARKS)
    except RiffError:
        return False


def read_master(path: Path) -> AtmosMaster:
    """Read and check a master without reading its samples; blocks. Raises ValueError with what is wrong with it."""
    try:
        wave = open_wave(path)
        return _read(wave, wave.format())
    except (RiffError, AdmError) as error:
        raise ValueError(str(error)) from error


def is_wave(path: Path) -> bool:
    """Whether a file begins like a wave file; blocks."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] in HEADS and head[8:12] == b"WAVE"


def is_binaural(path: Path) -> bool:
    """Whether every channel of a file is said to be of a binaural pack; blocks."""
    try:
        chna = open_wave(path).read("chna", most=MOST_CHNA)
        kinds = {allocation.kind for allocation in read_allocations(chna)} if chna else set()
    except (RiffError, AdmError):
        return False
    return kinds == {BINAURAL}


def read_binaural(path: Path) -> AudioModel:
    """Check a binaural mix without reading its samples; blocks. Raises ValueError with what is wrong with it."""
    try:
        wave = open_wave(path)
        form = wave.format()
        if form.channels != 2:
            raise AdmError(f"it has {form.channels} channels instead of 2")
        if fault := _form_fault(form):
            raise AdmError(fault)
        return _read_model(wave, form)
    except (RiffError, AdmError) as error:
        raise ValueError(str(error)) from error


def read_form(path: Path) -> AudioProperties:
    """The technical data of a file that was checked; blocks. Raises ValueError where its samples are not whole."""
    try:
        wave = open_wave(path)
        form, samples = wave.format(), wave.chunks["data"]
    except RiffError as error:
        raise ValueError(str(error)) from error
    return describe_pcm(
        channels=form.channels, sample_rate=form.sample_rate, bit_depth=form.bit_depth, size=samples.size
    )


def find_fault(channels: int, sample_rate: int, bit_depth: int | None) -> str | None:
    """Why sound of that form is no Atmos master, as far as its form tells."""
    if channels <= 2:
        return "it is stereo or mono, which has no objects and no bed"
    if sample_rate != SAMPLE_RATE:
        return f"it has {sample_rate} Hz instead of {SAMPLE_RATE}"
    if bit_depth != BIT_DEPTH:
        return f"it has {bit_depth or 'an unknown number of'} bits a sample instead of {BIT_DEPTH}"
    if channels > MOST_CHANNELS:
        return f"it has {channels} channels, {MOST_CHANNELS} at most"
    return None


def _form_fault(form: WaveFormat) -> str | None:
    if not form.pcm:
        return "its samples are not linear PCM"
    if form.sample_rate != SAMPLE_RATE:
        return f"it has {form.sample_rate} Hz instead of {SAMPLE_RATE}"
    return None if form.bit_depth == BIT_DEPTH else f"it has {form.bit_depth} bits a sample instead of {BIT_DEPTH}"


def _read_model(wave: WaveFile, form: WaveFormat) -> AudioModel:
    chna, axml = wave.read("chna", most=MOST_CHNA), wave.read("axml", most=MOST_AXML)
    for name, content in (("chna", chna), ("axml", axml), ("data", wave.chunks.get("data"))):
        if content is None:
            raise AdmError(f"it has no {name} chunk")
    return read_model(axml or b"", read_allocations(chna or b""), form.channels)


def _read(wave: WaveFile, form: WaveFormat) -> AtmosMaster:
    if not form.pcm:
        raise AdmError("its samples are not linear PCM")
    if fault := find_fault(form.channels, form.sample_rate, form.bit_depth):
        raise AdmError(fault)
    model = _read_model(wave, form)
    if not model.objects and not model.bed_channels:
        raise AdmError("it has neither an object nor a bed")
    return AtmosMaster(
        channels=form.channels,
        sample_rate=form.sample_rate,
        bit_depth=form.bit_depth,
        axml=(wave.read("axml", most=MOST_AXML) or b"").rstrip(b"\0"),
        **vars(model),
    )
