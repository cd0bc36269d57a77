"""The blocking half: one control connection and its data connections, used by one thread at a time."""

from __future__ import annotations

import ftplib
import os
import socket
import ssl
import struct
import sys
import time
from contextlib import suppress
from io import FileIO
from typing import NoReturn

from distro_plugins.ftp.failures import LOGIN, NO_TLS, PROTOCOL, classify, judge, reading_source
from distro_plugins.ftp.tls import Tls
from distro_sdk.network_failures import raised

BLOCK = 256 * 1024
"""Bytes handed to a socket or read from it in one go."""

SMALL_BLOCK = 1024 * 1024
"""The same for files that travel beside each other: with fewer steps their threads wait less for each other."""

LINES = 8192
"""Bytes of replies read in one go."""

STEP_SECONDS = 0.2
"""How long a thread sends before it says how far it is: to change threads more often costs some percent."""

GOODBYE_SECONDS = 5
"""How long a server may take for its part of an ending that we do not depend on."""

KEEP_ALIVE_SECONDS = 30
"""Silence after which the system asks whether the peer is there: the control connection is silent while a file travels,
and firewalls forget silent connections."""

SESSION_SECONDS = 60
"""How long a TLS session is taken for the newest of the control connection: each look at it makes a copy, which takes
almost as long as the handshake."""

MOST_LINES = 1000
"""Lines of one reply: a server must not fill our memory."""


class FtpClient(ftplib.FTP):
    """Adds to ftplib: TLS with session reuse, EPSV, sending in steps, and being stopped from outside."""

    def __init__(self, connected: socket.socket, host: str, stall_timeout: float, tls: Tls | None) -> None:
        """`stall_timeout`: seconds that one step of the network may take."""
        super().__init__(timeout=stall_timeout, encoding="utf-8")
        self.host = host
        self.af = connected.family
        self.features: dict[str, str] = {}
        self.home = "/"
        self.data: socket.socket | None = None
        self.out_of_step = False
        self._stall_timeout = stall_timeout
        self._tls = tls
        self._stopped = False
        self._block = memoryview(bytearray(SMALL_BLOCK))
        self._received = bytearray()
        self._extended = True
        self._session: ssl.SSLSession | None = None
        self._session_seen = 0.0
        self._data_host = str(connected.getpeername()[0])
        self._use(connected)

    def sign_in(self, username: str, password: str) -> None:
        """Greet, secure the connection before the password is sent, sign in, and learn what the server can do."""
        self.welcome = self.getresp()
        if self._tls is not None:
            self._secure(self._tls)
        try:
            self.login(username, password)
        except ftplib.error_perm as error:
            verdict = judge(error)
            raise classify(
                ftplib.error_perm(str(error).replace(password, "…")),
                "sign in",
                LOGIN if verdict.code == "PERMISSION_DENIED" else verdict,
            ) from None
        self._learn_features()
        if "UTF8" in self.features:
            with suppress(ftplib.error_perm):  # RFC 2640 has it always on; some servers want to be asked
                self.voidcmd("OPTS UTF8 ON")
        if self._tls is not None:
            self.voidcmd("PBSZ 0")
            self.voidcmd("PROT P")
        self.voidcmd("TYPE I")
        self.home = ftplib.parse257(self.sendcmd("PWD"))
        if not self.home.startswith("/"):
            raise raised(PROTOCOL, "the server does not say in which folder the login begins")

    def supports(self, command: str) -> bool:
        """Whether the server has named a command as one of its features (RFC 2389)."""
        return command in self.features

    def begin(self, command: str, offset: int = 0) -> None:
        """Open a data connection for a command; where `offset` is not 0, from that byte on."""
        data = self._connect_data()
        try:
            if offset:
                self.sendcmd(f"REST {offset}")
            self.putcmd(command)
            if self._tls is not None:
                data = self._wrap(self._tls, data)  # while the server opens the file
            reply = self.getresp()
            if reply[0] == "2":  # some servers say 200 before 150
                reply = self.getresp()
            if reply[0] != "1":
                raise ftplib.error_reply(reply)
            if self._tls is not None and isinstance(data, ssl.SSLSocket):
                data.do_handshake()
                self._tls.check(data)
            elif command.startswith("STOR"):
                self._let_system_wait(data)
        except BaseException as error:
            # Where it was not the server who refused, its reply is still to come.
            self.out_of_step = not isinstance(error, ftplib.Error)
            self._drop_data()
            raise

    def send(self, block: bytes | memoryview) -> int:
        """Send bytes over the data connection."""
        assert self.data is not None
        rest = memoryview(block)
        size = len(rest)
        try:
            while rest:
                rest = rest[self.data.send(rest) :]
        except BlockingIOError as error:
            raise TimeoutError("the server takes no more bytes") from error
        except (ConnectionError, ssl.SSLError) as error:
            self._raise_reason(error)
        return size

    def send_pages(self, file: FileIO, count: int) -> int:
        """Have the system send the first `count` bytes of a file; returns how many it has sent, 0 where it cannot.

        Threads that send small files beside each other take a quarter less of a processor so.
        """
        if sys.platform != "linux" or isinstance(self.data, ssl.SSLSocket):
            return 0
        assert self.data is not None
        sent = 0
        try:
            while sent < count and (size := os.sendfile(self.data.fileno(), file.fileno(), sent, count - sent)):
                sent += size
        except BlockingIOError as error:
            raise TimeoutError("the server takes no more bytes") from error
        except ConnectionError as error:
            self._raise_reason(error)
        except OSError:
            return sent  # the file's system cannot, or the file is broken: who reads it will see
        return sent

    def send_file(self, file: FileIO, offset: int, count: int, *, block: int = BLOCK) -> int:
        """Send at most `count` bytes of a file, for about STEP_SECONDS; 0 at the file's end.

        `block`: bytes read and handed on in one go, at most SMALL_BLOCK.
        """
        # For a large file `sendfile` was a fifth slower: it hands the pages on in small pieces.
        file.seek(offset)
        sent = 0
        end = time.monotonic() + STEP_SECONDS
        while sent < count and time.monotonic() < end and (size := self._read_block(file, min(block, count - sent))):
            sent += self.send(self._block[:size])
        return sent

    def receive(self) -> bytes:
        """The next bytes of the data connection, none at its end."""
        assert self.data is not None
        return self.data.recv(BLOCK)

    def end(self) -> None:
        """End the data connection in order, and wait until the server says that it has everything."""
        self._close_data(orderly=True)
        self.voidresp()

    def break_off(self) -> None:
        """End the data connection in the middle, where there is one; what the server says of it does not matter."""
        if self.data is None:
            return
        self._close_data(orderly=False)
        with suppress(ftplib.Error):
            self.getresp()

    def stop(self) -> None:
        """Cut both connections. May be called from any thread: whatever waits for them fails at once."""
        self._stopped = True
        for each in (self.data, self.sock):
            if each is not None:
                with suppress(OSError):
                    # Not SSLSocket.shutdown: it would let another thread go on without encryption.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of everything; nothing may be under way."""
        self._drop_data()
        super().close()

    def quit_politely(self) -> None:
        """Say goodbye, and wait a little for the answer."""
        with suppress(OSError, EOFError, ftplib.Error):
            if self.sock is not None:
                self.sock.settimeout(GOODBYE_SECONDS)
            self.sendcmd("QUIT")

    def getline(self) -> str:
        """One line of a reply, of a bounded length."""
        assert self.sock is not None
        while (end := self._received.find(b"\n")) < 0 and len(self._received) <= self.maxline:
            try:
                received = self.sock.recv(LINES)
            except BlockingIOError as error:
                raise TimeoutError("the server does not answer") from error
            if not received:
                raise EOFError
            self._received += received
        if not 0 <= end <= self.maxline:
            raise ftplib.error_proto(f"a line of more than {self.maxline} bytes")
        line = self._received[:end].rstrip(b"\r").decode(self.encoding, "replace")
        del self._received[: end + 1]
        return line

    def getmultiline(self) -> str:
        """One reply, of a bounded number of lines."""
        lines = [self.getline()]
        code = lines[0][:3]
        if lines[0][3:4] == "-":
            while not (lines[-1].startswith(code) and lines[-1][3:4] != "-"):
                if len(lines) == MOST_LINES:
                    raise ftplib.error_proto(f"a reply of more than {MOST_LINES} lines")
                lines.append(self.getline())
        return "\n".join(lines)

    def _read_block(self, file: FileIO, most: int) -> int:
        with reading_source():
            return file.readinto(self._block[:most])

    def _use(self, control: socket.socket) -> None:
        control.settimeout(self._stall_timeout)
        self.sock = control
        self._received.clear()
        if self._tls is None:
            self._let_system_wait(control, receiving=True)
        control.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_ALIVE_SECONDS)
            control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_ALIVE_SECONDS)

    def _secure(self, tls: Tls) -> None:
        try:
            self.voidcmd("AUTH TLS")
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise classify(error, "ask for TLS", NO_TLS) from error
        # An answer that came before the handshake was put there by somebody in between (CVE-2011-0411).
        # `_use` forgets it.
        assert self.sock is not None
        secure = tls.wrap(self.sock, self.host)
        self._use(secure)
        self._refuse_when_stopped()
        secure.do_handshake()
        tls.check(secure)

    def _learn_features(self) -> None:
        with suppress(ftplib.error_perm):
            for line in self.sendcmd("FEAT").splitlines()[1:-1]:
                name, _, details = line.strip().partition(" ")
                self.features[name.upper()] = details
            if self.features.get("REST", "").upper() != "STREAM":
                self.features.pop("REST", None)

    def _connect_data(self) -> socket.socket:
        """Connect to the port that the server names, at the address of the control connection and no other."""
        port = self._passive_port()
        data = socket.socket(self.af, socket.SOCK_STREAM)
        self.data = data
        data.settimeout(self._stall_timeout)
        try:
            self._refuse_when_stopped()
            data.connect((self._data_host, port))
        except BaseException:
            self._drop_data()
            raise
        return data

    def _passive_port(self) -> int:
        if self._extended:
            try:
                return int(ftplib.parse229(self.sendcmd("EPSV"), (self._data_host, 0))[1])
            except ftplib.error_perm:
                if self.af != socket.AF_INET:
                    raise
                self._extended = False
        return int(ftplib.parse227(self.sendcmd("PASV"))[1])

    def _let_system_wait(self, connected: socket.socket, *, receiving: bool = False) -> None:
        """Have `send` and `recv` wait by themselves, with the same limit: to ask first costs a tenth of the speed."""
        if sys.platform == "linux":
            seconds, rest = divmod(self._stall_timeout, 1)
            connected.settimeout(None)
            limit = struct.pack("@ll", int(seconds), max(1, int(rest * 1_000_000)))
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            if receiving:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)

    def _wrap(self, tls: Tls, plain: socket.socket) -> ssl.SSLSocket:
        # A record of TLS is smaller than a packet may be: the system would hold it back until the one before is
        # acknowledged, which servers put off.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = tls.wrap(plain, self.host, self._control_session())
        self.data = secure
        self._refuse_when_stopped()
        return secure

    def _control_session(self) -> ssl.SSLSession | None:
        assert isinstance(self.sock, ssl.SSLSocket)
        now = time.monotonic()
        if self._session is None or now - self._session_seen > SESSION_SECONDS:
            self._session, self._session_seen = self.sock.session, now
        return self._session

    def _close_data(self, *, orderly: bool) -> None:
        data = self.data
        assert data is not None
        try:
            if orderly and isinstance(data, ssl.SSLSocket):
                # To close without waiting for the server's part of TLS's ending cuts files: what it sent meanwhile, and
                # we did not read, makes the system reset the connection with our last bytes still on their way. A
                # server that just hangs up has read everything; the size is compared anyway.
                with suppress(ConnectionError, ssl.SSLError):
                    data.unwrap()
        finally:
            self._drop_data()

    def _drop_data(self) -> None:
        if self.data is not None:
            self.data.close()
            self.data = None

    def _raise_reason(self, error: OSError) -> NoReturn:
        """The data connection broke: raise what the server says of it, or the error itself where it says nothing."""
        self._close_data(orderly=False)
        assert self.sock is not None
        self.sock.settimeout(min(GOODBYE_SECONDS, self._stall_timeout))
        try:
            self.getresp()
        except (OSError, EOFError):
            raise error from None
        finally:
            self.sock.settimeout(self._stall_timeout)
        raise ftplib.error_temp("426 the server ended the data connection early") from error

    def _refuse_when_stopped(self) -> None:
        if self._stopped:
            raise ConnectionAbortedError("stopped")
