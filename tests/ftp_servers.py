"""Real FTP servers for tests and benchmarks: pyftpdlib in this process, Debian's vsftpd and proftpd beside it."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from distro_plugins.ftp import FtpSettings
from tests.exchange_servers import CHANCE, PORTS, free_port, wait_for_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # asyncore, which pyftpdlib is built on
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.filesystems import AbstractedFS as LocalFilesystem
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

__all__ = ["DTPHandler", "FTPHandler", "LocalFilesystem"]

PASSWORD = "correct horse"
UNPACKED = Path(os.environ.get("DISTRO_FTPD") or Path(__file__).resolve().parent.parent / ".venv" / "ftpd")
"""Where `make ftpd` puts what Debian's packages hold."""

EVERYTHING = "elradfmwMT"
PASSIVE_PORTS = 5000
"""More than files in a benchmark: a port rests for a minute after it was used."""


@dataclass(frozen=True)
class Certificate:
    """A key and a certificate for this machine, which is its own authority."""

    folder: Path

    @property
    def key(self) -> Path:
        """The file of the private key."""
        return self.folder / "key.pem"

    @property
    def certificate(self) -> Path:
        """The file of the certificate."""
        return self.folder / "certificate.pem"

    @property
    def text(self) -> str:
        """The certificate as PEM."""
        return self.certificate.read_text("ascii")

    @property
    def fingerprint(self) -> str:
        """As `openssl x509 -noout -fingerprint -sha256` prints it."""
        loaded = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        shown = sha256(loaded.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
        return "sha256 Fingerprint=" + ":".join(shown[start : start + 2] for start in range(0, 64, 2))


@dataclass(frozen=True)
class FtpServerUnderTest:
    """A running server. `root`: the login folder on disk; `incoming`: the folder in it where files may be put."""

    name: str
    port: int
    root: Path
    incoming: str
    username: str
    certificate: Certificate | None
    kill: Callable[[], None] = field(default=lambda: None)

    @property
    def folder(self) -> Path:
        """Where files may be put, on disk."""
        return self.root / self.incoming

    def settings(self, directory: str = "", **others: object) -> FtpSettings:
        """Settings of a target below `incoming`."""
        working: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.username,
            "password": PASSWORD,
            "directory": f"{self.incoming}/{directory}".strip("/"),
        }
        if self.certificate is None:
            working["encryption"] = "none"
        elif "certificate_fingerprint" not in others:
            working["ca_certificates"] = self.certificate.text
        return FtpSettings.model_validate(working | others)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users may pass through, since servers serve as somebody else than root."""
    with tempfile.TemporaryDirectory(prefix="ftp-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def make_certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for `names`, or for this machine where none is given."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0] if names else "localhost")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(each) for each in names or ("localhost",)]
    if not names:
        alternatives.append(x509.IPAddress(ip_address("127.0.0.1")))
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder)
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    made.key.chmod(0o600)
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return made


@contextmanager
def pyftpdlib(
    folder: Path, certificate: Certificate | None = None, *, permissions: str = EVERYTHING, **attributes: Any
) -> Iterator[FtpServerUnderTest]:
    """Run pyftpdlib in a thread. `attributes`: of its handler, to make it behave in some other way."""
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    authorizer = DummyAuthorizer()
    authorizer.add_user("label", PASSWORD, str(root), perm=permissions)
    kind = FTPHandler
    if certificate is not None:
        kind = TLS_FTPHandler
        both = folder / "both.pem"
        both.write_text(certificate.key.read_text("ascii") + certificate.text, "ascii")
        tls = {"certfile": str(both), "tls_control_required": True, "tls_data_required": True, "ssl_context": None}
        attributes = tls | attributes
    handler = type("Handler", (kind,), {"authorizer": authorizer, "auth_failed_timeout": 0} | attributes)
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            loop.loop(timeout=0.02, blocking=False)
        server.close_all()
        loop.close()

    serving = threading.Thread(target=serve, name="pyftpdlib", daemon=True)
    serving.start()
    try:
        yield FtpServerUnderTest("pyftpdlib", server.address[1], root, "", "label", certificate, ending.set)
    finally:
        ending.set()
        serving.join(10)


def program(name: str) -> str | None:
    """The program of that name, installed or unpacked."""
    for place in ("usr/sbin", "usr/bin"):
        if (UNPACKED / place / name).exists():
            return str(UNPACKED / place / name)
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def environment() -> dict[str, str]:
    """The environment in which unpacked programs find their libraries."""
    libraries = ":".join(str(each) for each in UNPACKED.glob("usr/lib/*-linux-gnu"))
    return os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})


VSFTPD = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user={as_is}
nopriv_user=nobody
ftp_username={user}
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={folder}/passwords
local_enable=NO
write_enable=YES
anon_root={root}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_umask=022
secure_chroot_dir={folder}/empty
seccomp_sandbox=NO
utf8_filesystem=YES
pasv_min_port={first_port}
pasv_max_port={last_port}
delay_failed_login=0
{more}
"""
VSFTPD_TLS = """\
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
"""


@contextmanager
def vsftpd(folder: Path, certificate: Certificate | None = None, *, more: str = "") -> Iterator[FtpServerUnderTest]:
    """Run vsftpd with the one kind of user that needs no account here. `more`: lines of its configuration."""
    root = folder / "root"
    (root / "up").mkdir(parents=True, exist_ok=True)
    (folder / "empty").mkdir(exist_ok=True)
    root.chmod(0o555)
    (root / "up").chmod(0o777)
    (folder / "passwords").write_text(f"{PASSWORD}\n", "ascii")
    (folder / "passwords").chmod(0o600)
    if certificate is not None:
        more += VSFTPD_TLS.format(certificate=certificate.certificate, key=certificate.key)
    port, first = free_port(), free_range()
    as_root = os.geteuid() == 0
    configuration = VSFTPD.format(
        port=port,
        as_is="NO" if as_root else "YES",
        user="daemon" if as_root else pwd.getpwuid(os.geteuid()).pw_name,
        folder=folder,
        root=root,
        first_port=first,
        last_port=first + PASSIVE_PORTS,
        more=more,
    )
    (folder / "vsftpd.conf").write_text(configuration, "ascii")
    with daemon(folder, port, program("vsftpd"), str(folder / "vsftpd.conf")) as kill:
        yield FtpServerUnderTest("vsftpd", port, root, "up", "anonymous", certificate, kill)


PROFTPD = """\
ModulePath {modules}
LoadModule mod_tls.c
LoadModule mod_digest.c
ServerType standalone
ServerName tests
DefaultAddress 127.0.0.1
SocketBindTight on
Port {port}
PassivePorts {first_port} {last_port}
UseIPv6 off
UseReverseDNS off
User {user}
Group {group}
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
DelayEngine off
WtmpLog off
TransferLog none
SystemLog {folder}/system.log
AuthOrder mod_auth_file.c
AuthUserFile {folder}/passwd
RequireValidShell off
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
MaxInstances 50
DigestEngine on
{more}
"""
PROFTPD_TLS = """\
TLSEngine on
TLSRequired on
TLSRSACertificateFile {certificate}
TLSRSACertificateKeyFile {key}
TLSProtocol TLSv1.2 TLSv1.3
TLSLog {folder}/tls.log
"""


@contextmanager
def proftpd(folder: Path, certificate: Certificate | None = None, *, more: str = "") -> Iterator[FtpServerUnderTest]:
    """Run proftpd with a user of its own. `more`: lines of its configuration."""
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o777)
    modules = folder / "modules"
    if not modules.exists():
        found = UNPACKED / "usr/lib/proftpd"
        shutil.copytree(found if found.is_dir() else Path("/usr/lib/proftpd"), modules)
    as_root = os.geteuid() == 0
    user = pwd.getpwnam("nobody") if as_root else pwd.getpwuid(os.geteuid())
    hashed = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True)
    login = f"label:{hashed.stdout.strip()}:{user.pw_uid}:{user.pw_gid}::{root}:/bin/false\n"
    (folder / "passwd").write_text(login, "ascii")
    (folder / "passwd").chmod(0o600)
    if as_root:
        more += "DefaultRoot ~\n"
    if certificate is not None:
        more += PROFTPD_TLS.format(certificate=certificate.certificate, key=certificate.key, folder=folder)
    port, first = free_port(), free_range()
    configuration = PROFTPD.format(
        modules=modules,
        port=port,
        first_port=first,
        last_port=first + PASSIVE_PORTS,
        user=user.pw_name,
        group=grp.getgrgid(user.pw_gid).gr_name,
        folder=folder,
        more=more,
    )
    (folder / "proftpd.conf").write_text(configuration, "ascii")
    with daemon(folder, port, program("proftpd"), "-n", "-q", "-c", str(folder / "proftpd.conf")) as kill:
        yield FtpServerUnderTest("proftpd", port, root, "", "label", certificate, kill)


@contextmanager
def daemon(folder: Path, port: int, *command: str | None) -> Iterator[Callable[[], None]]:
    """Run a server; yields what kills it and its children, who would outlive it."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [each for each in command if each is not None],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            start_new_session=True,
        )

    def kill() -> None:
        for each in (process.pid, *descendants(process.pid)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    try:
        wait_for_port(port, process)
        yield kill
    finally:
        kill()
        process.wait(10)


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [each for child in map(int, children) for each in (child, *descendants(child))]


def free_range() -> int:
    """The first of a range of ports that are probably free."""
    return CHANCE.randrange(PORTS.stop, 60_000 - PASSIVE_PORTS)
