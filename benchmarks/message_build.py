"""Building a 15-track ERN 4.3 message against the bare cost of writing the same tree with lxml. Goal: at most 2 times.

The second figure of each size holds planning as well: checking the release and deciding the whole message.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import etree

from benchmarks.measure import compare, judge
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.models.catalogue import CompleteRelease, ReleaseType
from distro_sdk.xml import parse_message
from tests.catalogue_examples import ADVERTISING, DOWNLOAD, STREAMING, example_order, example_release

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
    order = example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD))
    for tracks, rounds in ((15, 60), (500, 10)):
        complete = example_release(tracks=tracks, type=ReleaseType.ALBUM)
        plan = plan_message(complete, order)
        content = builder.build(plan)
        floor = partial(write, as_nodes(parse_message(content).root))
        title = f"ERN 4.3, {tracks} tracks, {len(content) // 1024} KB, against bare lxml"
        judge(f"{title}: build", compare(partial(builder.build, plan), floor, rounds=rounds), most_times=2)
        judge(f"{title}: plan and build", compare(partial(plan_and_build, complete, order), floor, rounds=rounds))


def plan_and_build(complete: CompleteRelease, order: MessageOrder) -> bytes:
    """From the catalogue's release to the message."""
    return Ern43Builder().build(plan_message(complete, order))


if __name__ == "__main__":
    main()
