"""Uploading with HTTP PUT against `curl`, to the same server in the same run.

One file of 512 MB, and 200 files of 1 MB of which each sends four at once. Each measurement connects and uploads; ours
also asks the target's address once, as every session does. The files lie on the disk, as a catalogue's do, and have
been read before. The server is a process of its own that writes what comes into a folder in memory and keeps
connections open. Smaller, for a quick look: HTTP_UPLOAD_BIG_MB, HTTP_UPLOAD_SMALL,
HTTP_UPLOAD_ROUNDS. Needs curl.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.transfers import MEGABYTE, fast_folder, measure_upload, peak_memory, random_file, run_upload
from distro_plugins.http_api import HttpPutTransport, HttpSettings
from tests.exchange_servers import free_port, wait_for_port

LEAST_SPEED = 0.9
BIG = int(os.environ.get("HTTP_UPLOAD_BIG_MB", "512")) * MEGABYTE
SMALL = int(os.environ.get("HTTP_UPLOAD_SMALL", "200"))
ROUNDS = int(os.environ.get("HTTP_UPLOAD_ROUNDS", "7"))
SMALL_ROUNDS = 4 * ROUNDS  # a fifth of a second each: what else the machine does weighs more
FILES_AT_ONCE = 4


def serve(port: int, folder: Path) -> None:
    """Take files, for ever."""

    async def put(request: web.Request) -> web.Response:
        with (folder / request.match_info["name"]).open("wb") as file:
            async for block in request.content.iter_any():
                file.write(block)
        return web.Response(status=201)

    async def look(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.put("/{name}", put), web.head("/", look)])
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a server in a process of its own."""
    port = free_port()
    with subprocess.Popen([sys.executable, __file__, str(port), str(folder)]) as process:
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()


def upload_with_curl(address: str, files: list[Path]) -> None:
    """Send the same files with curl, four at once."""
    sent = [word for file in files for word in ("-T", str(file), f"{address}/theirs-{file.name}")]
    subprocess.run(
        ["curl", "-sS", "--fail", "--no-progress-meter", "-Z", "--parallel-max", str(FILES_AT_ONCE), *sent], check=True
    )


def main() -> None:
    if shutil.which("curl") is None:
        sys.exit("curl is needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as received, tempfile.TemporaryDirectory() as kept:
        big = [random_file(Path(kept) / "big.wav", BIG)]
        small = [random_file(Path(kept) / f"{number:03}.wav", MEGABYTE) for number in range(SMALL)]
        before = peak_memory()
        with serving(Path(received)) as port:
            address = f"http://127.0.0.1:{port}"
            known = {"address": address, "allow_plain": True, "authentication": "none"}
            settings = HttpSettings.model_validate(known)
            for title, files, rounds in (
                ("one large file", big, ROUNDS),
                (f"{SMALL} files of 1 MB", small, SMALL_ROUNDS),
            ):
                measure_upload(
                    f"HTTP PUT, {title}",
                    files,
                    ours=partial(run_upload, HttpPutTransport(), settings, files, FILES_AT_ONCE),
                    floor=partial(upload_with_curl, address, files),
                    rounds=rounds,
                    least_speed=LEAST_SPEED,
                )
        print(f"memory: {before} MB before, {peak_memory()} MB at most")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        main()
