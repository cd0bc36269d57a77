"""Rules about the PurgeReleaseMessage of ERN 4."""

from __future__ import annotations

from distro_sdk.ern.header import HEADER, value_rules
from distro_sdk.ern.identifiers import identifier_rules
from distro_sdk.ern.rules import Rule
from distro_sdk.ern4.rules.common import IDS

PURGE: tuple[Rule, ...] = (
    *HEADER,
    *identifier_rules("RP 2.1, 5.3.1.1(4)", "MessageHeader/*/PartyId"),
    *value_rules("RP 2.1, 5.3.1.1(5)", "RP 2.1, 5.3.1.1(6)"),
    Rule(
        "PURGED_ID_MISSING",
        f"/*[not(PurgedRelease/{IDS})]",
        "the message does not identify the release to purge by GRid, ICPN or ProprietaryId",
    ),
)
