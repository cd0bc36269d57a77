"""A plugin that a tenant counts on cannot be used: what it was to check or amend does not go on without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.runtime import build_runtime
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from tests.delivery.label import Label
from tests.plugins.sample_plugins import installed

FAULT = "it does not accept its settings: ValueError: no key to the gate"


class Gatekeeper(Plugin):
    """Looks at every delivery, if it is let."""

    id: ClassVar[str] = "gatekeeper"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        raise ValueError("no key to the gate")

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Say nothing against it."""


async def gated(scope: Scope, *enabled: str, **told: Any) -> Scope:
    """The scope of a tenant on a platform that has the gatekeeper. `told`: what its manifest says."""
    runtime = await build_runtime({"gatekeeper"}, find=lambda: (*find_plugins(), installed(Gatekeeper, **told)))
    tenant = TenantDocument(id=scope.tenant_id, key=scope.tenant_key, name="Label", enabled_plugins=enabled)
    return replace(scope, plugins=runtime.for_tenant(tenant))


@pytest.mark.proves("PLG-09")
async def test_no_delivery_goes_out_unseen_by_a_plugin_that_was_to_see_it(label: Label, other_label: Label) -> None:
    # Given a plugin that two tenants know, that one of them has switched on, and that cannot be used
    counting = Label(await gated(label.scope, "gatekeeper"), label.folder)
    carefree = Label(await gated(other_label.scope), other_label.folder)

    # When both deliver
    stopped = await counting.deliver([(await counting.release()).id], (await counting.target()).id)
    gone = await carefree.deliver([(await carefree.release()).id], (await carefree.target()).id)

    # Then that of the tenant that counts on it waits for a person, who is told why
    assert stopped.status is DeliveryStatus.NEEDS_ATTENTION
    assert stopped.error is not None
    assert stopped.error.message == (
        f"PLUGIN_UNUSABLE: plugin gatekeeper was to see this first, and cannot be used: {FAULT}"
    )
    assert counting.files() == []
    assert gone.status is DeliveryStatus.DISTRIBUTED


@pytest.mark.parametrize(
    ("told", "stops"),
    [
        ({"hooks": ["register_validators"]}, True),
        ({"hooks": ["on_event", "register_transports"]}, False),
        ({"license_model": "paid"}, False),
    ],
    ids=["validates", "only-watches", "not-bought"],
)
async def test_who_only_watches_or_has_no_licence_holds_nothing_up(
    label: Label, told: dict[str, Any], *, stops: bool
) -> None:
    label = Label(await gated(label.scope, "gatekeeper", **told), label.folder)

    delivery = await label.deliver([(await label.release()).id], (await label.target()).id)

    assert delivery.status is (DeliveryStatus.NEEDS_ATTENTION if stops else DeliveryStatus.DISTRIBUTED)


@pytest.mark.parametrize(
    ("hook", "ask"),
    [
        ("prepare_message", lambda scope, value: scope.plugins.prepare_message(value)),
        ("before_release", lambda scope, value: scope.plugins.before_release(value)),
        ("before_asset_process", lambda scope, value: scope.plugins.before_asset_process(value)),
    ],
)
async def test_every_hook_that_may_change_or_refuse_is_missed(
    label_a: Scope, label_b: Scope, hook: str, ask: Callable[[Scope, object], Any]
) -> None:
    counting = await gated(label_a, "gatekeeper", hooks=[hook])
    carefree = await gated(label_b, hooks=[hook])

    with pytest.raises(DomainError) as refused:
        await ask(counting, object())

    told = refused.value.errors if isinstance(refused.value, DomainErrors) else (refused.value,)
    assert [error.code for error in told] == ["PLUGIN_UNUSABLE"]
    assert counting.plugins.amends_messages is (hook == "prepare_message")
    assert not carefree.plugins.amends_messages
