"""Writes a plan as a message of ERN 4. Every decision was made in the plan."""

from __future__ import annotations

from pathlib import Path

from lxml import etree
from lxml.etree import SubElement, _Element
from pydantic import BaseModel

from distro_sdk.ern4.writing.credits import add_party
from distro_sdk.ern4.writing.cues import add_cue_sheet_list, cue_parties
from distro_sdk.ern4.writing.deals import add_deal_list
from distro_sdk.ern4.writing.dialect import Dialect, Writing
from distro_sdk.ern4.writing.files import add_file_parts
from distro_sdk.ern4.writing.header import start_message
from distro_sdk.ern4.writing.purge import add_purged_release
from distro_sdk.ern4.writing.refusals import find_refusals
from distro_sdk.ern4.writing.releases import add_release_list
from distro_sdk.ern4.writing.resources import add_resource_list
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import NoSettings
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
    configuration: type[BaseModel] = NoSettings

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
            root = _write(Writing(plan, self._dialect))
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error
        written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return written


def _write(writing: Writing) -> _Element:
    root = start_message(writing)
    if writing.plan.type is MessageType.PURGE_RELEASE:
        add_purged_release(root, writing)
        return root
    parties = SubElement(root, "PartyList")
    for party in (*writing.plan.parties, *cue_parties(writing.plan)):
        add_party(parties, party)
    add_cue_sheet_list(root, writing)
    add_resource_list(root, writing)
    add_release_list(root, writing)
    add_deal_list(root, writing)
    _add_supplements(root, writing)
    return root


def _add_supplements(root: _Element, writing: Writing) -> None:
    """Messages that travel beside this one, such as MEAD."""
    if writing.plan.companions:
        documents = SubElement(root, "SupplementalDocumentList")
        for companion in writing.plan.companions:
            file = companion.file.model_copy(update={"uri": companion.uri})
            add_file_parts(SubElement(documents, "SupplementalDocument"), file, writing)


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
