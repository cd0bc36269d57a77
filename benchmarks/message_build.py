"""Building ERN 4 messages against the bare cost of writing the same tree with lxml. Goal: at most 2 times.

For each version 15 and 500 tracks. The second figure of each size holds planning as well: checking the release and
deciding the whole message. The last lines say whether time and memory grow with the tracks, and no faster.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import etree

from benchmarks.measure import compare, judge
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.catalogue import CompleteRelease, ReleaseType
from distro_sdk.models.message import MessagePlan
from distro_sdk.xml import parse_message
from tests.catalogue_examples import ADVERTISING, DOWNLOAD, STREAMING, example_order, example_release

BUILDERS: tuple[MessageBuilder, ...] = (Ern42Builder(), Ern43Builder(), Ern432Builder())
SIZES = {15: 60, 500: 10}
"""How many tracks, and how many pairs are measured."""

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
    """Print the ratios of 15 and of 500 tracks for each version, then how one grows to the other."""
    order = example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD))
    plans = {tracks: plan_message(album(tracks), order) for tracks in SIZES}
    for builder in BUILDERS:
        for tracks, rounds in SIZES.items():
            content = builder.build(plans[tracks])
            floor = partial(write, as_nodes(parse_message(content).root))
            title = f"{builder.format}, {tracks} tracks, {len(content) // 1024} KB, against bare lxml"
            judge(f"{title}: build", compare(partial(builder.build, plans[tracks]), floor, rounds=rounds), most_times=2)
            whole = partial(plan_and_build, builder, album(tracks), order)
            judge(f"{title}: plan and build", compare(whole, floor, rounds=rounds))
        report_growth(builder, plans[15], plans[500])


def album(tracks: int) -> CompleteRelease:
    """An album of so many tracks."""
    return example_release(tracks=tracks, type=ReleaseType.ALBUM)


def plan_and_build(builder: MessageBuilder, complete: CompleteRelease, order: MessageOrder) -> bytes:
    """From the catalogue's release to the message."""
    return builder.build(plan_message(complete, order))


def report_growth(builder: MessageBuilder, small: MessagePlan, large: MessagePlan) -> None:
    """Time per byte of 500 tracks against that of 15, about 1 where it is linear, and memory against the message."""
    sizes = [len(builder.build(plan)) for plan in (large, small)]
    growth = compare(partial(builder.build, large), partial(builder.build, small), rounds=10)
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as fresh:
        grown = fresh.submit(peak_memory, builder.format, small, large).result() / sizes[0]
    print(
        f"{builder.format}: 500 tracks take {growth.times * sizes[1] / sizes[0]:.2f} times as long a byte as 15, "
        f"and {grown:.1f} times the memory of the message (at most 4 times)"
    )


def peak_memory(format: str, small: MessagePlan, large: MessagePlan) -> int:
    """Bytes by which a fresh process grows at most while it builds the larger message; 0 where nobody tells."""
    status, refs = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not refs.exists():
        return 0
    builder = next(builder for builder in BUILDERS if builder.format == format)
    builder.build(small)
    refs.write_text("5", "ascii")
    before = resident(status, "VmRSS")
    builder.build(large)
    return resident(status, "VmHWM") - before


def resident(status: Path, name: str) -> int:
    """A size that the system tells of this process, in bytes."""
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
