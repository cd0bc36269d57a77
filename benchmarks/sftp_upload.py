"""Uploading over SFTP against OpenSSH's own `sftp`, on the same sshd in the same run.

One file of 512 MB, and 200 files of 1 MB of which ours sends four at once through one session, as the delivery engine
does. Each measurement connects, signs in and uploads. The peer runs with its own defaults; a third line compares with
the cipher that ours asks for, and is printed for information. Needs openssh-server and openssh-client.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare, judge
from benchmarks.transfers import MEGABYTE, fast_folder, peak_memory, random_file, run_upload
from distro_plugins.sftp import SftpSettings, SftpTransport
from tests.exchange_servers import OpenSsh, has_openssh, openssh

LEAST_SPEED_BIG = 0.95
LEAST_SPEED_SMALL = 1.0
ROUNDS = 11
BIG = 512 * MEGABYTE
SMALL = 200
FILES_AT_ONCE = 4


def upload_with_openssh(server: OpenSsh, files: list[Path], *options: str) -> None:
    """Send the same files with the program `sftp`."""
    commands = "".join(f"put {file} {server.directory}/theirs/{file.name}\n" for file in files)
    subprocess.run(
        [
            *("sftp", "-q", "-b", "-", "-P", str(server.port), "-i", str(server.folder / "user_key"), *options),
            *("-o", f"UserKnownHostsFile={server.folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"),
            f"{server.user}@127.0.0.1",
        ],
        input=commands,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def main() -> None:
    if not has_openssh():
        sys.exit("openssh-server is needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name, openssh(Path(name) / "sshd") as server:
        (server.folder / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        (server.directory / "theirs").mkdir()
        big = [random_file(Path(name) / "big.wav", BIG)]
        small = [random_file(Path(name) / f"{number:03}.wav", MEGABYTE) for number in range(SMALL)]
        settings = SftpSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": server.port,
                "username": server.user,
                "private_key": server.private_key,
                "host_key": server.host_key,
                "directory": str(server.directory),
            }
        )
        before = peak_memory()
        cases = (("one file of 512 MB", big, LEAST_SPEED_BIG), (f"{SMALL} files of 1 MB", small, LEAST_SPEED_SMALL))
        for title, files, least in cases:
            comparison = compare(
                partial(run_upload, SftpTransport(), settings, files, FILES_AT_ONCE, "ours/"),
                partial(upload_with_openssh, server, files),
                rounds=ROUNDS,
                warm_up=1,
            )
            judge(f"SFTP, {title}", comparison, least_speed=least)
            print(f"{sum(file.stat().st_size for file in files) / MEGABYTE / comparison.ours:.0f} MB/s sent")
        print(f"memory: {before} MB before, {peak_memory()} MB at most")
        same_cipher = compare(
            partial(run_upload, SftpTransport(), settings, big, FILES_AT_ONCE, "ours/"),
            lambda: upload_with_openssh(server, big, "-c", "aes128-gcm@openssh.com"),
            rounds=ROUNDS,
            warm_up=0,
        )
        judge("SFTP, one file of 512 MB, both with AES-GCM", same_cipher)


if __name__ == "__main__":
    main()
