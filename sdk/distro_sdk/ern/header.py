"""Rules about the header and the single values of any ERN message, whatever its version and type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule

# A moment ends with Z or with an offset such as +01:00.
_OFFSET = "translate(substring(., string-length(.) - 5), '0123456789', '0000000000')"
_NO_ZONE = f"[substring(., string-length(.)) != 'Z'][{_OFFSET} != '+00:00'][{_OFFSET} != '-00:00']"
# The value itself, or one of these attributes, says that the value is one's own.
_ATTRIBUTES = ("LabelNameType", "LabelType", "LinkDescription", "PriceType", "TitleType")
_OWN_VALUES = " or ".join(("..='UserDefined'", *(f"../@{name}='UserDefined'" for name in _ATTRIBUTES)))
# What every builder writes: the attributes in either order, among others, and the value UserDefined alone.
_OWN_VALUE = re.compile(
    rb"""<\w+(?: \w+="[^"<>]*")*?(?: Namespace="[^"<>]*"(?: \w+="[^"<>]*")*? UserDefinedValue="[^"<>]*"|"""
    rb""" UserDefinedValue="[^"<>]*"(?: \w+="[^"<>]*")*? Namespace="[^"<>]*")(?: \w+="[^"<>]*")*>UserDefined</""",
)


def _other_encodings(message: Judged) -> Iterator[Hit]:
    if message.encoding not in {"UTF-8", "US-ASCII", "ASCII"}:
        yield message.root, message.encoding


def _unfit_values(message: Judged) -> Iterator[_Element]:
    if not message.mentioned_only_as("UserDefinedValue", _OWN_VALUE):
        yield from message.select(f"descendant::*/@UserDefinedValue[not(../@Namespace) or not({_OWN_VALUES})]/..")


def _shares(message: Judged) -> Iterator[_Element]:
    for element in message.root.iter("RightSharePercentage"):
        most = 1 if element.get("HasMaxValueOfOne") == "true" else 100
        try:
            fits = 0 <= Decimal(element.text or "") <= most
        except InvalidOperation:
            fits = False
        if not fits:
            yield element


HEADER = (
    Rule("ENCODING_NOT_UTF8", _other_encodings, "the message is written in {detail} instead of UTF-8"),
    Rule("HEADER_MISSING", "/*[not(MessageHeader)]", "there is no MessageHeader"),
    Rule("MESSAGE_ID_MISSING", "MessageHeader[not(normalize-space(MessageId))]", "the message has no id"),
    Rule(
        "ZONE_MISSING",
        f"MessageHeader/MessageCreatedDateTime{_NO_ZONE}",
        "MessageCreatedDateTime {value} has no zone",
    ),
    Rule(
        "CONTROL_TYPE_UNKNOWN",
        "MessageHeader/MessageControlType[. != 'LiveMessage'][. != 'TestMessage']",
        "{value} is neither LiveMessage nor TestMessage",
    ),
)


def value_rules(own_values: str, shares: str) -> tuple[Rule, ...]:
    """Rules about values anywhere. `own_values`, `shares`: the clauses that hold them in the version's profiles."""
    return (
        Rule(
            "USER_DEFINED_UNFIT",
            _unfit_values,
            "UserDefinedValue needs the value UserDefined and a Namespace",
            own_values,
        ),
        Rule("SHARE_UNFIT", _shares, "the share {value} is no percentage", shares, needs=("RightSharePercentage",)),
    )
