"""What a video file is, read from its streams."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from distro_core.assets.description import describe_file
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind, VideoFormat, VideoProperties
from tests.video_files import make_video


def test_a_video_is_described_by_its_streams(tmp_path: Path) -> None:
    asset = describe_file(make_video(tmp_path / "clip.mp4"), AssetKind.VIDEO)

    assert asset.kind is AssetKind.VIDEO
    assert asset.extension == "mp4"
    assert asset.video is not None
    assert asset.video == VideoProperties(
        format=VideoFormat.MP4,
        video_codec="H264",
        duration=Decimal(2),
        width=320,
        height=240,
        frame_rate=Decimal("25.000"),
        bit_rate=asset.video.bit_rate,
        audio_codec="AAC",
        channels=1,
        sample_rate=48_000,
    )


def test_a_silent_quicktime_video_has_no_sound(tmp_path: Path) -> None:
    asset = describe_file(make_video(tmp_path / "clip.mov", sound=False))

    assert asset.video is not None
    assert asset.video.format is VideoFormat.MOV
    assert asset.video.audio_codec is None
    assert asset.video.channels is None


def test_a_video_whose_end_is_missing_is_refused(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "clip.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[:-2_000])

    with pytest.raises(DomainError) as refused:
        describe_file(cut)

    assert refused.value.code == "FILE_TRUNCATED"


def test_prores_is_told_with_its_profile(tmp_path: Path) -> None:
    asset = describe_file(make_video(tmp_path / "clip.mov", sound=False, codec="prores_ks", pixels="yuv422p10le"))

    assert asset.video is not None
    assert asset.video.video_codec == "ProRes 422 HQ"


def test_a_codec_that_no_platform_takes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        describe_file(make_video(tmp_path / "clip.mov", sound=False, codec="mjpeg"))

    assert refused.value.code == "VIDEO_CODEC_UNSUPPORTED"


def test_sound_that_no_platform_could_play_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        describe_file(make_video(tmp_path / "clip.mp4", sample_rate=7_350))

    assert refused.value.code == "VIDEO_UNSUPPORTED"


def test_sound_in_a_video_container_is_no_video(tmp_path: Path) -> None:
    import subprocess

    import imageio_ffmpeg

    sound = tmp_path / "sound.mp4"
    source = ("-f", "lavfi", "-i", "sine=duration=1:sample_rate=48000")
    subprocess.run(
        (imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *source, "-c:a", "aac", str(sound)), check=True
    )

    with pytest.raises(DomainError) as refused:
        describe_file(sound, AssetKind.VIDEO)

    assert refused.value.code == "VIDEO_STREAM_MISSING"


def test_a_picture_that_calls_itself_a_video_is_refused(tmp_path: Path) -> None:
    impostor = tmp_path / "clip.mp4"
    impostor.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    with pytest.raises(DomainError) as refused:
        describe_file(impostor, AssetKind.VIDEO)

    assert refused.value.code == "KIND_MISMATCH"
