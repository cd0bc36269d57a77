"""What every platform asks of audio, cover, dates, territories and terms, with the figures of its profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from distro_core.delivery.readiness.case import ReadinessCase
from distro_core.delivery.readiness.files import find_file_issues
from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.platforms.titles import quote_title
from distro_sdk.models.commerce import WORLDWIDE, Territories
from distro_sdk.models.validation import Severity
from distro_sdk.platform_rules import LeadTimeRule


def find_unmet_requirements(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Everything in which a release or a target differs from what the platform asks for."""
    yield from find_file_issues(case.complete, case.target, case.profile, case.preparers)
    yield from _lead_time_faults(case)
    yield from _territory_faults(case)
    yield from _rights_faults(case)


def time_left(case: ReadinessCase) -> timedelta | None:
    """The time until the release date begins, in UTC; None where there is no date, or it has come already."""
    date = case.release.release_date
    if date is None or date < case.now.date():
        return None
    return datetime.combine(date, time(), UTC) - case.now


def _lead_time_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    """Row WLK-12: less than the least is an error, less than what is advised a warning. Hours may replace the days."""
    date, profile = case.release.release_date, case.profile
    if date is None:
        return
    name = quote_title(profile.name)
    if date < case.now.date():
        message = f"the release date {date} has come: the release is on sale as soon as {name} has it"
        yield case.issue(ReadinessGroup.LEAD_TIME, "RELEASE_DATE_PAST", message, "release_date", Severity.WARNING)
        return
    days = (date - case.now.date()).days
    in_hours = any(isinstance(rule, LeadTimeRule) and rule.severity is Severity.ERROR for rule in profile.rules)
    if days < profile.lead_time and not in_hours:
        message = f"the release date {date} is {days} days away, and {name} needs {profile.lead_time}"
        yield case.issue(ReadinessGroup.LEAD_TIME, "LEAD_TIME_TOO_SHORT", message, "release_date")
    elif days < profile.advised_lead_time:
        message = f"the release date {date} is {days} days away: {profile.advised_lead_time} are better"
        yield case.issue(ReadinessGroup.LEAD_TIME, "LEAD_TIME_SHORT", message, "release_date", Severity.WARNING)


def _territory_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    groups = case.release.territory_groups
    offered = [group.territories for group in groups] if groups else [case.release.territories]
    served = case.profile.territories
    if not any(overlap(each, served) for each in offered):
        message = f"the release is offered nowhere that {quote_title(case.profile.name)} serves"
        path = "territory_groups" if groups else "territories"
        yield case.issue(ReadinessGroup.RIGHTS, "TERRITORIES_UNSERVED", message, path)


def overlap(one: Territories, other: Territories) -> bool:
    """Whether any territory belongs to both; one that is Worldwide with exclusions means everywhere else."""
    if WORLDWIDE in one.included and WORLDWIDE in other.included:
        return True
    if WORLDWIDE in one.included:
        one, other = other, one
    held = {code for code in one.included if code not in other.excluded}
    return bool(held if WORLDWIDE in other.included else held & set(other.included))


def _rights_faults(case: ReadinessCase) -> Iterator[ReadinessIssue]:
    rights = case.release.rights
    if rights and rights.end_date and rights.end_date < case.now.date():
        message = f"the rights ended on {rights.end_date}"
        yield case.issue(ReadinessGroup.RIGHTS, "RIGHTS_ENDED", message, "rights.end_date")
