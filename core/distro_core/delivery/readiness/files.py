"""Which files of a release a target does not take such as they are: those that are prepared, those that are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.preparation.orders import find_orders
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.validation import Severity
from distro_sdk.platforms import PlatformProfile
from distro_sdk.preparation import AssetPreparer


def find_file_issues(
    complete: CompleteRelease,
    target: TargetDocument,
    profile: PlatformProfile | None,
    preparers: Sequence[AssetPreparer],
) -> Iterator[ReadinessIssue]:
    """Rows WLK-01, WLK-08 and TGT-03. A file that is gone, and a cover that is not square, are the catalogue's to tell.

    A file that will be prepared is a warning, one that nobody can prepare an error.
    """
    orders, refusals = find_orders(complete, target, profile, preparers)

    def issue(asset: Asset, code: str, message: str, path: Sequence[str | int], severity: Severity) -> ReadinessIssue:
        return ReadinessIssue(
            group=ReadinessGroup.AUDIO if asset.kind is AssetKind.AUDIO else ReadinessGroup.ARTWORK,
            severity=severity,
            code=code,
            message=message,
            path=".".join(str(step) for step in path),
            release_id=complete.release.id,
            target_id=target.id,
        )

    for refused in refusals:
        yield issue(refused.asset, refused.refusal.code, refused.message, refused.path, Severity.ERROR)
    for order in orders:
        code = "AUDIO_WILL_BE_PREPARED" if order.asset.kind is AssetKind.AUDIO else "COVER_WILL_BE_PREPARED"
        yield issue(order.asset, code, order.description, order.path, Severity.WARNING)
