"""Deliveries while the key service that opens their target's secrets is out of reach (row SEC-07)."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_api.receiver import Receiver
from distro_core.delivery.limits.circuits import Circuits
from distro_core.platform import Platform
from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.providers import KeyProviders
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.dsp import sftp_target
from tests.delivery.label import Label
from tests.key_services import kms_provider, new_key
from tests.object_servers import moto


@pytest.mark.slow
@pytest.mark.proves("SEC-07")
async def test_a_delivery_outlives_an_outage_of_the_key_service(
    label: Label, platform: Platform, receiver: Receiver, tmp_path: Path, unused_tcp_port: int
) -> None:
    clock = FixedClock()

    def cold(endpoint: str | None = None) -> Label:
        """The label in a process that has opened no key yet."""
        changes = {} if endpoint is None else {"endpoint": endpoint}
        provider = kms_provider(server, key, **changes)
        keys = KeyProviders(KeyFile(tmp_path / "wrapping.json"), provider.key, lambda: {provider.key: provider})
        return label.with_scope(sealer=EnvelopeSealer(platform.control, keys), clock=clock)

    with moto(tmp_path) as server:
        key = new_key(server)
        up, down = cold(), cold(f"http://127.0.0.1:{unused_tcp_port}")
        release, target = await label.release(), await sftp_target(up, receiver, acknowledges=False)

        waiting = await down.deliver([release.id], target.id)
        clock.advance(3600)
        circuit = await Circuits(label.scope).find(target.id)
        delivered = await cold().work(waiting)

    stored = await platform.control.collection(TenantKeysDocument).get(label.scope.tenant_id)
    assert {each.provider for each in stored.keys.values()} == {"aws-kms"}
    assert waiting.status is Status.RETRYING
    assert waiting.error is not None
    assert (waiting.error.code, waiting.error.retryable) == ("KEY_SERVICE_UNAVAILABLE", True)
    assert circuit is None
    assert delivered.status is Status.DISTRIBUTED
