"""Anchors and references: DDEX's schemas tie neither to the other, so both are checked here (rules X-1 to X-3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity


@dataclass(frozen=True, eq=False)
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

    @property
    def tags(self) -> tuple[str, ...]:
        """Every element that the rules about the kind look at."""
        return (self.anchor, *self.others, *self.references)

    def anchors(self, message: Judged) -> Iterator[_Element]:
        """Everything that declares an anchor of the kind."""
        return message.root.iter(self.anchor, *self.others)

    def names(self, message: Judged) -> list[str]:
        """The names of all anchors of the kind."""
        return [name for tag in (self.anchor, *self.others) for name in message.values(tag)]

    def declared(self, message: Judged) -> set[str]:
        """The names of all anchors of the kind, each once."""
        return set(message.once(self.names))

    def pointed_to(self, message: Judged) -> set[str]:
        """What references of the kind hold; some versions wrap a reference in an element of its name."""
        return set().union(*map(message.values, self.references))


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


_FORM = re.compile("[0-9A-Za-z_-]+", re.ASCII)


# The same names come again in every message.
@lru_cache(maxsize=16_384)
def _fits(letter: str, name: str) -> bool:
    """Whether a name is what anchors with a letter look like."""
    return name.startswith(letter) and _FORM.fullmatch(name, len(letter)) is not None


def _malformed(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        fits = partial(_fits, kind.letter)
        if not all(map(fits, message.once(kind.names))):
            for element in kind.anchors(message):
                if not fits(element.text or ""):
                    yield element, f"{kind.letter} with letters, digits, - or _"


def _doubled(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        names = message.once(kind.names)
        if len(message.once(kind.declared)) < len(names):
            times = Counter(names)
            for element in kind.anchors(message):
                if times[element.text or ""] > 1:
                    yield element, str(times[element.text or ""])


def _dangling(kinds: tuple[Kind, ...], message: Judged) -> Iterator[Hit]:
    for kind in kinds:
        if astray := message.once(kind.pointed_to) - message.once(kind.declared):
            for element in message.root.iter(*kind.references):
                if (element.text or "") in astray and not len(element):
                    yield element, kind.anchor


def _unused(kinds: tuple[Kind, ...], message: Judged) -> Iterator[_Element]:
    for kind in kinds:
        if kind.used and (idle := message.once(kind.declared) - message.once(kind.pointed_to)):
            yield from (one for one in kind.anchors(message) if one.tag == kind.anchor and (one.text or "") in idle)
