"""A release and a target that are judged together, and what is known around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.delivery.targets.documents import TargetDocument
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease, Release, ResourceType, Track
from distro_sdk.models.validation import Severity
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer


@dataclass(frozen=True)
class GivenElsewhere:
    """What another target was last told of a release. `images`: ids of the assets that it got."""

    target_id: str
    title: str
    images: frozenset[str]


@dataclass(frozen=True)
class ReadinessCase:
    """One release on its way to one platform. `complete`: without what the target does not take.

    `original`: the release with all it has; `now`: the moment of the check, in UTC; `preparers`: what
    makes other files of those that the platform does not take.
    """

    original: Release
    complete: CompleteRelease
    target: TargetDocument
    profile: PlatformProfile
    now: datetime
    elsewhere: tuple[GivenElsewhere, ...] = ()
    preparers: tuple[AssetPreparer, ...] = ()

    @property
    def release(self) -> Release:
        """The release as the target would get it."""
        return self.complete.release

    @property
    def assets(self) -> Mapping[str, Asset]:
        """Its files, by id."""
        return {asset.id: asset for asset in self.complete.assets}

    def recordings(self) -> Iterator[tuple[int, Track]]:
        """The tracks that are sound recordings, with their places from 0."""
        for place, track in enumerate(self.release.tracks):
            if track.resource_type is ResourceType.SOUND_RECORDING:
                yield place, track

    def issue(
        self, group: ReadinessGroup, code: str, message: str, path: str = "", severity: Severity = Severity.ERROR
    ) -> ReadinessIssue:
        """A finding about this release and this target."""
        return ReadinessIssue(
            group=group,
            severity=severity,
            code=code,
            message=message,
            path=path,
            release_id=self.release.id,
            target_id=self.target.id,
        )
