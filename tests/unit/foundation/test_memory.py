"""A worker gives back what it no longer uses."""

from __future__ import annotations

import platform

import pytest

from distro_core.memory import bound_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another than glibc")
def test_glibc_takes_the_bounds() -> None:
    assert bound_memory()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))

    assert not bound_memory()
