"""Compiled schemas and grammars as judges that any number of threads may ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree

Compiled = etree.XMLSchema | etree.RelaxNG

MAX_FINDINGS: Final = 200
LARGE: Final = 60_000
"""Elements of a message whose faults are counted before they are told: each takes memory, and time for its place."""

CROWD: Final = 2_000
"""Sisters among which lxml finds the place of one fast enough, however many are at fault."""

_CHUNK: Final = 65_536
_SHORTEST: Final = len("<a/>")
_COUNT: Final = etree.XPath("count(//*)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks against a message. `path`: an XPath to it, empty where it is not known; `line`: 0 where not known."""

    message: str
    path: str = ""
    line: int = 0


UNEXPLAINED: Final = Finding("the message was refused, but not by the schema as it is now: validate it once more")


class Judge:
    """A schema or grammar. `compile`: makes the form that explains, when the first message is refused.

    `compiled`: the form that gives verdicts, where that is another one than `compile` makes.
    """

    def __init__(self, compile: Callable[[], Compiled], compiled: Compiled | None = None) -> None:
        self._compile = compile
        self._compiled = compile() if compiled is None else compiled
        self._explaining: Compiled | None = None
        self._lock = threading.Lock()

    @property
    def compiled(self) -> Compiled:
        """What it judges by."""
        return self._compiled

    def judge(self, root: etree._Element, size: int | None = None) -> list[Finding]:
        """What speaks against a message, nothing where it is valid; of very many faults the first, without a place.

        Threads judge side by side with one compiled form. Its log is shared, though: an invalid message is judged
        again, by one thread at a time, with a form that is kept for that. `size`: bytes of the message, where known.
        """
        small = size is not None and size < LARGE * _SHORTEST
        if self._accepts(root, small):
            return []
        with self._lock:
            if self._explaining is None:
                self._explaining = self._compile()
            return _explain(self._explaining, root) or [UNEXPLAINED]

    def _accepts(self, root: etree._Element, small: bool) -> bool:
        if isinstance(self._compiled, etree.XMLSchema) and not small and _is_crowded(root) and _is_large(root):
            return not _first_faults(self._compiled, root)
        return self._compiled.validate(root)


def _explain(compiled: Compiled, root: etree._Element) -> list[Finding]:
    """What a form says against a message; of very many faults in a large one only the first."""
    if isinstance(compiled, etree.XMLSchema) and _is_large(root):
        first = _first_faults(compiled, root)
        if len(first) > MAX_FINDINGS:
            return first[:MAX_FINDINGS]
    compiled.validate(root)
    return _findings(compiled.error_log)


def _is_large(root: etree._Element) -> bool:
    return bool(_COUNT(root) >= LARGE)


def _is_crowded(root: etree._Element) -> bool:
    """Whether so many elements are sisters that looking up the place of each would take minutes."""
    return bool(etree.XPath(f"boolean(/descendant-or-self::*/*[{CROWD}])")(root))


def _first_faults(schema: etree.XMLSchema, root: etree._Element) -> list[Finding]:
    """The faults of a large message, read once more and no further than to the first few hundred."""
    parser = etree.XMLParser(schema=schema, resolve_entities=False, no_network=True)
    content = etree.tostring(root)
    try:
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
            if len(parser.feed_error_log) > MAX_FINDINGS:
                break
        else:
            parser.close()
    except etree.XMLSyntaxError:
        return _findings(islice(parser.feed_error_log, MAX_FINDINGS + 1))
    return _findings(islice(parser.feed_error_log, MAX_FINDINGS + 1))


def _findings(entries: Iterable[etree._LogEntry]) -> list[Finding]:
    return [Finding(entry.message, entry.path or "", entry.line or 0) for entry in entries]
