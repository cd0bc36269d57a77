"""Messages that mean harm, or that nobody meant to send here; run as a program it judges each under tight limits.

python -m tests.unit.validation.hostile [FOLDER OF SCHEMAS] < PATHS OF MESSAGES
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

MEGABYTE = 1024 * 1024
SECONDS = 60
"""Of processor time that a verdict may take, on any machine."""

NAMESPACE = "http://ddex.net/xml/ern/43"
HEAD = f'<e:NewReleaseMessage xmlns:e="{NAMESPACE}" AvsVersionId="3" LanguageAndScriptCode="en">'.encode()
TAIL = b"</e:NewReleaseMessage>"
PARTY = b"<PartyId>PADPIDA2014120301U</PartyId>"
HEADER = (
    b"<MessageHeader><MessageId>1</MessageId><MessageSender>"
    + PARTY
    + b"</MessageSender><MessageRecipient>"
    + PARTY
    + b"</MessageRecipient><MessageCreatedDateTime>2026-01-15T12:00:00Z</MessageCreatedDateTime></MessageHeader>"
)


def message(content: bytes) -> bytes:
    """A message of ERN 4.3 with that in it."""
    return HEAD + content + TAIL


def filled(part: bytes, size: int = 19 * MEGABYTE) -> bytes:
    """A message full of one part."""
    return message(part * ((size - len(HEAD) - len(TAIL)) // len(part)))


def laughs(levels: int = 12) -> bytes:
    """Entities that each hold ten of the one before."""
    entities = b'<!ENTITY l0 "lol">' + b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, levels)
    )
    return b"<!DOCTYPE x [" + entities + b"]>" + message(b"&l%d;" % (levels - 1))


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "fifty megabytes": (lambda: filled(b"<PartyList/>" + b" " * 1000, 50 * MEGABYTE), "XML_TOO_LARGE"),
    "entities in entities": (laughs, "XML_NOT_WELL_FORMED"),
    "a few entities in entities": (lambda: laughs(3), "XML_DOCTYPE_FORBIDDEN"),
    "one long entity, often": (
        lambda: b'<!DOCTYPE x [<!ENTITY a "' + b"a" * MEGABYTE + b'">]>' + message(b"&a;" * 1_000_000),
        "XML_NOT_WELL_FORMED",
    ),
    "an entity from a file": (
        lambda: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + message(b"&a;"),
        "XML_DOCTYPE_FORBIDDEN",
    ),
    "a DTD from the network": (
        lambda: b'<!DOCTYPE x SYSTEM "http://192.0.2.1/evil.dtd">' + message(b""),
        "XML_DOCTYPE_FORBIDDEN",
    ),
    "a parameter entity": (
        lambda: b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://192.0.2.1/evil.dtd"> %a;]>' + message(b""),
        "XML_DOCTYPE_FORBIDDEN",
    ),
    "elements in elements": (lambda: message(b"<a>" * 100_000 + b"</a>" * 100_000), "XML_NOT_WELL_FORMED"),
    "one long text": (lambda: filled(b"a"), "XML_NOT_WELL_FORMED"),
    "one long name": (lambda: message(b"<" + b"a" * 15 * MEGABYTE + b"/>"), "XML_NOT_WELL_FORMED"),
    "millions of elements": (lambda: filled(b"<a/>"), "XML_TOO_LARGE"),
    "millions of attributes": (
        lambda: message(b"<a %s/>" % b" ".join(b'a%d=""' % number for number in range(1_600_000))),
        "XML_TOO_LARGE",
    ),
    "a hundred thousand faults": (
        lambda: message(
            HEADER + b"<PartyList>" + b"<Party><PartyReference>Q</PartyReference></Party>" * 150_000 + b"</PartyList>"
        ),
        "SCHEMA_INVALID",
    ),
    "a hundred thousand parts that do not belong there": (
        lambda: message(HEADER + b"<Nonsense><PartyReference>Q</PartyReference></Nonsense>" * 150_000),
        "SCHEMA_INVALID",
    ),
    "another encoding than it says": (
        lambda: b'<?xml version="1.0" encoding="UTF-8"?>' + message("<a>Ænima</a>".encode("latin-1")),
        "XML_NOT_WELL_FORMED",
    ),
    "an encoding that nobody knows": (
        lambda: b'<?xml version="1.0" encoding="x-klingon"?>' + message(b""),
        "XML_NOT_WELL_FORMED",
    ),
    "UTF-16": (
        lambda: ('<?xml version="1.0" encoding="UTF-16"?>' + message(b"").decode()).encode("utf-16"),
        "ENCODING_NOT_UTF8",
    ),
    "UTF-16 that is cut": (
        lambda: ('<?xml version="1.0" encoding="UTF-16"?>' + message(b"").decode()).encode("utf-16")[:-1],
        "XML_NOT_WELL_FORMED",
    ),
    "zero bytes": (lambda: message(b"\0" * 100), "XML_NOT_WELL_FORMED"),
    "nothing": (lambda: b"", "XML_NOT_WELL_FORMED"),
    "an archive": (lambda: b"PK\x03\x04" + b"\0" * 100, "XML_NOT_WELL_FORMED"),
    "JSON": (lambda: b'{"NewReleaseMessage": {}}', "XML_NOT_WELL_FORMED"),
    "an unknown namespace": (
        lambda: message(b"").replace(NAMESPACE.encode(), b"http://example.com/xml/ern/43"),
        "FORMAT_UNKNOWN",
    ),
    "no namespace": (lambda: b"<NewReleaseMessage/>", "FORMAT_UNKNOWN"),
    "a version that nobody builds": (
        lambda: message(b"").replace(NAMESPACE.encode(), b"http://ddex.net/xml/ern/371"),
        "RULES_NOT_INSTALLED",
    ),
    "another standard of DDEX": (
        lambda: b'<d:SalesReportMessage xmlns:d="http://ddex.net/xml/dsr/40"/>',
        "RULES_NOT_INSTALLED",
    ),
    "a standard of others": (
        lambda: b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" version="2.0"><channel/></rss>',
        "FORMAT_UNKNOWN",
    ),
}
"""What is sent, and a code that the refusal must have."""


def main(folder: str | None) -> None:
    """Judge the message in each file that standard input names, in a process of its own; print a line for each.

    It says the codes of the refusal and the megabytes that it took, or how a process ended that ended before that for
    lack of memory or of processor time.
    """
    from distro_core.messages.standalone import find_builder
    from distro_core.validation.pipeline import validate_message
    from distro_core.validation.schemas import SchemaLibrary
    from distro_plugins.ern42 import Ern42Builder
    from distro_plugins.ern43 import Ern43Builder
    from distro_sdk.ern4.rules import Ern4Rules

    builders, validators = (Ern42Builder(), Ern43Builder()), (Ern4Rules("ern/4.2"), Ern4Rules("ern/4.3"))
    schemas = SchemaLibrary(Path(folder) if folder else None)

    def judge(content: bytes) -> list[str]:
        builder = find_builder(content, builders)
        result = validate_message(content, builder=builder, validators=validators, schemas=schemas)
        assert not result.valid
        return sorted({issue.code for issue in result.errors})

    judge(message(b""))  # so that schemas and grammars are compiled once
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _judge_here(judge, Path(line.rstrip("\n")))
        _, ended = os.waitpid(process, 0)
        if ended:
            print(json.dumps({"ended": ended}), flush=True)  # noqa: T201


def _judge_here(judge: Callable[[bytes], list[str]], path: Path) -> NoReturn:
    """Judge a message and end this process."""
    try:
        judge(message(b""))  # what that needs of the parent's memory does not count
        content = path.read_bytes()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        codes = judge(content)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps({"codes": codes, "megabytes": used // 1024}), flush=True)  # noqa: T201
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
