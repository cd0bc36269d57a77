"""Whether what a target names can work together: format, choreography and transports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distro_core.plugins.port import TenantPlugins
from distro_sdk.adapters import ConnectionType
from distro_sdk.errors import DomainError
from distro_sdk.messages import choreographies_of, excluded_transports_of, formats_of
from distro_sdk.transports import Transport


def find_pairing_faults(
    plugins: TenantPlugins, format: str | None, choreography: str, transports: Sequence[str]
) -> Iterator[DomainError]:
    """CHOREOGRAPHY_FORMAT_UNSUITABLE and CHOREOGRAPHY_TRANSPORT_UNSUITABLE, by what plugins declare.

    `format`, `choreography`, `transports`: keys; of those that no plugin brings nothing is known.
    """
    layout = plugins.choreographies.get(choreography)
    builder = plugins.message_builders.get(format or "")
    if layout is not None and builder is not None:
        taken, fitting = formats_of(layout), choreographies_of(builder)
        if taken is not None and builder.format not in taken:
            message = f"the choreography {choreography} lays out {_listed(taken)}, not {builder.format}"
            yield DomainError("CHOREOGRAPHY_FORMAT_UNSUITABLE", message, ("choreography",))
        elif fitting is not None and choreography not in fitting:
            message = f"messages in {builder.format} are laid out by {_listed(fitting)}, not by {choreography}"
            yield DomainError("CHOREOGRAPHY_FORMAT_UNSUITABLE", message, ("choreography",))
    if layout is not None:
        for transport in sorted(excluded_transports_of(layout).intersection(transports)):
            message = f"the choreography {choreography} was not made for the transport {transport}"
            yield DomainError("CHOREOGRAPHY_TRANSPORT_UNSUITABLE", message, ("choreography",))


def find_hybrid_faults(plugins: TenantPlugins, files: Transport, metadata: str) -> Iterator[DomainError]:
    """METADATA_TRANSPORT_UNSUITABLE where messages cannot travel by a transport while files travel by another.

    `files`: the target's own transport; `metadata`: the key of the transport for messages.
    """
    if files.capabilities.whole_package:
        # It takes message and files together, which leaves nothing for another.
        message = f"{files.key} takes whole packages: files need a transport that takes them one by one"
        yield DomainError("METADATA_TRANSPORT_UNSUITABLE", message, ("transport",))
    for key in dict.fromkeys((files.key, metadata)):
        if _delivers_by_hand(plugins, key):
            message = f"{key} leaves a delivery to a person: nothing can travel by it beside another transport"
            yield DomainError("METADATA_TRANSPORT_UNSUITABLE", message, ("transport",))


def _delivers_by_hand(plugins: TenantPlugins, key: str) -> bool:
    """Whether a person delivers where the adapter of that key speaks for the platform (row CON-02)."""
    adapter = plugins.platform_adapters.get(key)
    return adapter is not None and adapter.connection_type is ConnectionType.MANUAL


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
