"""The SDK's public API is stated, and nothing leaves it without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from importlib import import_module

import pytest
from packaging.version import Version

from distro_sdk import __version__
from distro_sdk.deprecations import DEPRECATIONS, Deprecation, deprecated_names
from tests.architecture.public_api import PAGE, ROOT, public_api

KNOWN = {"owls.Owl": Deprecation("0.1.0", "0.3.0", "distro_sdk.errors.DomainError")}
CHANGELOG = ROOT / "sdk" / "CHANGELOG.md"


@pytest.mark.proves("SDK-04")
def test_the_public_api_is_what_the_list_says() -> None:
    listed = PAGE.read_text("utf-8").split()
    gone = sorted(set(listed) - set(public_api()) - DEPRECATIONS.keys())

    assert gone == [], "what was public is deprecated before it leaves"
    assert sorted(set(public_api()) - set(listed)) == [], "run python -m tests.architecture.public_api"


@pytest.mark.proves("SDK-04")
def test_every_public_name_can_be_imported() -> None:
    for full in PAGE.read_text("utf-8").split():
        home, _, name = full.rpartition(".")
        assert hasattr(import_module(home), name), full


def test_a_deprecated_name_works_and_warns_once_with_the_version_in_which_it_leaves() -> None:
    look_up = deprecated_names("owls", KNOWN)

    with pytest.warns(DeprecationWarning, match="leaves with") as warned:
        found = look_up("Owl")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = look_up("Owl")

    assert found is again is import_module("distro_sdk.errors").DomainError
    (warning,) = warned
    assert str(warning.message) == (
        "owls.Owl is deprecated since 0.1.0 and leaves with 0.3.0: use distro_sdk.errors.DomainError"
    )
    assert warning.filename == __file__
    with pytest.raises(AttributeError, match="module 'owls' has no attribute 'Lark'"):
        look_up("Lark")


def test_the_package_itself_looks_up_what_is_deprecated() -> None:
    code = (
        "import distro_sdk, distro_sdk.deprecations as d;"
        "d.DEPRECATIONS['distro_sdk.Refusal'] = d.Deprecation('0.1.0', '0.3.0', 'distro_sdk.errors.DomainError');"
        "print(distro_sdk.Refusal.__name__)"
    )
    run = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "DomainError"
    assert "distro_sdk.Refusal is deprecated since 0.1.0 and leaves with 0.3.0" in run.stderr


def test_what_is_deprecated_stays_for_a_minor_version_and_stands_in_the_changelog() -> None:
    text = CHANGELOG.read_text("utf-8")
    for full, deprecation in DEPRECATIONS.items():
        since, leaves = Version(deprecation.since), Version(deprecation.leaves)
        assert (leaves.major, leaves.minor) > (since.major, since.minor), full
        assert Version(__version__) < leaves, f"{full} leaves with this version: take it out"
        assert full in text

    assert bool(DEPRECATIONS) is not ("Deprecated now: nothing." in text)


def test_the_changelog_begins_with_this_version() -> None:
    found = re.search(r"^## (\S+)", CHANGELOG.read_text("utf-8"), re.MULTILINE)

    assert found is not None
    assert found.group(1) == __version__
