"""What every message reader must be able to do, as a suite to subclass."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from lxml import etree

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import MessageBuilder, MessageReader, ReadMessage
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessageType, TakedownForm
from distro_sdk.testing.messages import every_plan
from distro_sdk.testing.plans import purging_plan
from distro_sdk.xml import parse_message

PLACE: Final = re.compile(r"/\S+ \(line [0-9]+\): .+", re.DOTALL)
STRANGE: Final = "urn:a-namespace-that-nobody-reads"
MANY: Final = 20_000
MOST_FAULTS: Final = 1_000
MOST_MEMORY: Final = 4
"""Times the size of a message that reading it may take in Python's memory, beside the tree."""


class MessageReaderConformance:
    """Subclass it as `Test…` and override both fixtures."""

    @pytest.fixture
    def reader(self) -> MessageReader:
        """The reader under test."""
        raise NotImplementedError("override the fixture `reader` with the reader under test")

    @pytest.fixture
    def builder(self) -> MessageBuilder:
        """A builder of messages that the reader reads."""
        raise NotImplementedError("override the fixture `builder` with a builder of the messages that are read")

    @pytest.fixture
    def plans(self, builder: MessageBuilder) -> tuple[MessagePlan, ...]:
        """A plan of every kind of message that the builder writes."""
        purging = (purging_plan(),) if TakedownForm.PURGE in builder.takedown_forms else ()
        return (*every_plan(builder), *purging)

    def test_says_what_it_reads(self, reader: MessageReader, builder: MessageBuilder) -> None:
        assert "/" in reader.format, "a format is written as family/version, such as ern/4.3"
        assert reader.namespaces
        assert builder.namespace in reader.namespaces, "the builder's messages are none of those that are read"

    def test_reads_back_every_kind_of_message(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        for plan in plans:
            message = _read(reader, builder.build(plan))

            assert message.format == reader.format
            assert (message.message_id, message.type, message.test) == (plan.message_id, plan.type, plan.test)
            assert message.sender == plan.sender.dpid
            assert message.recipients == tuple(recipient.dpid for recipient in plan.recipients)
            assert [read.complete.release.icpn for read in message.releases] == [plan.release.icpn]
            if not plan.variants:
                assert message.unread == (), "the builder says what the reader does not understand"
            if plan.type is MessageType.NEW_RELEASE and plan.subtype is not MessageSubtype.TAKEDOWN:
                _compare(message, plan)

    def test_reads_the_same_each_time_and_in_several_threads(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        contents = [builder.build(plan) for plan in plans[:4]]
        expected = [_read(reader, content) for content in contents]

        with ThreadPoolExecutor(max_workers=4) as threads:
            read = list(threads.map(lambda content: _read(reader, content), contents * 4))

        assert read == expected * 4

    def test_tells_every_fault_with_its_xpath_and_line(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        day = plans[0].release.release_date.isoformat()
        content = _changed(builder.build(plans[0]), lambda root: _spoil(root, day))

        faults = _refused(reader, content)

        assert faults
        assert [fault.message for fault in faults if not PLACE.fullmatch(fault.message)] == []
        assert any("no day" in fault.message for fault in faults), "a fault does not say what stands there"

    def test_refuses_other_namespaces_and_other_messages_of_its_own(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        content = builder.build(plans[0])
        name = parse_message(content).name.encode()

        strange = _refused(reader, content.replace(builder.namespace.encode(), STRANGE.encode()))
        other = _refused(reader, content.replace(name, b"OtherMessage"))

        assert [fault.code for fault in strange] == ["NAMESPACE_UNKNOWN"]
        assert [fault.code for fault in other] == ["MESSAGE_TYPE_UNKNOWN"]

    def test_never_sees_what_is_hostile_or_in_a_wrong_encoding(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        content = builder.build(plans[0])
        declaration, _, body = content.partition(b"?>")
        bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        word = plans[0].message_id.encode()

        for hostile in (
            declaration + b"?>" + bomb + body.replace(word, b"&b;", 1),
            declaration + b"?>" + outside + body.replace(word, b"&a;", 1),
            declaration + b"?>" + body.replace(word, "Ænima".encode("latin-1"), 1),
            content[: len(content) // 2],
            b"",
        ):
            with pytest.raises(DomainError) as refused:
                _read(reader, hostile)
            assert refused.value.code in {"XML_NOT_WELL_FORMED", "XML_DOCTYPE_FORBIDDEN"}

    def test_reads_other_encodings_of_xml(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        content = builder.build(plans[0])
        wide = etree.tostring(parse_message(content).root, encoding="UTF-16", xml_declaration=True)

        assert _read(reader, wide) == _read(reader, content)

    def test_memory_and_findings_are_bounded(
        self, reader: MessageReader, builder: MessageBuilder, plans: tuple[MessagePlan, ...]
    ) -> None:
        content = _changed(builder.build(plans[0]), _fill)
        message = parse_message(content)

        tracemalloc.start()
        try:
            try:
                told: Sequence[object] = reader.read(message).unread
            except DomainErrors as refused:
                told = refused.errors
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert 0 < len(told) <= MOST_FAULTS
        assert peak < MOST_MEMORY * len(content)


def _read(reader: MessageReader, content: bytes) -> ReadMessage:
    return reader.read(parse_message(content))


def _refused(reader: MessageReader, content: bytes) -> Sequence[DomainError]:
    """Every fault of a message that is refused."""
    with pytest.raises(DomainErrors) as refused:
        _read(reader, content)
    return refused.value.errors


def _compare(message: ReadMessage, plan: MessagePlan) -> None:
    """What was told of the release is what was read."""
    (read,) = message.releases
    tracks = [track for track in read.complete.release.tracks if track.isrc]
    assert read.complete.release.title == plan.release.title
    assert read.complete.release.display_artist == plan.release.display_artist
    assert {track.isrc for track in tracks} == {recording.isrc for recording in plan.recordings}
    assert {track.title for track in tracks} == {recording.title for recording in plan.recordings}
    assert {file.uri for file in plan.files() if file.provided} >= set(read.files.values())
    assert read.files
    assert read.terms


def _changed(content: bytes, change: Callable[[etree._Element], None]) -> bytes:
    root = parse_message(content).root
    change(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _spoil(root: etree._Element, day: str) -> None:
    """Make every mention of a day one of none."""
    for element in root.iter("*"):
        if (element.text or "").startswith(day):
            element.text = "no day"


def _fill(root: etree._Element) -> None:
    """Put many elements that nobody knows, each with another name, at the end of the message."""
    for number in range(MANY):
        etree.SubElement(root, f"Unknown{number}").text = "x"
