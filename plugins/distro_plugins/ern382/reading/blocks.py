"""Details by territory: the block that holds everywhere, or first, and the others."""

from __future__ import annotations

from datetime import date

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.values import read_day
from distro_sdk.models.commerce import WORLDWIDE


def choose_block(blocks: list[Node]) -> Node | None:
    """The worldwide block, else the first one; DDEX's later blocks repeat only what differs."""
    codes = {id(block): [code.value for code in block.children("TerritoryCode")] for block in blocks}
    for block in blocks:
        block.children("ExcludedTerritoryCode")
    worldwide = [block for block in blocks if WORLDWIDE in codes[id(block)]]
    return next(iter((*worldwide, *blocks)), None)


def day_of(holder: Node | None, *names: str) -> date | None:
    """The first whole date under one of these names; a year or a month alone is no day."""
    for name in names:
        node = holder.child(name) if holder else None
        if node is None or not node.value:
            continue
        day = node.parse(read_day)
        if day is None:
            node.leave()
            continue
        return day
    return None
