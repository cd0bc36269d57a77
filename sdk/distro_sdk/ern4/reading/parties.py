"""PartyList: every party once, by its reference."""

from __future__ import annotations

from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.models.catalogue import ProprietaryId


class PartyList:
    """The parties of a message by reference."""

    def __init__(self, root: Node, registry: PartyRegistry) -> None:
        self.registry = registry
        self._ids: dict[str, str] = {}
        parties = root.child("PartyList")
        for node in parties.children("Party") if parties else ():
            self._add(node)

    def find(self, node: Node | None) -> str | None:
        """The id of the party that an element refers to; a reference to nobody is a fault."""
        if node is None:
            return None
        if node.value not in self._ids:
            node.fault("REFERENCE_DANGLING", f"there is no party {node.value}")
            return None
        return self._ids[node.value]

    def _add(self, node: Node) -> None:
        reference = node.need("PartyReference").value
        if reference in self._ids:
            node.fault("ANCHOR_DOUBLED", f"the party {reference} is declared twice")
        self._ids[reference] = add_party(node, self.registry) or self.registry.add(node, reference)


def add_party(node: Node, registry: PartyRegistry) -> str | None:
    """The id of the party that an element names or identifies; None where it does neither."""
    names = node.children("PartyName")
    default = next((name for name in names if name.flag("IsDefault")), names[0] if names else None)
    leave_all([name for name in names if name is not default])
    ids = node.children("PartyId")
    leave_all(ids[1:])
    told = _Ids(ids[0]) if ids else None
    name, indexed = _name(default) if default else (None, None)
    name = name or (told.any() if told else None)
    if name is None:
        return None
    return registry.add(
        node,
        name,
        name_indexed=indexed,
        isni=told.isni if told else None,
        ipi=told.ipi if told else None,
        ipn=told.ipn if told else None,
        dpid=told.dpid if told else None,
        proprietary_ids=told.proprietary if told else (),
    )


def _name(node: Node) -> tuple[str | None, str | None]:
    """The full name and the one to sort by; parts of a name say the same again."""
    node.children("NamesBeforeKeyName", "KeyName", "NamesAfterKeyName")
    full = node.text("FullName")
    key = node.text("KeyName")
    return full or key, node.text("FullNameIndexed")


class _Ids:
    """Identifiers of a party."""

    def __init__(self, node: Node) -> None:
        self.isni = node.text("ISNI")
        self.dpid = node.text("DPID")
        self.ipi = node.text("IpiNameNumber")
        self.ipn = node.text("IPN")
        self.proprietary = tuple(
            identity.build(ProprietaryId, namespace=identity.attribute("Namespace"), value=identity.value)
            for identity in node.children("ProprietaryId")
            if identity.attribute("Namespace") and identity.value
        )

    def any(self) -> str | None:
        """An identifier for a party without a name."""
        own = self.proprietary[0].value if self.proprietary else None
        return self.dpid or self.isni or self.ipi or self.ipn or own
