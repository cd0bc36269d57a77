"""Targets are made for, and deliveries go by, what a plugin brings: where it is not there, its plugin is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus
from tests.delivery.label import Label


async def test_targets_and_deliveries_name_the_plugin_that_is_not_enabled(
    label_a: Scope, platform: Platform, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    label = Label(label_a, tmp_path)
    release, target = await label.release(), await label.target()
    for plugin, missing in (
        ("local-folder", "transport local-folder"),
        ("batch", f"choreography {target.choreography}"),
    ):
        reason = f"there is no {missing}: it is of plugin {plugin}, which is not enabled"
        off = tenant_a.model_copy(update={"disabled_plugins": (plugin,)})
        without = Label(replace(label_a, plugins=platform.runtimes.current.for_tenant(off)), tmp_path)

        with pytest.raises(DomainError) as refused:
            await without.target(name=f"Without {plugin}")
        delivery = await without.deliver([release.id], target.id)

        assert refused.value.message == reason
        assert delivery.status is DeliveryStatus.NEEDS_ATTENTION
        assert delivery.error is not None
        assert reason in delivery.error.message
