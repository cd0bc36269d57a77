"""What differs between the versions of MEAD."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from lxml.etree import _Element

from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedParty, PlannedRecording


class PartyForm(Protocol):
    """How a version writes parties."""

    def add_shown(self, summary: _Element, name: str, parties: tuple[PlannedParty, ...]) -> None:
        """The artists of a summary. `name`: as they are displayed."""
        ...

    def add_party(self, parent: _Element, name: str, full_name: str, party: PlannedParty | None) -> None:
        """A party by its name, with identifiers where it is one of the message's. `name`: of the element."""
        ...

    def add_awarding_body(self, award: _Element, full_name: str) -> None:
        """Who gives an award."""
        ...


@dataclass(frozen=True)
class Dialect:
    """How a version of MEAD differs from the others in writing.

    `version` such as ``1.1``; `namespace`: of the root element; `allowed_value_set`: the number of the set that its
    values were taken from, None where a message does not tell it; `recording_theme`: what the theme of a recording is
    called; `themes`: words for themes, by the same in lower case without blanks; `has_activities`: whether there is a
    place for activities; `several_registers`: whether a recording has several vocal registers; `tempo_in_signature`:
    whether the tempo stands in the time signature; `add_focus`: writes into the information about a recording in focus,
    None where the version has no place for it there; `first_list`: the name of a list before the others with its
    elements, if the version tells something there.
    """

    version: str
    namespace: str
    allowed_value_set: str | None
    parties: PartyForm
    recording_theme: str
    themes: Mapping[str, str]
    has_activities: bool
    several_registers: bool
    tempo_in_signature: bool
    add_focus: Callable[[_Element, PlannedRecording, Writing], None] | None = None
    first_list: Callable[[Writing], tuple[str, Iterator[_Element]]] | None = None


@dataclass(frozen=True)
class Writing:
    """A message that is being written: its plan, in a dialect."""

    plan: MessagePlan
    dialect: Dialect

    @cached_property
    def namespace(self) -> str:
        """The namespace of the sender's own words."""
        return self.plan.namespace

    @cached_property
    def parties(self) -> Mapping[str, PlannedParty]:
        """The parties of the message by their references."""
        return {party.reference: party for party in self.plan.parties}

    def party_of(self, name: str) -> PlannedParty | None:
        """The party of the message that has this name, and so identifiers; None where several have it."""
        found = [party for party in self.plan.parties if party.name == name]
        return found[0] if len(found) == 1 else None
