"""Uploading over FTP and FTPS against `curl` and `lftp`, on the same server in the same run.

One file of 512 MB against curl, and 200 files of 1 MB against lftp, of which both send four at once over as many
connections, as the delivery engine does. Each measurement connects, signs in and uploads; ours also compares the size
at the server and renames. Before each the server has half a second of rest, for proftpd lets nobody in for 0.4 s after
somebody has left. `FTP_BENCHMARK_BIG` (megabytes) and `FTP_BENCHMARK_SMALL` (files) make it smaller,
`FTP_BENCHMARK_ROUNDS` shorter. Needs curl, and what `make ftpd` unpacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare, report
from benchmarks.transfers import MEGABYTE, fast_folder, peak_memory, random_file, run_upload
from distro_plugins.ftp import FtpTransport
from tests.ftp_servers import (
    PASSWORD,
    FtpServerUnderTest,
    environment,
    make_certificate,
    proftpd,
    program,
    vsftpd,
)

LEAST_BIG = 0.95
LEAST_SMALL = 1.2
BIG = int(os.environ.get("FTP_BENCHMARK_BIG", "512")) * MEGABYTE
SMALL = int(os.environ.get("FTP_BENCHMARK_SMALL", "200"))
ROUNDS = int(os.environ.get("FTP_BENCHMARK_ROUNDS", "15"))
FILES_AT_ONCE = 4
REST_SECONDS = 0.5

Upload = tuple[list[Path], Callable[[FtpServerUnderTest, list[Path]], None], float]
"""Files, whom ours is compared with, and how fast it has to be."""


def upload_with_curl(server: FtpServerUnderTest, files: list[Path]) -> None:
    """Send a file with the program `curl`."""
    target = f"ftp://127.0.0.1:{server.port}/{server.incoming}/theirs/".replace("//theirs", "/theirs")
    trust = ["--ssl-reqd", "--cacert", str(server.certificate.certificate)] if server.certificate else []
    for file in files:
        signing_in = ["--user", f"{server.username}:{PASSWORD}"]
        subprocess.run(["curl", "-sS", "--ftp-create-dirs", *trust, *signing_in, "-T", str(file), target], check=True)


def upload_with_lftp(server: FtpServerUnderTest, files: list[Path]) -> None:
    """Send files with the program `lftp`, four at once."""
    trust = f"set ssl:ca-file {server.certificate.certificate}; " if server.certificate else ""
    commands = (
        f"set ftp:ssl-force {'yes' if trust else 'no'}; set ftp:ssl-protect-data yes; {trust}"
        f"open -u {server.username},'{PASSWORD}' -p {server.port} 127.0.0.1; "
        f"mput -P {FILES_AT_ONCE} -O {server.incoming or '.'}/theirs -d {' '.join(map(str, files))}"
    )
    lftp = program("lftp")
    assert lftp is not None
    subprocess.run([lftp, "-c", commands], check=True, env=environment(), timeout=300)


def measure(server: FtpServerUnderTest, title: str, uploads: Sequence[Upload]) -> bool:
    """Compare uploads on one server; returns whether each is as fast as it should be."""
    settings = server.settings(connections=FILES_AT_ONCE)
    (server.folder / "theirs").mkdir(exist_ok=True)
    (server.folder / "theirs").chmod(0o777)
    kept = True
    for files, peer, least_speed in uploads:
        processor = time.process_time()
        comparison = compare(
            partial(run_upload, FtpTransport(), settings, files, FILES_AT_ONCE, "ours/"),
            partial(peer, server, files),
            rounds=ROUNDS,
            warm_up=1,
            rest=REST_SECONDS,
        )
        processor = (time.process_time() - processor) / (ROUNDS + 1)
        named = (
            f"{title}, {len(files)} × {files[0].stat().st_size // MEGABYTE} MB against {peer.__name__.split('_')[-1]}"
        )
        kept &= report(named, comparison, least_speed=least_speed)
        rate = sum(file.stat().st_size for file in files) / MEGABYTE / comparison.ours
        print(f"  {rate:.0f} MB/s sent, {processor:.2f} s of processor time, {peak_memory()} MB of memory at most")
    return kept


def main() -> None:
    missing = [name for name in ("curl", "lftp", "vsftpd", "proftpd") if program(name) is None]
    if missing:
        sys.exit(f"needed, but not here: {', '.join(missing)} (make ftpd)")
    with tempfile.TemporaryDirectory(dir=fast_folder(10 * BIG)) as name:
        folder = Path(name)
        folder.chmod(0o711)
        big = [random_file(folder / "big.wav", BIG)]
        small = [random_file(folder / f"{number:03}.wav", MEGABYTE) for number in range(SMALL)]
        certificate = make_certificate(folder / "certificate")
        print(f"memory before: {peak_memory()} MB")
        large, little = (big, upload_with_curl, LEAST_BIG), (small, upload_with_lftp, LEAST_SMALL)
        kept = True
        for serve, title, trust, uploads in (
            (vsftpd, "FTP", None, [large, little]),
            # Debian's curl cannot send to vsftpd with TLS: the server answers 426, for curl does not end TLS in order.
            (vsftpd, "FTPS", certificate, [little]),
            (proftpd, "FTPS", certificate, [large, little]),
        ):
            with serve(made(folder / f"{title}-{serve.__name__}"), trust) as server:
                kept &= measure(server, f"{title} on {server.name}", uploads)
    if not kept:
        sys.exit(1)


def made(folder: Path) -> Path:
    """A folder that servers may pass through."""
    folder.mkdir(mode=0o711)
    return folder


if __name__ == "__main__":
    main()
