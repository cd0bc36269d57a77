"""The page of business rules: every rule with its code, as the code has it. `make docs` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from distro_plugins.ern382.rules import Ern382Rules
from distro_plugins.ern382.rules import validator as ern382
from distro_plugins.ern382.rules.common import GENERAL as GENERAL_382
from distro_plugins.ern382.rules.deals import DEALS as DEALS_382
from distro_sdk.ern.rules import Rule
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.ern4.rules.common import COMMON
from distro_sdk.ern4.rules.deals import DEALS
from distro_sdk.ern4.rules.purge import PURGE
from distro_sdk.ern4.rules.validator import PROFILES, VARIANTS
from distro_sdk.ern4.rules.variants import CLASSICAL_MARK

OTHER_MESSAGES = {"purge", "catalogue list"}
RULES_PAGE = Path(__file__).resolve().parents[2] / "docs" / "business-rules.md"
HEAD = """# Business rules

What the third stage of validation looks for, beyond the schemas. Each finding has its code, its severity, a sentence
with the clause, an XPath into the message and a line. An error stops a delivery, a warning is told.
[error-codes.md](error-codes.md) says what to do about each code. This page is written by `make docs`.

RP is DDEX's release profile standard, BP its business profile standard; a rule without a clause is ours, such as those
about references, which no schema of DDEX checks. Fatal errors and errors of DDEX are errors here; its warnings, and
what it asks for only where the sender knows it, are warnings.

Not judged are rules that only remind a person to look (writers, first publication, technical details, catalogue
transfer), that a duo of main artists breaks, or that look for what is nowhere (a physical deal for groups of type
Side). Where DDEX's own samples break a rule, it is a warning: unmarked booklets, ISRCs of the parts of a mix, titles of
a work's group, prices of streams. Warnings as well are what DDEX forbids and partners may ask for by a setting:
`UpdateIndicator`, `TakeDown`, further images in ERN 3.8.2.

In ERN 3.8.2 the rules of release profiles are applied where the message names one, those of business profiles likewise.
"""


def rules_page() -> str:
    """The whole page."""
    four = Ern4Rules("ern/4.3")
    every = {name: (*rules, *COMMON, *DEALS) for name, rules in PROFILES.items()}
    tables = {**every, **{f"variant {name}": rules for name, rules in VARIANTS.items()}, "purge": PURGE}
    notes = {CLASSICAL_MARK.code: "variant Classical, from 4.3 on"}
    every_382 = {name: (*rules, *GENERAL_382, *DEALS_382) for name, rules in ern382.PROFILES.items()}
    tables_382 = {**every_382, "purge": ern382.PURGE, "catalogue list": ern382.CATALOG_LIST}
    return "\n".join(
        (
            HEAD,
            "## ERN 4.2, 4.3 and 4.3.2",
            "",
            *_table(four.rules(), tables, notes),
            "",
            "## ERN 3.8.2",
            "",
            *_table(Ern382Rules().rules(), tables_382, {}),
            "",
        )
    )


def _table(rules: Iterable[Rule], tables: Mapping[str, Iterable[Rule]], notes: Mapping[str, str]) -> Iterator[str]:
    yield "| Code | Severity | What is wrong | Clause | Where |"
    yield "| --- | --- | --- | --- | --- |"
    where: dict[tuple[str, ...], set[str]] = {}
    for rule in rules:
        text = re.sub(r"\{[^}]*\}", "…", rule.text.replace("{name}", "element"))
        holders = {name for name, held in tables.items() if rule in held}
        where.setdefault((rule.code, rule.severity.value, text, rule.clause), set()).update(holders)
    for row, holders in sorted(where.items()):
        told = notes.get(row[0]) or _places(holders, set(tables))
        yield f"| `{row[0]}` | {' | '.join(row[1:])} | {told} |"


def _places(holders: set[str], tables: set[str]) -> str:
    """Where a rule holds; what no profile lists, or all of them do, holds for each new release message."""
    profiles, others = holders - OTHER_MESSAGES, holders & OTHER_MESSAGES
    alone = bool(others) and not profiles
    if not alone and profiles in (set(), {name for name in tables - OTHER_MESSAGES if not name.startswith("variant")}):
        profiles = {"every profile"}
    return ", ".join([*sorted(profiles), *sorted(others)])
