"""What every validator of messages must be able to do, as a suite to subclass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from lxml import etree

from distro_sdk.messages import MessageValidator
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import parse_message

CODE = re.compile(r"^[A-Z][A-Z0-9_.-]*$", re.IGNORECASE)


@dataclass(frozen=True)
class FaultyMessage:
    """A message in which something is wrong. `codes`: the findings that must be among those that are told."""

    title: str
    content: bytes
    codes: tuple[str, ...]


class ValidatorConformance:
    """Subclass it as `Test…` and override the three fixtures."""

    @pytest.fixture
    def validator(self) -> MessageValidator:
        """The validator under test."""
        raise NotImplementedError("override the fixture `validator` with the validator under test")

    @pytest.fixture
    def sound(self) -> Sequence[bytes]:
        """Messages of its formats in which it finds no error."""
        raise NotImplementedError("override the fixture `sound` with messages in which nothing is wrong")

    @pytest.fixture
    def faulty(self) -> Sequence[FaultyMessage]:
        """Messages of its formats in which it finds something: at least one."""
        raise NotImplementedError("override the fixture `faulty` with messages in which something is wrong")

    def test_says_what_it_is(self, validator: MessageValidator) -> None:
        assert validator.name
        assert validator.stage in set(ValidationStage)
        assert validator.formats
        assert all(re.fullmatch(r"[a-z0-9-]+/[0-9.]+", format) for format in validator.formats)

    def test_finds_no_error_where_there_is_none(self, validator: MessageValidator, sound: Sequence[bytes]) -> None:
        assert sound, "name at least one message that is sound"
        for content in sound:
            found = validator.validate(parse_message(content))
            assert [issue.code for issue in found if issue.severity is Severity.ERROR] == []

    def test_finds_what_is_wrong(self, validator: MessageValidator, faulty: Sequence[FaultyMessage]) -> None:
        assert faulty, "name at least one message that is faulty"
        for message in faulty:
            found = {issue.code for issue in validator.validate(parse_message(message.content))}
            assert message.codes, f"{message.title}: name at least one finding"
            assert set(message.codes) <= found, f"{message.title}: {sorted(found)}"

    def test_says_of_each_finding_what_and_where(
        self, validator: MessageValidator, faulty: Sequence[FaultyMessage]
    ) -> None:
        for message in faulty:
            for issue in validator.validate(parse_message(message.content)):
                assert isinstance(issue, ValidationIssue)
                assert CODE.match(issue.code), issue.code
                assert issue.message
                assert issue.line is None or 1 <= issue.line <= message.content.count(b"\n") + 1

    def test_says_the_same_each_time_and_leaves_the_message_alone(
        self, validator: MessageValidator, faulty: Sequence[FaultyMessage]
    ) -> None:
        for message in faulty:
            parsed = parse_message(message.content)
            before = etree.tostring(parsed.root)

            first, second = list(validator.validate(parsed)), list(validator.validate(parsed))

            assert first == second, message.title
            assert etree.tostring(parsed.root) == before, message.title
