"""Building messages against the bare cost of writing the same tree with lxml. Goal: at most 2 times.

For each format 15 and 500 tracks. The second figure of each size holds planning as well: checking the release and
deciding the whole message. The last lines say whether time and memory grow with the tracks, and no faster; all builders
stream, and may take 4 times the memory of their message.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import etree

from benchmarks.measure import compare, judge
from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_plugins.apple53 import AppleBuilder
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern432 import Ern432Builder
from distro_plugins.mead11 import Mead11Builder
from distro_plugins.mead101 import Mead101Builder
from distro_sdk.models.catalogue import CompleteRelease, ReleaseType
from distro_sdk.models.enrichment import TrackEnrichment
from distro_sdk.models.enrichment_words import Instrument, Mood, VocalRegister
from distro_sdk.models.message import MessagePlan
from distro_sdk.xml import parse_message
from tests.catalogue_examples import ADVERTISING, DOWNLOAD, STREAMING, example_order, example_release

Build = Callable[[MessagePlan], bytes | None]

ORDER = example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD))
APPLE_ORDER = replace(
    example_order(terms=(STREAMING,)), settings={"provider": "Example"}, resource_uri=lambda kind, name: name
)
TOLD = TrackEnrichment(
    moods=(Mood.HAPPY, Mood.MYSTERIOUS),
    themes=("road trip",),
    vocal_registers=(VocalRegister.TENOR,),
    instrumentation=(Instrument.PIANO, Instrument.DRUMS),
    target_audience=("Commuters",),
)
SIZES = {15: 60, 500: 10}
"""How many tracks, and how many pairs are measured."""

MOST_TIMES = 2
MOST_MEMORY = 4
MOST_GROWTH = 1.25


class Format(NamedTuple):
    """A format and what it is measured with."""

    name: str
    build: Build
    order: MessageOrder = ORDER
    enrichment: TrackEnrichment | None = None

    def album(self, tracks: int) -> CompleteRelease:
        """An album of so many tracks."""
        complete = example_release(tracks=tracks, type=ReleaseType.ALBUM)
        told = tuple(track.model_copy(update={"enrichment": self.enrichment}) for track in complete.release.tracks)
        return complete.model_copy(update={"release": complete.release.model_copy(update={"tracks": told})})

    def written(self, plan: MessagePlan) -> bytes:
        """The message of a plan that has something to say."""
        content = self.build(plan)
        if content is None:
            raise ValueError(f"{self.name} has nothing to say")
        return content


FORMATS = (
    Format("ern/3.8.2", Ern382Builder().build),
    Format("ern/4.2", Ern42Builder().build),
    Format("ern/4.3", Ern43Builder().build),
    Format("ern/4.3.2", Ern432Builder().build),
    Format("apple/5.3", AppleBuilder().build, order=APPLE_ORDER),
    Format("mead/1.1", Mead11Builder().build, enrichment=TOLD),
    Format("mead/1.0.1", Mead101Builder().build, enrichment=TOLD),
)

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
    """Print the ratios of 15 and of 500 tracks for each format, then how one grows to the other."""
    missed = [reason for measured in FORMATS for reason in (*compare_with_lxml(measured), *compare_sizes(measured))]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def compare_with_lxml(measured: Format) -> Iterator[str]:
    """Time of building, and of planning and building, against bare lxml; yields what misses its goal."""
    for tracks, rounds in SIZES.items():
        album = measured.album(tracks)
        plan = plan_message(album, measured.order)
        content = measured.written(plan)
        floor = partial(write, as_nodes(parse_message(content).root))
        title = f"{measured.name}, {tracks} tracks, {len(content) // 1024} KB, against bare lxml"
        built = compare(partial(measured.build, plan), floor, rounds=rounds)
        judge(f"{title}: build (goal {MOST_TIMES})", built)
        judge(f"{title}: plan and build", compare(partial(plan_and_build, measured, album), floor, rounds=rounds))
        if built.times > MOST_TIMES:
            yield f"{measured.name} with {tracks} tracks"


def plan_and_build(measured: Format, album: CompleteRelease) -> bytes:
    """From the catalogue's release to the message."""
    return measured.written(plan_message(album, measured.order))


def compare_sizes(measured: Format) -> Iterator[str]:
    """Time of 500 tracks against as many bytes in messages of 15, and memory; yields what misses its goal."""
    small, large = (plan_message(measured.album(tracks), measured.order) for tracks in SIZES)
    size, times = len(measured.written(large)), len(measured.written(large)) / len(measured.written(small))
    growth = compare(partial(measured.build, large), partial(build_often, measured, small, round(times)), rounds=10)
    linear = growth.times * round(times) / times
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as fresh:
        memory = fresh.submit(peak_memory, measured.name, small, large).result() / size
    print(
        f"{measured.name}: 500 tracks take {linear:.2f} times as long a byte as 15 (goal {MOST_GROWTH}), "
        f"and {memory:.1f} times the memory of the message (goal {MOST_MEMORY})"
    )
    if linear > MOST_GROWTH:
        yield f"{measured.name} in time of 500 tracks"
    if memory > MOST_MEMORY:
        yield f"{measured.name} in memory"


def build_often(measured: Format, plan: MessagePlan, times: int) -> None:
    """Build one message so many times."""
    for _ in range(times):
        measured.build(plan)


def peak_memory(name: str, small: MessagePlan, large: MessagePlan) -> int:
    """Bytes by which a fresh process grows at most while it builds the larger message; 0 where nobody tells."""
    status, refs = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not refs.exists():
        return 0
    build = next(measured.build for measured in FORMATS if measured.name == name)
    build(small)
    refs.write_text("5", "ascii")
    before = resident(status, "VmRSS")
    build(large)
    return resident(status, "VmHWM") - before


def resident(status: Path, name: str) -> int:
    """A size that the system tells of this process, in bytes."""
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
