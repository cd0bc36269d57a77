"""Compiled schemas and grammars as judges that any number of threads may ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lxml import etree

Compiled = etree.XMLSchema | etree.RelaxNG


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
        """What speaks against a message, nothing where it is valid.

        Threads judge side by side with one compiled form. Its log is shared, though: an invalid message is judged
        again, by one thread at a time, with a form that is kept for that.
        """
        if self._compiled.validate(root):
            return []
        with self._lock:
            if self._explaining is None:
                self._explaining = self._compile()
            self._explaining.validate(root)
            return list(self._explaining.error_log)
