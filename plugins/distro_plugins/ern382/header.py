"""What the root of a message tells, and its MessageHeader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from lxml.etree import _Element

from distro_sdk.ern.message_header import message_header
from distro_sdk.models.message import CatalogListPlan, MessagePlan

NAMESPACE: Final = "http://ddex.net/xml/ern/382"
SCHEMA_VERSION: Final = "ern/382"


def root_attributes(
    plan: MessagePlan | CatalogListPlan, profiles: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """What the root tells of the message as a whole. `profiles`: attributes that name the profiles followed."""
    return {"MessageSchemaVersionId": SCHEMA_VERSION, **profiles, "LanguageAndScriptCode": plan.language}


def header_element(plan: MessagePlan | CatalogListPlan) -> _Element:
    """Who tells whom, and when."""
    return message_header(plan, party_id={"IsDPID": "true"})


def moment(when: datetime) -> str:
    """ISO 8601 with its zone, to the millisecond."""
    return when.isoformat(timespec="milliseconds")
