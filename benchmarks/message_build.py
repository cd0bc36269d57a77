"""Building a 15-track ERN 4.3 message against the bare cost of writing the same tree with lxml. Goal: at most 2 times."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import etree

from benchmarks.measure import compare, judge
from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.xml import parse_message
from tests.catalogue_examples import example_order, example_release

Node = tuple[str, dict[str, str], str | None, list["Node"]]


def as_nodes(element: etree._Element) -> Node:
    """A tree as plain tuples, so that the floor pays for writing alone."""
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    return str(element.tag), attributes, element.text, [as_nodes(child) for child in element]


def write(node: Node) -> bytes:
    """Write the tuples with lxml and nothing else."""
    root = etree.Element(node[0], node[1])
    add_children(root, node[3])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def add_children(parent: etree._Element, nodes: list[Node]) -> None:
    """Write children, depth first."""
    for tag, attributes, text, children in nodes:
        element = etree.SubElement(parent, tag, attributes)
        element.text = text
        if children:
            add_children(element, children)


def main() -> None:
    """Print the ratios of 15 and of 500 tracks."""
    builder = Ern43Builder()
    for tracks in (15, 500):
        plan = plan_message(example_release(tracks=tracks, type=ReleaseType.ALBUM), example_order())
        content = builder.build(plan)
        tree = as_nodes(parse_message(content).root)
        comparison = compare(
            lambda plan=plan: builder.build(plan),  # type: ignore[misc]
            lambda tree=tree: write(tree),  # type: ignore[misc]
            rounds=60 if tracks == 15 else 10,
        )
        judge(f"ERN 4.3, {tracks} tracks, {len(content) // 1024} KB, against bare lxml", comparison, most_times=2)


if __name__ == "__main__":
    main()
