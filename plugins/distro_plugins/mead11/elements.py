"""The few ways in which every part of the message writes elements."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import SubElement, _Element

from distro_sdk.models.planned_resources import PlannedParty

USER_DEFINED = "UserDefined"


def add(parent: _Element, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """A child with text."""
    SubElement(parent, name, dict(attributes or {})).text = text


def add_value(parent: _Element, name: str, own: str, allowed: str | None, namespace: str) -> None:
    """A child with an allowed value, or with our own word as a value of the sender's (rule X-10)."""
    if allowed is not None:
        add(parent, name, allowed)
    else:
        add(parent, name, USER_DEFINED, {"Namespace": namespace, "UserDefinedValue": own})


def add_named(parent: _Element, name: str, text: str) -> None:
    """A child that holds a Name, as MEAD writes whatever may have a pronunciation."""
    add(SubElement(parent, name), "Name", text)


def add_party(parent: _Element, name: str, full_name: str, party: PlannedParty | None = None) -> None:
    """A party by its name, with its identifiers where it is one of the message's parties."""
    element = SubElement(parent, name)
    names = SubElement(element, "PartyName")
    add_named(names, "FullName", full_name)
    if party is None:
        return
    if party.name_indexed:
        add_named(names, "FullNameIndexed", party.name_indexed)
    ids = {"ISNI": party.isni, "DPID": party.dpid, "IpiNameNumber": party.ipi, "IPN": party.ipn}
    given = {kind: value for kind, value in ids.items() if value}
    if given:
        identity = SubElement(element, "PartyId")
        for kind, value in given.items():
            add(identity, kind, value)
