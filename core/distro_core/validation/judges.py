"""Compiled schemas and grammars as judges that any number of threads may ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from lxml import etree

Compiled = etree.XMLSchema | etree.RelaxNG

MAX_FINDINGS: Final = 200
LARGE: Final = 60_000
"""Elements of a message whose faults are counted first: lxml looks up the place of each, one sister after the other,
so that a message of nothing but faults would take minutes."""

_CHUNK: Final = 65_536
_COUNT: Final = etree.XPath("count(//*)")


class Judge:
    """A schema or grammar. `compile`: makes it, once for verdicts and once more when the first message is refused."""

    def __init__(self, compile: Callable[[], Compiled]) -> None:
        self._compile = compile
        self._compiled = compile()
        self._explaining: Compiled | None = None
        self._lock = threading.Lock()

    @property
    def compiled(self) -> Compiled:
        """What it judges by."""
        return self._compiled

    def judge(self, root: etree._Element) -> list[etree._LogEntry]:
        """What speaks against a message, nothing where it is valid; of very many faults the first, without a place.

        Threads judge side by side with one compiled form. Its log is shared, though: an invalid message is judged
        again, by one thread at a time, with a form that is kept for that.
        """
        if isinstance(self._compiled, etree.XMLSchema) and _COUNT(root) >= LARGE:
            found = _count_faults(self._compiled, root)
            if not found or len(found) > MAX_FINDINGS:
                return found[:MAX_FINDINGS]
        if self._compiled.validate(root):
            return []
        with self._lock:
            if self._explaining is None:
                self._explaining = self._compile()
            self._explaining.validate(root)
            return list(self._explaining.error_log)


def _count_faults(schema: etree.XMLSchema, root: etree._Element) -> list[etree._LogEntry]:
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
        return list(parser.feed_error_log)
    return list(parser.feed_error_log)
