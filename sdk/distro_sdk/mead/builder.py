"""Writes what enriches the things of a plan as a MEAD message. Every decision was made in the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from lxml.etree import Element, _Element

from distro_sdk.ern.message_header import message_header
from distro_sdk.ern.stream import MessageStream
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.mead.descriptions import add_descriptions
from distro_sdk.mead.dialect import Dialect, Writing
from distro_sdk.mead.music import add_music, add_registers
from distro_sdk.mead.summaries import add_release_summary, add_resource_summary
from distro_sdk.models.enrichment import Period, TrackEnrichment
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessageType
from distro_sdk.models.planned_resources import PlannedRecording
from distro_sdk.xml import find_illegal_texts


class MeadBuilder:
    """Builds messages of one version that travel beside a NewReleaseMessage; the same plan gives the same bytes.

    `dialect`: how the version writes; `grammar`: a RELAX NG grammar of what is written, if there is one.
    """

    def __init__(self, dialect: Dialect, grammar: Path | None = None) -> None:
        self.format = f"mead/{dialect.version}"
        self.schema = self.format
        self.namespace = dialect.namespace
        self.grammar = grammar
        self._dialect = dialect

    def file_name(self, plan: MessagePlan) -> str:
        """`MEAD_<GRid or ICPN>_<YYYYMMDDhhmmssnnn>.xml`, in UTC (MEAD 1.1, 6.3)."""
        moment = plan.created_at.astimezone(UTC)
        stamp = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
        return f"MEAD_{plan.release.grid or plan.release.icpn}_{stamp}.xml"

    def build(self, plan: MessagePlan) -> bytes | None:
        """The message as UTF-8 XML, None where there is nothing to say; raises `DomainErrors`.

        An update speaks of everything, if only by its summary: what a message leaves out is withdrawn.
        """
        if plan.subtype is MessageSubtype.TAKEDOWN or plan.type is not MessageType.NEW_RELEASE:
            return None
        everything = plan.subtype is MessageSubtype.UPDATE
        recordings = [recording for recording in plan.recordings if everything or _says_something(recording)]
        with_release = everything or _is_told(plan.release.enrichment)
        if not recordings and not with_release:
            return None
        try:
            return self._write(Writing(plan, self._dialect), recordings, with_release=with_release)
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error

    def _write(self, writing: Writing, recordings: Sequence[PlannedRecording], *, with_release: bool) -> bytes:
        values = self._dialect.allowed_value_set
        attributes = {"AvsVersionId": values} if values else {}
        message = MessageStream(
            name="MeadMessage",
            namespace=self.namespace,
            attributes={**attributes, "LanguageAndScriptCode": writing.plan.language},
            head=(_header(writing.plan, self.file_name(writing.plan)),),
            lists=_lists(writing, recordings, with_release=with_release),
            prefix="mead",
        )
        return message.write()


def _lists(
    writing: Writing, recordings: Sequence[PlannedRecording], *, with_release: bool
) -> Iterator[tuple[str, Iterator[_Element]]]:
    if writing.dialect.first_list:
        yield writing.dialect.first_list(writing)
    yield "ResourceInformationList", (_resource(recording, writing) for recording in recordings)
    if with_release:
        yield "ReleaseInformationList", iter((_release(writing),))


def _is_told(enrichment: TrackEnrichment | None) -> bool:
    return enrichment is not None and enrichment.says_something


def _says_something(recording: PlannedRecording) -> bool:
    return recording.focus is not None or _is_told(recording.enrichment)


def _header(plan: MessagePlan, file_name: str) -> _Element:
    """The header of the ERN message, with an id of its own: a sender uses none twice (rule X-6)."""
    return message_header(plan, message_id=f"{plan.message_id}-MEAD", file_name=file_name)


def _resource(recording: PlannedRecording, writing: Writing) -> _Element:
    enrichment = recording.enrichment or TrackEnrichment()
    information: _Element = Element("ResourceInformation", _priority(enrichment.priority_period))
    add_resource_summary(information, writing, recording)
    add_registers(information, enrichment, writing)
    if writing.dialect.add_focus:
        writing.dialect.add_focus(information, recording, writing)
    add_music(information, enrichment, writing)
    add_descriptions(information, enrichment, writing, writing.dialect.recording_theme)
    return information


def _release(writing: Writing) -> _Element:
    enrichment = writing.plan.release.enrichment or TrackEnrichment()
    information: _Element = Element("ReleaseInformation", _priority(enrichment.priority_period))
    add_release_summary(information, writing)
    add_descriptions(information, enrichment, writing, "Theme")
    return information


def _priority(period: Period | None) -> dict[str, str]:
    if period is None:
        return {}
    end = {"PriorityPeriodEndDate": period.end_date.isoformat()} if period.end_date else {}
    return {"PriorityPeriodStartDate": period.start_date.isoformat(), **end}


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
