"""Business rules as data, and how a message is judged by them.

A rule names its code, what is wrong and where to look. Most look by an XPath, which libxml2 walks without one step in
Python, so that a message without faults costs little. Those that compare many places with many others are functions
with sets: XPath would compare each with each, and a message may be large and hostile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from lxml import etree
from lxml.etree import _Element

from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

T = TypeVar("T")
Hit = _Element | tuple[_Element, str]

# Encodings that write the letters of ASCII as ASCII does.
ASCII_LIKE = frozenset({"ASCII", "ISO-8859-1", "US-ASCII", "UTF-8"})

# How often one rule is told of one message: who has sent thousands of one fault needs no list of them.
MAX_FINDINGS = 200

# Every union of XPaths that was compiled, by its text: profiles share most of their rules.
_SELECTORS: dict[str, etree.XPath] = {}


class Judged:
    """A message while it is judged, with what several rules ask for.

    `tags`: names of the elements whose texts are compared with each other; one walk reads them all.
    """

    def __init__(self, message: ParsedMessage, tags: Sequence[str] = ()) -> None:
        self.content = message.content
        self.root = message.root
        self.name = message.name
        self._found: dict[object, Any] = {}
        self._values: dict[str, list[str]] = {tag: [] for tag in tags}
        values: Mapping[Any, list[str]] = self._values
        for element in self.root.iter(*tags) if tags else ():
            values[element.tag].append(element.text or "")

    def values(self, tag: str) -> list[str]:
        """The texts of all elements of a name, in document order."""
        if tag not in self._values:
            self._values[tag] = [element.text or "" for element in self.root.iter(tag)]
        return self._values[tag]

    def once(self, find: Callable[[Judged], T]) -> T:
        """What a function finds in the message; it is asked once."""
        if find not in self._found:
            self._found[find] = find(self)
        found: T = self._found[find]
        return found

    def mentioned_only_as(self, word: str, form: re.Pattern[bytes]) -> bool:
        """Whether a word stands only in elements of a form: a quick look that spares one at every element.

        `form`: of the bytes from the last ``<`` before the word to the two bytes that begin the next tag. As ``<``
        stands in no attribute's value, these are a whole tag with the text after it, or no tag at all.
        """
        if self.encoding not in ASCII_LIKE:
            return False
        content, sought, end = self.content, word.encode(), 0
        seen: set[bytes] = set()
        while (at := content.find(sought, end)) >= 0:
            start, end = content.rfind(b"<", end, at), content.find(b"<", at)
            if start < 0 or end < 0:
                return False
            # The same words stand at many places: each is looked at once.
            told = content[start : end + 2]
            if told not in seen:
                if not form.fullmatch(told):
                    return False
                seen.add(told)
        return True

    def select(self, path: str) -> list[_Element]:
        """The elements of an XPath from the root."""
        found: list[_Element] = _selector(path)(self.root)
        return found

    def texts(self, path: str, at: _Element | None = None) -> list[str]:
        """The texts of an XPath that ends with text(), from the root or an element; an empty element gives none."""
        found: list[str] = _selector(path)(self.root if at is None else at)
        return found

    @cached_property
    def encoding(self) -> str:
        """The encoding that the message is written in, in capitals."""
        return str(self.root.getroottree().docinfo.encoding or "UTF-8").upper()

    @cached_property
    def profile(self) -> str:
        """The release profile that the message names, empty where it names none."""
        return str(self.root.get("ReleaseProfileVersionId") or "")


@dataclass(frozen=True)
class Rule:
    """One business rule.

    `code`: stable; `find`: an XPath from the root that selects what breaks the rule, or a function that yields it, each
    with a detail where the sentence has one; `text`: the sentence about it, in which ``{value}`` is the element's text,
    ``{name}`` its tag and ``{detail}`` what the function tells; `clause`: where DDEX says so; `needs`: names of rare
    elements without any of which no message breaks the rule, so that it is not asked; empty where it is always asked.
    """

    code: str
    find: str | Callable[[Judged], Iterable[Hit]]
    text: str
    clause: str = ""
    severity: Severity = field(default=Severity.ERROR, kw_only=True)
    needs: tuple[str, ...] = field(default=(), kw_only=True)

    def judge(self, message: Judged) -> Iterator[ValidationIssue]:
        """Every place where the message breaks the rule."""
        hits = message.select(self.find) if isinstance(self.find, str) else self.find(message)
        for hit in hits:
            element, detail = hit if isinstance(hit, tuple) else (hit, "")
            yield self._finding(element, detail)

    def _finding(self, element: _Element, detail: str) -> ValidationIssue:
        text = self.text.format(name=element.tag, value=(element.text or "").strip(), detail=detail)
        return ValidationIssue(
            code=self.code,
            message=f"{text} ({self.clause})" if self.clause else text,
            severity=self.severity,
            path=element.getroottree().getpath(element),
            line=element.sourceline,
        )


class RuleSet:
    """Rules that judge together. One look tells whether any of those with an XPath is broken at all."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Sequence[Rule] = tuple(dict.fromkeys(rules))
        self._rare = [rule for rule in self.rules if rule.needs]
        self._paths = [rule for rule in self.rules if isinstance(rule.find, str) and not rule.needs]
        self._functions = [rule for rule in self.rules if not isinstance(rule.find, str) and not rule.needs]
        self._union = " | ".join(str(rule.find) for rule in self._paths)

    def judge(self, message: Judged) -> list[ValidationIssue]:
        """Every finding, in document order."""
        broken = [*self._functions, *(rule for rule in self._rare if any(map(message.values, rule.needs)))]
        if self._union and message.select(self._union):
            broken = [*self._paths, *broken]
        found = [issue for rule in broken for issue in islice(rule.judge(message), MAX_FINDINGS)]
        return sorted(found, key=lambda issue: issue.line or 0)


def needed_by(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The rare elements of which some rules speak, each once: `Judged` looks for them on its one walk."""
    return tuple(dict.fromkeys(name for rule in rules for name in rule.needs))


def _selector(path: str) -> etree.XPath:
    selector = _SELECTORS.get(path)
    if selector is None:
        selector = _SELECTORS[path] = etree.XPath(path, smart_strings=False)
    return selector
