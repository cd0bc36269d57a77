"""What our rules refuse, DDEX's own checker refuses too, and a message that keeps ours keeps its rules as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage
from tests.unit.messages.breaking import Case
from tests.unit.messages.ern4_examples import PROFILES, VARIANTS, ern4_message
from tests.unit.messages.official import script
from tests.unit.messages.test_ern4_rules import CASES, RULES

# Judges a message by the profile and the variants of another, so that a fault in these names is found as well.
Checker = Callable[[ParsedMessage, ParsedMessage], set[str]]

# Its rules are those of release profile 2.1, written for ERN 4.1.
NOT_ASKED_THERE = {
    "BOX_COMPONENT_ID_MISSING": "looks at the top group only, where no component stands",
    "PRICE_AMBIGUOUS": "knows an attribute that ERN 4.3 has not",
    "RESOURCE_ID_MISSING": "does not ask for the namespace of the id",
    "RESOURCE_LIST_EMPTY": "release profile 2.3.1",
    "VARIANT_UNKNOWN": "is asked in the profiles that have variants",
    "VISIBILITY_TOO_LATE": "looks into the deal, where ERN 4.1 had these dates",
}
# Its profile asks for ProprietaryIds of the parts, where the clause on mixes wants none.
MIX_PARTS = {"MultiProfile_SecondaryResourceMustHaveProprietaryId"}


@pytest.fixture(scope="module")
def checker(ddex_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """DDEX's checker: the patterns that find a Fatal Error or an Error in a message."""
    rules = script(ddex_folder / "schematron" / "run.py").Rules()
    path = tmp_path_factory.mktemp("checker") / "message.xml"

    def check(message: ParsedMessage, like: ParsedMessage) -> set[str]:
        path.write_bytes(message.content)
        variant = like.root.get("ReleaseProfileVariantVersionId") or ""
        profiles = [like.root.get("ReleaseProfileVersionId")]
        profiles += [f"{name}Variant" for name in ("BoxedSet", "Classical") if name in variant]
        fired = [finding for profile in profiles for finding in rules.check("2.1", profile, str(path))]
        return {pattern for role, pattern, _, _ in fired if role in {"Fatal Error", "Error"}}

    return check


@pytest.mark.slow
@pytest.mark.proves("VAL-05")
def test_messages_that_keep_our_rules_keep_those_of_ddex(checker: Checker) -> None:
    plain = [ern4_message(profile) for profile in PROFILES]
    # A classical release of videos alone has no sound recording, which its checker wants.
    varied = [ern4_message(profile, variant=v) for profile in ("Audio", "MixedMedia") for v in VARIANTS]

    found = [(message.root.attrib, checker(message, message) - MIX_PARTS) for message in (*plain, *varied)]

    assert [(dict(names), patterns) for names, patterns in found if patterns] == []


@pytest.mark.slow
@pytest.mark.proves("VAL-05")
def test_what_we_refuse_by_a_clause_of_ddex_its_checker_refuses_too(checker: Checker) -> None:
    clauses = {rule.code: rule.clause for rule in RULES["ern/4.3"].rules() if rule.clause}
    known = {
        id(case.message): checker(case.message, case.message)
        for case in CASES
        if case.code in clauses and _has_profile(case)
    }

    alone = {
        case.code
        for case in CASES
        if case.code in clauses and case.severity is Severity.ERROR and _has_profile(case) and _readable(case)
        if not checker(case.broken(), case.message) - known[id(case.message)]
    }

    assert alone == set(NOT_ASKED_THERE)


def _has_profile(case: Case) -> bool:
    return bool(case.message.root.get("ReleaseProfileVersionId"))


def _readable(case: Case) -> bool:
    """Its checker ends with an error of its own at a share that is no number."""
    return case.code != "SHARE_UNFIT"
