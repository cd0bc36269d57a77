"""ResourceList: sound recordings with their editions and files, then images."""

from __future__ import annotations

from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add, add_artists, add_titles, duration
from distro_sdk.models.assets import AudioFormat, AudioProperties, ImageFormat
from distro_sdk.models.catalogue import ContributorRole, ImageType, RightsLine
from distro_sdk.models.message import (
    MessagePlan,
    PlannedContributor,
    PlannedFile,
    PlannedImage,
    PlannedSoundRecording,
)

IMAGE_TYPES = {
    ImageType.FRONT_COVER: "FrontCoverImage",
    ImageType.BACK_COVER: "BackCoverImage",
    ImageType.BOOKLET: "BookletBackImage",
    ImageType.ARTIST: "DocumentImage",
    ImageType.LABEL: "Logo",
}
ROLES = {ContributorRole.BAND: "MusicGroup", ContributorRole.PRODUCER: "StudioProducer"}
"""Roles that ERN 4.3 calls by another name; the others are its own words."""

CODECS = {AudioFormat.WAV: "PCM", AudioFormat.FLAC: "FLAC", AudioFormat.MP3: "MP3"}
IMAGE_CODECS = {ImageFormat.JPEG: "JPEG", ImageFormat.PNG: "PNG"}


def add_resource_list(root: _Element, plan: MessagePlan) -> None:
    """Write every resource in the order that the schema wants."""
    resources = SubElement(root, "ResourceList")
    for recording in plan.sound_recordings:
        _add_sound_recording(resources, recording)
    for image in plan.images:
        _add_image(resources, image, plan.namespace)


def _add_sound_recording(resources: _Element, recording: PlannedSoundRecording) -> None:
    element = SubElement(resources, "SoundRecording")
    add(element, "ResourceReference", recording.reference)
    add(element, "Type", "MusicalWorkSoundRecording")
    _add_edition(element, recording)
    if recording.iswc:
        add(SubElement(element, "WorkId"), "ISWC", recording.iswc)
    add_titles(element, recording.title, recording.version)
    add(element, "DisplayArtistName", recording.display_artist)
    add_artists(element, recording.artists)
    for contributor in recording.contributors:
        _add_contributor(element, contributor)
    add(element, "Duration", duration(recording.duration))
    if recording.first_publication_date:
        add(element, "FirstPublicationDate", recording.first_publication_date.isoformat())
    add(element, "ParentalWarningType", recording.parental_warning.value)
    add(element, "IsInstrumental", "true" if recording.instrumental else "false")
    if recording.language and not recording.instrumental:
        add(element, "LanguageOfPerformance", recording.language)


def _add_edition(element: _Element, recording: PlannedSoundRecording) -> None:
    edition = SubElement(element, "SoundRecordingEdition")
    add(edition, "Type", "NonImmersiveEdition")
    add(SubElement(edition, "ResourceId"), "ISRC", recording.isrc)
    if recording.p_line:
        add_line(edition, "PLine", recording.p_line)
    details = SubElement(edition, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", recording.technical_reference)
    delivered = SubElement(details, "DeliveryFile")
    add(delivered, "Type", "AudioFile")
    _add_audio_properties(delivered, recording.audio)
    _add_file(delivered, recording.file)
    add(delivered, "IsProvidedInDelivery", "true" if recording.file.provided else "false")
    if recording.preview:
        clip = SubElement(details, "ClipDetails")
        add(clip, "TechnicalResourceDetailsReference", f"{recording.technical_reference}C")
        add(clip, "ClipType", "Preview")
        timing = SubElement(clip, "Timing")
        add(timing, "StartPoint", _number(recording.preview.start_time))
        add(timing, "DurationUsed", duration(recording.preview.duration))
        add(clip, "ExpressionType", "Instructive")


def _add_audio_properties(delivered: _Element, audio: AudioProperties) -> None:
    add(delivered, "AudioCodecType", CODECS[audio.format])
    if audio.bit_rate:
        add(delivered, "BitRate", str(audio.bit_rate), UnitOfMeasure="kbps")
    add(delivered, "NumberOfChannels", str(audio.channels))
    add(delivered, "SamplingRate", str(audio.sample_rate), UnitOfMeasure="Hz")
    if audio.bit_depth:
        add(delivered, "BitsPerSample", str(audio.bit_depth))
    add(delivered, "Duration", duration(audio.duration))


def _add_contributor(element: _Element, contributor: PlannedContributor) -> None:
    entry = SubElement(element, "Contributor", SequenceNumber=str(contributor.sequence))
    add(entry, "ContributorPartyReference", contributor.party_reference)
    for role in dict.fromkeys(ROLES.get(role, role.value) for role in contributor.roles):
        add(entry, "Role", role)
    for instrument in contributor.instruments:
        add(entry, "InstrumentType", "UserDefined", Namespace="ern/43", UserDefinedValue=instrument)


def _add_image(resources: _Element, image: PlannedImage, namespace: str) -> None:
    element = SubElement(resources, "Image")
    add(element, "ResourceReference", image.reference)
    add(element, "Type", IMAGE_TYPES[image.type])
    add(SubElement(element, "ResourceId"), "ProprietaryId", image.proprietary_id, Namespace=namespace)
    add(element, "ParentalWarningType", image.parental_warning.value)
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", image.technical_reference)
    add(details, "ImageCodecType", IMAGE_CODECS[image.image.format])
    add(details, "ImageHeight", str(image.image.height), UnitOfMeasure="Pixel")
    add(details, "ImageWidth", str(image.image.width), UnitOfMeasure="Pixel")
    if image.image.resolution:
        add(details, "ImageResolution", str(image.image.resolution))
    _add_file(details, image.file)
    add(details, "IsProvidedInDelivery", "true" if image.file.provided else "false")


def _add_file(element: _Element, file: PlannedFile) -> None:
    entry = SubElement(element, "File")
    add(entry, "URI", file.uri)
    hash_sum = SubElement(entry, "HashSum")
    add(hash_sum, "Algorithm", "MD5")
    add(hash_sum, "HashSumValue", file.hashes.md5)
    add(entry, "FileSize", str(file.size))


def add_line(element: _Element, name: str, line: RightsLine) -> None:
    """A PLine or CLine with the year that was stored."""
    entry = SubElement(element, name)
    add(entry, "Year", str(line.year))
    if line.company:
        add(entry, f"{name}Company", line.company)
    add(entry, f"{name}Text", line.text)


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")
