"""The validator of Apple's format: the acceptance checks of the table of facts, and the Style Guide's rules."""

from __future__ import annotations

from distro_plugins.apple53.findings import Rule
from distro_plugins.apple53.offer_rules import check_advance_orders, check_dates, check_products, check_takedown
from distro_plugins.apple53.package_rules import (
    check_assets,
    check_counts,
    check_files,
    check_genres,
    check_identifiers,
    check_package,
)
from distro_plugins.apple53.style_rules import check_advice, check_artists, check_guests_of_album, check_titles
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

RULES: tuple[Rule, ...] = (
    check_package,
    check_identifiers,
    check_counts,
    check_files,
    check_assets,
    check_genres,
    check_products,
    check_dates,
    check_takedown,
    check_advance_orders,
    check_titles,
    check_artists,
    check_guests_of_album,
    check_advice,
)


class AppleRules:
    """Judges Apple's metadata in the business rules stage. The README lists every rule with its code."""

    name = "apple53-rules"
    stage = ValidationStage.BUSINESS_RULES
    only_reads = True
    formats = frozenset({"apple/5.3"})

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        found = [issue for rule in RULES for issue in rule(message.root)]
        return sorted(found, key=lambda issue: issue.line or 0)
