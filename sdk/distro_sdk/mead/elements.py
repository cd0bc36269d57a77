"""The few ways in which every part of the message writes elements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_sdk.models.enrichment import Period
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


def add_party_ids(parent: _Element, party: PlannedParty) -> None:
    """The identifiers of a party, in the order of the schema."""
    ids = {"ISNI": party.isni, "DPID": party.dpid, "IpiNameNumber": party.ipi, "IPN": party.ipn}
    for kind, value in ids.items():
        if value:
            add(parent, kind, value)


def decimal(number: Decimal) -> str:
    """A number without an exponent and without superfluous zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def add_period(parent: _Element, name: str, period: Period) -> None:
    """Whole days, local everywhere, and therefore without a zone; MEAD advises against its plain dates."""
    element = SubElement(parent, name)
    add(element, "StartDateTime", _moment(period.start_date, "00:00:00"))
    if period.end_date:
        add(element, "EndDateTime", _moment(period.end_date, "23:59:59"))


def _moment(day: date, time: str) -> str:
    return f"{day.isoformat()}T{time}"
