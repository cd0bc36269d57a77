"""Writes a plan as a message of ERN 4. Every decision was made in the plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml.etree import Element, _Element
from pydantic import BaseModel

from distro_sdk.ern.stream import MessageStream
from distro_sdk.ern4.writing.credits import party_element
from distro_sdk.ern4.writing.cues import cue_parties, cue_sheet_elements
from distro_sdk.ern4.writing.deals import deal_elements
from distro_sdk.ern4.writing.dialect import Dialect, Writing
from distro_sdk.ern4.writing.files import add_file_parts
from distro_sdk.ern4.writing.header import header_element, root_attributes
from distro_sdk.ern4.writing.purge import purged_release
from distro_sdk.ern4.writing.refusals import find_refusals
from distro_sdk.ern4.writing.releases import release_elements
from distro_sdk.ern4.writing.resources import resource_elements
from distro_sdk.ern4.writing.settings import Ern4Settings
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.message import MessagePlan, MessageType, ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.xml import find_illegal_texts


class Ern4Builder:
    """Builds NewReleaseMessages and PurgeReleaseMessages of one version; the same plan gives the same bytes (ERN-21).

    `dialect`: how the version writes; `grammar`: a RELAX NG grammar of what is written, if there is one.
    """

    profiles = frozenset(ReleaseProfile)
    variants = frozenset(ProfileVariant)
    takedown_forms = frozenset({TakedownForm.NO_DEALS, TakedownForm.END_DATE, TakedownForm.PURGE})
    supports_immersive_audio = True
    file_name: str | None = None
    configuration: type[BaseModel] = Ern4Settings

    def __init__(self, dialect: Dialect, grammar: Path | None = None) -> None:
        self.format = f"ern/{dialect.version}"
        self.schema = self.format
        self.namespace = dialect.namespace
        self.grammar = grammar
        self._dialect = dialect

    def build(self, plan: MessagePlan) -> bytes:
        """The message as UTF-8 XML; raises `DomainErrors` with what the version cannot say."""
        if refusals := list(find_refusals(plan, self._dialect)):
            raise DomainErrors(refusals)
        try:
            return _write(Writing(plan, self._dialect))
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error


def _write(writing: Writing) -> bytes:
    purge = writing.plan.type is MessageType.PURGE_RELEASE
    header = header_element(writing)
    message = MessageStream(
        name=writing.plan.type.value,
        namespace=writing.dialect.namespace,
        attributes=root_attributes(writing),
        head=(header, purged_release(writing)) if purge else (header,),
        lists=() if purge else _lists(writing),
    )
    return message.write()


def _lists(writing: Writing) -> Iterator[tuple[str, Iterator[_Element]]]:
    """The lists of a NewReleaseMessage in the order of the schema; one without elements is not written."""
    plan = writing.plan
    yield "PartyList", (party_element(party) for party in (*plan.parties, *cue_parties(plan)))
    yield "CueSheetList", cue_sheet_elements(writing)
    yield "ResourceList", resource_elements(writing)
    yield "ReleaseList", release_elements(writing)
    yield "DealList", deal_elements(writing)
    yield "SupplementalDocumentList", _supplements(writing)


def _supplements(writing: Writing) -> Iterator[_Element]:
    """Messages that travel beside this one, such as MEAD."""
    for companion in writing.plan.companions:
        file = companion.file.model_copy(update={"uri": companion.uri})
        entry = Element("SupplementalDocument")
        add_file_parts(entry, file, writing)
        yield entry


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
