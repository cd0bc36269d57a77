"""Parties, which stand inline wherever they are credited: gathered, so that each is there once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import PartyRegistry, is_dpid
from distro_sdk.models.catalogue import ProprietaryId

_HOLDERS = (
    "DisplayArtist",
    "DisplayConductor",
    "ResourceContributor",
    "IndirectResourceContributor",
    "ReferencedCreationContributor",
)
_SOCIETIES = {"IPI": "ipi", "IPN": "ipn"}


@dataclass
class _Told:
    """What one place tells of a party."""

    name: str
    name_indexed: str | None = None
    ids: dict[str, str] = field(default_factory=dict)
    proprietary: tuple[tuple[str, str], ...] = ()

    @property
    def richness(self) -> int:
        """How much is told beside the name."""
        return len(self.ids) + len(self.proprietary) + bool(self.name_indexed)


class InlineParties:
    """The parties of a message. Where only a name is told, it is the party of that name of which most is told."""

    def __init__(self, root: Node, registry: PartyRegistry) -> None:
        self.registry = registry
        self._best: dict[str, _Told] = {}
        for element in root.element.iter(*_HOLDERS):
            told = _read(Node(element, root.reading), seen=False)
            if told is not None and told.richness > self._richness(told.name):
                self._best[told.name] = told

    def add(self, node: Node) -> str | None:
        """The id of the party that an element tells of; None where it tells nothing."""
        told = _read(node, seen=True)
        return self._register(node, told) if told else None

    def named(self, node: Node) -> str | None:
        """The id of a party of whom an element tells the name alone, such as a label."""
        return self._register(node, _Told(node.value)) if node.value else None

    def _register(self, node: Node, told: _Told) -> str:
        chosen = told if told.richness else self._best.get(told.name, told)
        return self.registry.add(
            node,
            chosen.name,
            name_indexed=chosen.name_indexed,
            isni=chosen.ids.get("isni"),
            ipi=chosen.ids.get("ipi"),
            ipn=chosen.ids.get("ipn"),
            dpid=chosen.ids.get("dpid"),
            proprietary_ids=[
                node.build(ProprietaryId, namespace=namespace, value=value) for namespace, value in chosen.proprietary
            ],
        )

    def _richness(self, name: str) -> int:
        known = self._best.get(name)
        return known.richness if known else 0


def _read(node: Node, *, seen: bool) -> _Told | None:
    """What an element tells of a party. `seen`: whether this counts as reading, so that what is lost is left."""
    names = node.children("PartyName") if seen else _children(node, "PartyName")
    chosen = next((name for name in names if not name.attribute("LanguageAndScriptCode")), names[0] if names else None)
    ids, proprietary, unknown = _ids(node.children("PartyId") if seen else _children(node, "PartyId"))
    if seen:
        leave_all([name for name in names if name is not chosen])
        leave_all(unknown)
    name = _full_name(chosen) if chosen else None
    name = name or next(iter((*ids.values(), *(value for _, value in proprietary))), None)
    if name is None:
        return None
    return _Told(name, chosen.text("FullNameIndexed") if chosen else None, ids, proprietary)


def _ids(nodes: Iterable[Node]) -> tuple[dict[str, str], tuple[tuple[str, str], ...], list[Node]]:
    ids: dict[str, str] = {}
    proprietary: list[tuple[str, str]] = []
    unknown = []
    for node in nodes:
        namespace = node.attribute("Namespace")
        kind = _kind(node, namespace)
        if not node.value or (kind is None and namespace is None) or kind in ids:
            unknown.append(node)
        elif kind is not None:
            ids[kind] = node.value
        elif namespace is not None:
            proprietary.append((namespace, node.value))
    return ids, tuple(proprietary), unknown


def _kind(node: Node, namespace: str | None) -> str | None:
    if node.flag("IsISNI"):
        return "isni"
    if node.flag("IsDPID") or (namespace is None and is_dpid(node.value)):
        return "dpid"
    societies: Mapping[str, str] = _SOCIETIES
    return societies.get(namespace or "")


def _full_name(node: Node) -> str | None:
    """The full name, else its parts in their order."""
    parts = [node.text(name) for name in ("NamesBeforeKeyName", "KeyName", "NamesAfterKeyName")]
    return node.text("FullName") or " ".join(part for part in parts if part) or None


def _children(node: Node, name: str) -> list[Node]:
    return [Node(child, node.reading) for child in node.element if child.tag == name]
