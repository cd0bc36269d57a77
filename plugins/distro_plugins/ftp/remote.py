"""Asking a server about its files, with whatever commands it has; everything here blocks."""

from __future__ import annotations

import ftplib
import posixpath
from contextlib import suppress

from distro_plugins.ftp.client import FtpClient
from distro_plugins.ftp.facts import (
    HASH_COMMANDS,
    HASH_NAMES,
    Facts,
    decoded_lines,
    parse_entry,
    parse_hash,
    parse_mlst,
    parse_time,
)
from distro_plugins.ftp.failures import (
    MISSING,
    PERMISSION,
    RENAME,
    TOO_LARGE,
    classify,
    judge,
)
from distro_sdk.errors import TransportError
from distro_sdk.network_failures import raised
from distro_sdk.read_back import ReadBack

LARGEST_LISTING = 16 * 1024 * 1024
"""Bytes of a folder's listing that are taken: some hundred thousand files."""

NO_FILES = ("450", "550")
"""How some servers say that a folder is empty."""


def facts_of(client: FtpClient, path: str, *, dated: bool = True) -> Facts | None:
    """The facts of a file, None where there is no file of that path. `dated`: whether its time is of interest."""
    try:
        if client.supports("MLST"):
            return parse_mlst(client.sendcmd(f"MLST {path}"))
        size = int(client.sendcmd(f"SIZE {path}")[3:].strip())
        if not dated:
            return Facts(size, None)
    except ftplib.error_perm as error:
        if str(error).startswith("550") and judge(error) is not PERMISSION:
            return None
        raise
    modified = None
    with suppress(ftplib.error_perm):
        modified = parse_time(client.sendcmd(f"MDTM {path}")[3:].strip())
    return Facts(size, modified)


def is_folder(client: FtpClient, path: str) -> bool:
    """Whether there is a folder of that path that may be entered."""
    try:
        client.voidcmd(f"CWD {path}")
    except ftplib.error_perm:
        return False
    return True


def make_folder(client: FtpClient, path: str) -> None:
    """Make one folder; no error where somebody else was quicker."""
    try:
        client.voidcmd(f"MKD {path}")
    except ftplib.error_perm:
        if not is_folder(client, path):
            raise


def files_of(client: FtpClient, folder: str) -> dict[str, Facts]:
    """The files directly in a folder by name; none where the folder does not exist."""
    try:
        client.voidcmd(f"CWD {folder}")
    except ftplib.error_perm as error:
        if judge(error) is PERMISSION:
            raise
        return {}
    if client.supports("MLST"):
        entries = (parse_entry(line) for line in decoded_lines(_listing(client, "MLSD")))
        return dict(entry for entry in entries if entry is not None)
    try:
        names = [posixpath.basename(line) for line in decoded_lines(_listing(client, "NLST"))]
    except (ftplib.error_temp, ftplib.error_perm) as error:
        if str(error).startswith(NO_FILES):
            return {}
        raise
    found = ((name, facts_of(client, posixpath.join(folder, name))) for name in names if name)
    return {name: facts for name, facts in found if facts is not None}


def read_some(client: FtpClient, path: str, offset: int, size: int) -> bytes:
    """At most `size` bytes of a file from `offset` on, which another connection may still be making longer."""
    client.begin(f"RETR {path}", offset)
    content = bytearray()
    while block := client.receive():
        content += block
        if len(content) > size:
            client.break_off()
            return bytes(content[:size])
    client.end()
    return bytes(content)


def read(client: FtpClient, path: str, max_size: int) -> bytes:
    """The content of a file; REMOTE_FILE_TOO_LARGE for more than `max_size` bytes."""
    client.begin(f"RETR {path}")
    content = bytearray()
    while block := client.receive():
        content += block
        if len(content) > max_size:
            client.break_off()
            raise raised(TOO_LARGE, f"{path} has more than {max_size} bytes")
    client.end()
    return bytes(content)


def hash_of(client: FtpClient, path: str, algorithm: str) -> str:
    """The hash of a file: the server's own where it has a command for it, else of what it gives back.

    Raises REMOTE_SIZE_WRONG where it gives back more or less than it has told: what never ends must not hold us.
    """
    told = _ask_for_hash(client, path, algorithm)
    if told is not None:
        return told
    facts = facts_of(client, path, dated=False)
    if facts is None:
        raise raised(MISSING, f"{path} is not there")
    read_back = ReadBack(path, facts.size, algorithm)
    client.begin(f"RETR {path}")
    try:
        while block := client.receive():
            read_back.take(block)
    except TransportError:
        client.break_off()
        raise
    client.end()
    return read_back.hexdigest()


def replace(client: FtpClient, temporary: str, target: str) -> None:
    """Put a complete file in its place, over an older one where there is one."""
    try:
        try:
            _rename(client, temporary, target)
        except ftplib.error_perm:
            if facts_of(client, target) is None:
                raise
            client.voidcmd(f"DELE {target}")  # such servers do not rename over a file
            _rename(client, temporary, target)
    except ftplib.error_perm as error:
        raise classify(error, f"rename {temporary} to {target}", RENAME) from error


def _rename(client: FtpClient, source: str, target: str) -> None:
    reply = client.sendcmd(f"RNFR {source}")
    if reply[0] != "3":
        raise ftplib.error_reply(reply)
    client.voidcmd(f"RNTO {target}")


def _listing(client: FtpClient, command: str) -> bytes:
    client.begin(command)
    listing = bytearray()
    while block := client.receive():
        listing += block
        if len(listing) > LARGEST_LISTING:
            client.break_off()
            raise raised(TOO_LARGE, f"the folder's listing has more than {LARGEST_LISTING} bytes")
    client.end()
    return bytes(listing)


def _ask_for_hash(client: FtpClient, path: str, algorithm: str) -> str | None:
    commands = [[command] for command in HASH_COMMANDS[algorithm] if client.supports(command)]
    if HASH_NAMES[algorithm] in client.features.get("HASH", "").upper().replace("*", "").split(";"):
        commands.insert(0, [f"OPTS HASH {HASH_NAMES[algorithm]}", "HASH"])
    for *before, command in commands:
        with suppress(ftplib.error_perm):
            for each in before:
                client.voidcmd(each)
            told = parse_hash(client.sendcmd(f"{command} {path}").replace(path, ""), algorithm)
            if told is not None:
                return told
    return None
