"""Validating a message in all stages against its raw parts, lxml's parser and XMLSchema. Goal: at most 1.3 times.

The parts are lxml's parser and an `XMLSchema` of the official files as they are; our own verdict comes from a form of
the same schema that looks up allowed values faster, and of large messages in a thread beside the rules: on two
processors that are idle all four stages can take less time than the two parts.
Needs DDEX's schemas: `DISTRO_DDEX_SCHEMAS` names their folder. The content stage has no files to read here, as that
would measure the disk; the business rules are told apart in the second line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import etree

from benchmarks.measure import compare, judge
from distro_core.messages.planner import plan_message
from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import MAIN_FILES, SchemaLibrary, compile_schema
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern382 import Ern382Builder
from distro_plugins.ern382.rules import Ern382Rules
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.messages import MessageBuilder, MessageValidator
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.validation import ValidationIssue
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import ADVERTISING, DOWNLOAD, STREAMING, example_order, example_release

SIZES = {15: 200, 500: 10}
"""How many tracks, and how many pairs are measured."""

MOST_TIMES = 1.3
FORMATS: tuple[tuple[MessageBuilder, MessageValidator], ...] = (
    (Ern382Builder(), Ern382Rules()),
    (Ern42Builder(), Ern4Rules("ern/4.2")),
    (Ern43Builder(), Ern4Rules("ern/4.3")),
    (Ern432Builder(), Ern4Rules("ern/4.3.2")),
)


class NothingMissing:
    """Finds every file as the message says."""

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Nothing."""
        return ()


def main() -> None:
    """Print the ratios of 15 and of 500 tracks for each version."""
    folder = os.environ.get("DISTRO_DDEX_SCHEMAS")
    if folder is None:
        sys.exit("DISTRO_DDEX_SCHEMAS must name the folder of DDEX's schemas")
    schemas = SchemaLibrary(Path(folder))
    order = example_order(terms=(STREAMING, ADVERTISING, DOWNLOAD))
    plans = {tracks: plan_message(example_release(tracks=tracks, type=ReleaseType.ALBUM), order) for tracks in SIZES}
    missed: list[str] = []
    for builder, rules in FORMATS:
        schema = compile_schema(Path(folder) / "xsd" / builder.schema / MAIN_FILES[0], builder.schema)
        for tracks, rounds in SIZES.items():
            content = builder.build(plans[tracks])
            floor = partial(raw_parts, content, schema)
            whole = partial(
                validate_message,
                content,
                builder=builder,
                validators=(rules,),
                schemas=schemas,
                contents=NothingMissing(),
            )
            if not whole().valid:
                sys.exit(f"the message of {builder.format} is not valid")
            title = f"{builder.format}, {tracks} tracks, {len(content) // 1024} KB, against parser and XMLSchema"
            comparison = compare(whole, floor, rounds=rounds)
            judge(f"{title}: four stages", comparison)
            missed += [f"{builder.format} with {tracks} tracks"] if comparison.times > MOST_TIMES else []
            message = parse_message(content)
            judge(f"{title}: rules alone", compare(partial(rules.validate, message), floor, rounds=rounds))
    if missed:
        sys.exit(f"more than {MOST_TIMES} times the floor: {', '.join(missed)}")


def raw_parts(content: bytes, schema: etree.XMLSchema) -> bool:
    """Parse and judge by the schema, and nothing else."""
    return bool(schema.validate(parse_message(content).root))


if __name__ == "__main__":
    main()
