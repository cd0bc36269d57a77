"""What a tenant may choose: a message with errors stops its delivery, or goes out with a warning (row VAL-10)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from distro_core.delivery.documents import LogLevel
from distro_core.identity.documents import TenantDocument
from distro_core.identity.tenants import TenantService
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage
from tests.delivery.label import Label
from tests.delivery.transports import with_registry

ISSUE = ValidationIssue(
    code="TITLE_TOO_LOUD", message="the title shouts", path="/*/ReleaseList/Release/DisplayTitleText"
)


class QuietTitles:
    """Finds every title too loud."""

    name = "quiet-titles"
    stage = ValidationStage.BUSINESS_RULES
    formats = frozenset({"ern/4.3"})

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        return (ISSUE,)


def critical(scope: Scope) -> Scope:
    """The scope of a tenant whose every message has an error."""
    return with_registry(scope, validators=(QuietTitles(),))


@pytest.mark.proves("VAL-10", "VAL-08", "VAL-09")
async def test_a_message_with_errors_stops_its_delivery_unless_the_tenant_says_otherwise(label: Label) -> None:
    label = Label(critical(label.scope), label.folder)
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.NEEDS_ATTENTION
    assert delivery.error is not None
    assert delivery.error.code == "MESSAGE_INVALID"
    assert delivery.validation is not None
    assert delivery.validation.errors == (ISSUE,)
    stored = (await label.releases.get(release.id)).validation
    assert stored is not None
    assert (stored.status, stored.errors) == ("invalid", (ISSUE,))
    assert label.files() == []


@pytest.mark.proves("VAL-10")
async def test_a_tenant_that_does_not_require_validation_is_warned(label: Label) -> None:
    label = Label(critical(label.scope), label.folder).with_scope(require_validation=False)
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    assert delivery.validation is not None
    assert (delivery.validation.business_rules_valid, delivery.validation.errors) == (False, (ISSUE,))
    assert delivery.receipt is not None
    assert delivery.receipt.validation_valid is False
    (warning,) = (await label.deliveries.logs(delivery.id, LogLevel.WARNING)).documents
    assert (warning.step, warning.details) == ("validation", {"errors": 1, "codes": ["TITLE_TOO_LOUD"]})
    stored = (await label.releases.get(release.id)).validation
    assert stored is not None
    assert (stored.status, stored.errors) == ("invalid", (ISSUE,))


@pytest.mark.proves("VAL-10")
async def test_the_choice_is_the_tenant_s_and_holds_for_what_begins_afterwards(
    platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    tenants = TenantService(platform.control, platform.create_tenant_database)

    changed = await tenants.update(tenant_a.id, require_validation=False)

    assert changed.require_validation is False
    assert (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).require_validation is False
    assert (await platform.scope(tenant_b.id, SYSTEM_ACTOR)).require_validation is True
    assert (await tenants.update(tenant_a.id, name="Polar")).require_validation is False
