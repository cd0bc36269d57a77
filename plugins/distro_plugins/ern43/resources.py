"""ResourceList: sound recordings with their editions and files, then images."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add, add_artists, add_line, add_titles, decimal, duration
from distro_sdk.ern4.writing.instruments import INSTRUMENTS
from distro_sdk.models.assets import AudioFormat, AudioProperties, ImageFormat
from distro_sdk.models.catalogue import ContributorRole, ImageType, Preview
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedContributor, PlannedFile, PlannedImage, PlannedSoundRecording

IMAGE_TYPES = {
    ImageType.FRONT_COVER: "FrontCoverImage",
    ImageType.BACK_COVER: "BackCoverImage",
    ImageType.BOOKLET: "BookletFrontImage",
    ImageType.ARTIST: "Photograph",
    ImageType.LABEL: "Logo",
}
ROLES = {role: role.value for role in ContributorRole} | {
    ContributorRole.BAND: "MusicGroup",
    ContributorRole.PRODUCER: "StudioProducer",
}
"""Roles in the words of ERN 4.3, which calls two of them by another name."""

CODECS = {AudioFormat.WAV: "PCM", AudioFormat.FLAC: "FLAC", AudioFormat.MP3: "MP3"}
CONTAINERS = {AudioFormat.WAV: "WAV"}
IMAGE_CODECS = {ImageFormat.JPEG: "JPEG", ImageFormat.PNG: "PNG"}


def add_resource_list(root: _Element, plan: MessagePlan) -> None:
    """Write every resource in the order that the schema wants."""
    resources = SubElement(root, "ResourceList")
    for recording in plan.sound_recordings:
        _add_sound_recording(resources, recording, plan.namespace)
    for image in plan.images:
        _add_image(resources, image, plan.namespace)


def _add_sound_recording(resources: _Element, recording: PlannedSoundRecording, namespace: str) -> None:
    element = SubElement(resources, "SoundRecording")
    add(element, "ResourceReference", recording.reference)
    add(element, "Type", "MusicalWorkSoundRecording")
    _add_edition(element, recording)
    if recording.iswc:
        add(SubElement(element, "WorkId"), "ISWC", recording.iswc)
    add_titles(element, recording.title, recording.version)
    add_artists(element, recording.display_artist, recording.artists)
    for contributor in recording.contributors:
        _add_contributor(element, contributor, namespace)
    add(element, "Duration", duration(recording.duration))
    if recording.first_publication_date:
        add(element, "FirstPublicationDate", recording.first_publication_date.isoformat())
    add(element, "ParentalWarningType", recording.parental_warning)
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
    if recording.preview:
        _add_preview(details, recording.preview, f"{recording.technical_reference}C")


def _add_audio_properties(delivered: _Element, audio: AudioProperties) -> None:
    if audio.format in CONTAINERS:
        add(delivered, "ContainerFormat", CONTAINERS[audio.format])
    add(delivered, "AudioCodecType", CODECS[audio.format])
    if audio.bit_rate:
        SubElement(delivered, "BitRate", {"UnitOfMeasure": "kbps"}).text = str(audio.bit_rate)
    add(delivered, "NumberOfChannels", str(audio.channels))
    SubElement(delivered, "SamplingRate", {"UnitOfMeasure": "Hz"}).text = str(audio.sample_rate)
    if audio.bit_depth:
        add(delivered, "BitsPerSample", str(audio.bit_depth))
    add(delivered, "Duration", duration(audio.duration))
    if audio.bit_depth:
        add(delivered, "BitDepth", str(audio.bit_depth))


def _add_preview(details: _Element, preview: Preview, reference: str) -> None:
    clip = SubElement(details, "ClipDetails")
    add(clip, "TechnicalResourceDetailsReference", reference)
    add(clip, "ClipType", "Preview")
    timing = SubElement(clip, "Timing")
    add(timing, "StartPoint", decimal(round(preview.start_time * 1000)))
    add(timing, "DurationUsed", duration(preview.duration))
    add(clip, "ExpressionType", "Instructive")


def _add_contributor(element: _Element, contributor: PlannedContributor, namespace: str) -> None:
    entry = SubElement(element, "Contributor", {"SequenceNumber": str(contributor.sequence)})
    add(entry, "ContributorPartyReference", contributor.party_reference)
    for role in dict.fromkeys(ROLES[role] for role in contributor.roles):
        add(entry, "Role", role)
    for instrument in contributor.instruments:
        if instrument in INSTRUMENTS:
            add(entry, "InstrumentType", instrument)
        else:
            own = {"Namespace": namespace, "UserDefinedValue": instrument}
            SubElement(entry, "InstrumentType", own).text = "UserDefined"


def _add_image(resources: _Element, image: PlannedImage, namespace: str) -> None:
    element = SubElement(resources, "Image")
    add(element, "ResourceReference", image.reference)
    add(element, "Type", IMAGE_TYPES[image.type])
    SubElement(SubElement(element, "ResourceId"), "ProprietaryId", {"Namespace": namespace}).text = image.proprietary_id
    add(element, "ParentalWarningType", image.parental_warning)
    details = SubElement(element, "TechnicalDetails")
    add(details, "TechnicalResourceDetailsReference", image.technical_reference)
    add(details, "ImageCodecType", IMAGE_CODECS[image.image.format])
    SubElement(details, "ImageHeight", {"UnitOfMeasure": "Pixel"}).text = str(image.image.height)
    SubElement(details, "ImageWidth", {"UnitOfMeasure": "Pixel"}).text = str(image.image.width)
    if image.image.resolution:
        add(details, "ImageResolution", str(image.image.resolution))
    _add_file(details, image.file)


def _add_file(element: _Element, file: PlannedFile) -> None:
    """Address, hash and size (in kilobytes, as the schema defines it) of a file that comes along."""
    if file.provided:
        entry = SubElement(element, "File")
        add(entry, "URI", file.uri)
        hash_sum = SubElement(entry, "HashSum")
        add(hash_sum, "Algorithm", "MD5")
        add(hash_sum, "HashSumValue", file.hashes.md5)
        add(entry, "FileSize", decimal(file.size))
    add(element, "IsProvidedInDelivery", "true" if file.provided else "false")
