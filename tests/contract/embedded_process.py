"""A process of the platform: joins the embedded servers of a data folder and stays until its input ends.

Run by test_embedded_servers.py with the data folder as its argument. Prints "ready URL URL" and, in the end, "left".
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from distro_core.embedded import embedded_services
from distro_core.settings import Settings


async def _stay(data_dir: Path) -> None:
    async with embedded_services(Settings.model_validate({"data_dir": data_dir})) as urls:
        sys.stdout.write(f"ready {urls.mongo_url} {urls.redis_url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write("left\n")


if __name__ == "__main__":
    asyncio.run(_stay(Path(sys.argv[1])))
