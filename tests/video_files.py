"""Small real videos, made by ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc=duration=2:size=320x240:rate=25")
SOUND = ("-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000")


def make_video(
    path: Path, *, sound: bool = True, codec: str = "libx264", pixels: str = "yuv420p", sample_rate: int = 48_000
) -> Path:
    """A video of two seconds, 320 by 240 pixels at 25 pictures a second; the extension chooses the container."""
    inputs = (*PICTURE, *(SOUND if sound else ()))
    audio = ("-c:a", "aac", "-ar", str(sample_rate), "-shortest") if sound else ()
    _run(*inputs, "-c:v", codec, "-pix_fmt", pixels, *audio, str(path))
    return path


def make_sound(path: Path) -> Path:
    """Two seconds of sound without a picture."""
    _run(*SOUND, "-c:a", "aac", str(path))
    return path


def _run(*arguments: str) -> None:
    subprocess.run((imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments), check=True)
