"""Anchors and references: DDEX's schemas tie neither to the other, so both are checked here (rules X-1 to X-3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity


@dataclass(frozen=True)
class Kind:
    """One kind of anchor.

    `anchor`: the element that declares it; `letter`: what it begins with; `references`: elements that point to it;
    `used`: whether something must point to each; `others`: further elements that declare anchors of the kind.
    """

    anchor: str
    letter: str
    references: tuple[str, ...]
    used: bool = True
    others: tuple[str, ...] = ()

    def declared(self, message: Judged) -> set[str | None]:
        """The names of all anchors of the kind."""
        return {element.text for element in message.root.iter(self.anchor, *self.others)}

    def pointed_to(self, message: Judged) -> set[str | None]:
        """The names that references of the kind hold; some versions wrap a reference in an element of its name."""
        return {element.text for element in message.root.iter(*self.references) if not len(element)}


def anchor_rules(kinds: tuple[Kind, ...], clause: str) -> tuple[Rule, ...]:
    """The rules about anchors of some kinds. `clause`: where DDEX asks that each is used."""
    return (
        Rule("ANCHOR_MALFORMED", partial(_malformed, kinds), "{name} {value!r} is not {detail}"),
        Rule("ANCHOR_DOUBLED", partial(_doubled, kinds), "{name} {value} is declared {detail} times"),
        Rule("REFERENCE_DANGLING", partial(_dangling, kinds), "there is no {detail} {value}"),
        Rule(
            "ANCHOR_UNUSED",
            partial(_unused, kinds),
            "nothing refers to {value}",
            clause,
            severity=Severity.WARNING,
        ),
    )


def _malformed(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        form = re.compile(f"{kind.letter}[0-9A-Za-z_-]+", re.ASCII)
        for element in message.root.iter(kind.anchor, *kind.others):
            if not form.fullmatch(element.text or ""):
                yield element, f"{kind.letter} with letters, digits, - or _"


def _doubled(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        anchors = list(message.root.iter(kind.anchor, *kind.others))
        times = Counter(element.text for element in anchors)
        if len(times) < len(anchors):
            yield from ((element, str(times[element.text])) for element in anchors if times[element.text] > 1)


def _dangling(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        astray = kind.pointed_to(message) - kind.declared(message)
        if astray:
            references = message.root.iter(*kind.references)
            yield from ((one, kind.anchor) for one in references if one.text in astray and not len(one))


def _unused(kinds: tuple[Kind, ...], message: Judged) -> Iterator[_Element]:
    for kind in kinds:
        if kind.used:
            idle = kind.declared(message) - kind.pointed_to(message)
            if idle:
                yield from (element for element in message.root.iter(kind.anchor) if element.text in idle)
