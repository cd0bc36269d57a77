"""The check before distribution: everything that speaks against sending releases to targets; nothing is stored.

Rows GDE-05 and GDE-18. A release is judged by the catalogue once, and by each target for what that target asks for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.checking import check_release
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.ownership import find_owner_conflicts
from distro_core.catalogue.statuses import check_queueable
from distro_core.delivery.readiness.case import GivenElsewhere, ReadinessCase
from distro_core.delivery.readiness.elsewhere import find_given_elsewhere
from distro_core.delivery.readiness.files import find_file_issues
from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue, of_release
from distro_core.delivery.readiness.requirements import find_unmet_requirements
from distro_core.delivery.readiness.rules import find_broken_rules
from distro_core.delivery.readiness.targets import find_target_faults
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.capabilities import check_plan
from distro_core.messages.message_id import new_message_id
from distro_core.messages.notices import find_plan_notices
from distro_core.messages.omissions import leave_out
from distro_core.messages.preview import MessageService, as_issues
from distro_core.platforms.readiness import find_interface_faults
from distro_core.scope import Scope
from distro_core.store.collection import not_found
from distro_core.store.documents import Document
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import CompleteRelease, ReleaseStatus
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.platform_rules import SameOnAllTargetsRule
from distro_sdk.platforms import PlatformProfile

MOST_RELEASES = 50
MOST_TARGETS = 20
MOST_ISSUES = 5000
"""Issues that one answer holds; all are counted."""

D = TypeVar("D", bound=Document)

_BY_GROUP = {group: place for place, group in enumerate(ReadinessGroup)}


@dataclass(frozen=True)
class GroupCount:
    """How many errors and warnings a group of the checklist has."""

    group: ReadinessGroup
    errors: int
    warnings: int


@dataclass
class Readiness:
    """What the check found. `omitted`: issues beyond those that are listed; all of them are counted in `groups`."""

    found: list[ReadinessIssue] = field(default_factory=list)
    omitted: int = 0
    _counts: Counter[tuple[ReadinessGroup, Severity]] = field(default_factory=Counter)
    _of_one: set[tuple[str | None, str | None, str, str]] = field(default_factory=set)

    def add(self, issues: Iterable[ReadinessIssue]) -> None:
        """Note issues; what was found of the release or of the target alone is not told again of both."""
        for issue in issues:
            if issue.release_id and issue.target_id:
                alone = ((issue.release_id, None), (None, issue.target_id))
                if any((*one, issue.code, issue.path) in self._of_one for one in alone):
                    continue
            else:
                self._of_one.add((issue.release_id, issue.target_id, issue.code, issue.path))
            self._counts[issue.group, issue.severity] += 1
            if len(self.found) < MOST_ISSUES:
                self.found.append(issue)
            else:
                self.omitted += 1

    @property
    def ready(self) -> bool:
        """Whether nothing keeps any of the releases from any of the targets."""
        return not any(count.errors for count in self.groups)

    @property
    def groups(self) -> tuple[GroupCount, ...]:
        """The eight groups, each with its counts."""
        return tuple(
            GroupCount(group, self._counts[group, Severity.ERROR], self._counts[group, Severity.WARNING])
            for group in ReadinessGroup
        )

    @property
    def issues(self) -> list[ReadinessIssue]:
        """The issues by group, and within it errors first."""
        return sorted(self.found, key=lambda issue: (_BY_GROUP[issue.group], issue.severity is not Severity.ERROR))


class ReadinessService:
    """Judges the releases of one tenant for its targets."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._messages = MessageService(scope)

    async def check(self, release_ids: Sequence[str], target_ids: Sequence[str]) -> Readiness:
        """Every issue of every release with every target.

        Raises RELEASES_INVALID for no or more than 50 releases, TARGETS_INVALID for no or more than 20 targets, and
        NOT_FOUND.
        """
        _check_number(release_ids, MOST_RELEASES, "RELEASES_INVALID", "release")
        _check_number(target_ids, MOST_TARGETS, "TARGETS_INVALID", "target")
        releases = await self._load(ReleaseDocument, release_ids, "release_ids")
        targets = await self._load(TargetDocument, target_ids, "target_ids")
        completes = await self._complete(releases)
        elsewhere = await self._elsewhere(releases, targets)
        readiness = Readiness()
        for target in targets:
            readiness.add(await find_target_faults(self._scope, target))
        for release, complete in zip(releases, completes, strict=True):
            readiness.add(of_release(_status_faults(release), release.id))
            readiness.add(of_release(await check_release(self._scope.store, release), release.id))
            readiness.add(of_release(await find_owner_conflicts(self._scope.store, complete.release), release.id))
            for target in targets:
                readiness.add(of_release(await self._plan_faults(complete, target), release.id, target.id))
                readiness.add(self._platform_faults(complete, target, elsewhere.get(release.id, ())))
                # Planning is work of the processor alone: others have their turn between two plans.
                await asyncio.sleep(0)
        return readiness

    async def _load(self, kind: type[D], ids: Sequence[str], name: str) -> list[D]:
        found = await self._scope.store.collection(kind).get_many(ids)
        missing = [
            DomainError("NOT_FOUND", not_found(kind, id).message, (name, place))
            for place, id in enumerate(ids)
            if id not in found
        ]
        if missing:
            raise missing[0] if len(missing) == 1 else DomainErrors(missing)
        return [found[id] for id in dict.fromkeys(ids)]

    async def _complete(self, releases: Sequence[ReleaseDocument]) -> list[CompleteRelease]:
        """The releases with what there is of the parties and assets that they name, in two calls for all."""
        store = self._scope.store
        parties = await store.collection(PartyDocument).get_many(_all(release.party_ids() for release in releases))
        assets = await store.collection(AssetDocument).get_many(_all(release.asset_ids() for release in releases))
        return [
            CompleteRelease(
                release=release.release(),
                parties=tuple(parties[id].party() for id in sorted(release.party_ids() & parties.keys())),
                assets=tuple(assets[id].asset() for id in sorted(release.asset_ids() & assets.keys())),
            )
            for release in releases
        ]

    async def _elsewhere(
        self, releases: Sequence[ReleaseDocument], targets: Sequence[TargetDocument]
    ) -> Mapping[str, tuple[GivenElsewhere, ...]]:
        """What other targets were told, where a platform asks for the same everywhere."""
        profiles = [self._profile(target) for target in targets]
        rules = [rule for profile in profiles if profile for rule in profile.rules]
        if not any(isinstance(rule, SameOnAllTargetsRule) for rule in rules):
            return {}
        return await find_given_elsewhere(self._scope, [release.id for release in releases])

    async def _plan_faults(self, complete: CompleteRelease, target: TargetDocument) -> tuple[ValidationIssue, ...]:
        """Why no message could be written, and what looks like a mistake, as far as its plan tells."""
        plugins = self._scope.plugins
        try:
            plan = await self._messages.plan(
                complete,
                target,
                message_id=new_message_id(),
                created_at=self._scope.clock.now(),
                subtype=MessageSubtype.INITIAL,
            )
            check_plan(plugins.message_builders[target.format], plan, plugins.companion_builders)
        except DomainError as error:
            return as_issues(error)
        return tuple(find_plan_notices(plan))

    def _platform_faults(
        self, complete: CompleteRelease, target: TargetDocument, elsewhere: tuple[GivenElsewhere, ...]
    ) -> Iterator[ReadinessIssue]:
        yield from find_interface_faults(self._scope, complete, target)
        profile = self._profile(target)
        preparers = tuple(self._scope.plugins.asset_preparers.values())
        if profile is None:
            yield from find_file_issues(complete, target, None, preparers)
            return
        taken = complete.model_copy(update={"release": leave_out(complete.release, target.options)})
        case = ReadinessCase(complete.release, taken, target, profile, self._scope.clock.now(), elsewhere, preparers)
        yield from find_unmet_requirements(case)
        yield from find_broken_rules(case)

    def _profile(self, target: TargetDocument) -> PlatformProfile | None:
        return self._scope.plugins.platforms.get(target.platform or "")


def _status_faults(release: ReleaseDocument) -> tuple[ValidationIssue, ...]:
    """Only what is ready can be distributed; what is taken down would be told as taken down."""
    if release.status is ReleaseStatus.TAKEN_DOWN:
        message = "the release is taken down: make it ready before it is distributed anew"
        return (ValidationIssue(code="RELEASE_NOT_READY", message=message, path="status"),)
    try:
        check_queueable(release.status)
    except DomainError as error:
        return as_issues(error)
    return ()


def _all(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)


def _check_number(ids: Sequence[str], most: int, code: str, name: str) -> None:
    if not 1 <= len(ids) <= most:
        raise DomainError(code, f"name 1 to {most} {name}s, not {len(ids)}", (f"{name}_ids",))
