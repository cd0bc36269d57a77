"""What the root of a message tells, and its MessageHeader."""

from __future__ import annotations

from lxml.etree import _Element

from distro_sdk.ern.message_header import message_header
from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.models.message import MessageType


def root_attributes(writing: Writing) -> dict[str, str]:
    """What the root tells of the message as a whole."""
    plan, dialect = writing.plan, writing.dialect
    attributes = {}
    if plan.type is MessageType.NEW_RELEASE:
        attributes["ReleaseProfileVersionId"] = plan.profile.value
        if plan.variants:
            attributes["ReleaseProfileVariantVersionId"] = " ".join(variant.value for variant in plan.variants)
    attributes["LanguageAndScriptCode"] = plan.language
    if dialect.allowed_value_set:
        attributes["AvsVersionId"] = dialect.allowed_value_set
    return attributes


def header_element(writing: Writing) -> _Element:
    """Who tells whom, and when."""
    return message_header(writing.plan)
