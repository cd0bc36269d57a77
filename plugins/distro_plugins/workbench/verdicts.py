"""Verdicts that are known already, by the hash of what was judged (row VAL-11)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from distro_sdk.models.validation import ValidationIssue

Verdict = tuple[ValidationIssue, ...]


class VerdictMemory:
    """Verdicts of this process, the oldest of `size` forgotten first; who asks for one in the making waits for it."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._known: OrderedDict[str, Future[Verdict]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, judge: Callable[[], Sequence[ValidationIssue]]) -> Verdict:
        """The verdict of that key, from memory or from `judge`; what `judge` raises is raised and not remembered."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                pending: Future[Verdict] = Future()
                self._known[key] = pending
                while len(self._known) > self._size:
                    self._known.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            verdict = tuple(judge())
        except BaseException as error:
            with self._lock:
                if self._known.get(key) is pending:
                    del self._known[key]
            pending.set_exception(error)
            raise
        pending.set_result(verdict)
        return verdict
