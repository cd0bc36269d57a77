"""Messages with one fault each, to ask two judges whether they find the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from lxml.etree import _Element

LETTERS = "abc019-.: "


@dataclass(frozen=True)
class Mutation:
    """A message that was changed at one place. `kind`: how; `place`: name of the element."""

    root: _Element
    kind: str
    place: str


def mutations(root: _Element, count: int, random: Random) -> Iterator[Mutation]:
    """Changed copies of a message, each with one change; the same random numbers give the same copies."""
    for _ in range(count):
        copy = deepcopy(root)
        elements = [element for element in copy.iter() if element is not copy]
        element = random.choice(elements)
        place = str(element.tag)
        kind = random.choice(tuple(KINDS))
        if KINDS[kind](element, elements, random):
            yield Mutation(copy, kind, place)


def _drop(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    return True


def _duplicate(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    element.addnext(deepcopy(element))
    return True


def _swap(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    following = element.getnext()
    if following is None or following.tag == element.tag:
        return False
    following.addnext(element)
    return True


def _rename(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    name = random.choice(elements).tag if random.random() < 0.8 else "Nonsense"
    if name == element.tag:
        return False
    element.tag = name
    return True


def _corrupt_value(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    if len(element):
        return False
    element.text = _corrupted(element.text or "", [other.text or "" for other in elements if not len(other)], random)
    return True


def _drop_attribute(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    holder = _with_attributes(element, elements, random)
    if holder is None:
        return False
    del holder.attrib[random.choice(holder.keys())]
    return True


def _corrupt_attribute(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    holder = _with_attributes(element, elements, random)
    if holder is None:
        return False
    name = random.choice(holder.keys())
    others = [str(value) for other in elements for value in other.attrib.values()]
    holder.set(name, _corrupted(str(holder.get(name)), others, random))
    return True


def _rename_attribute(element: _Element, elements: Sequence[_Element], random: Random) -> bool:
    holder = _with_attributes(element, elements, random)
    if holder is None:
        return False
    name = random.choice(holder.keys())
    value = holder.attrib.pop(name)
    holder.set("Nonsense", value)
    return True


def _with_attributes(element: _Element, elements: Sequence[_Element], random: Random) -> _Element | None:
    root = element.getroottree().getroot()
    holders = [other for other in (root, *elements) if other.attrib]
    return random.choice(holders) if holders else None


def _corrupted(text: str, others: Sequence[str], random: Random) -> str:
    """Nothing, what stands elsewhere in the message, one letter more, less or other, or all turned round."""
    place = random.randrange(len(text) + 1)
    return random.choice(
        (
            "",
            random.choice(others),
            text[:place] + random.choice(LETTERS) + text[place:],
            text[:place] + text[place + 1 :],
            text[:place] + random.choice(LETTERS) + text[place + 1 :],
            text[::-1],
        )
    )


KINDS: dict[str, Callable[[_Element, Sequence[_Element], Random], bool]] = {
    "drop": _drop,
    "duplicate": _duplicate,
    "swap": _swap,
    "rename": _rename,
    "value": _corrupt_value,
    "attribute dropped": _drop_attribute,
    "attribute value": _corrupt_attribute,
    "attribute renamed": _rename_attribute,
}
"""How a message can be changed; each says whether it could change this one."""
