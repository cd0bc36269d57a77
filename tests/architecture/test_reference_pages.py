"""The generated pages say what the code says."""

from __future__ import annotations

from tests.architecture.reference_pages import CONFIGURATION, PERMISSIONS_PAGE, configuration_page, permissions_page
from tests.architecture.rules_page import RULES_PAGE, rules_page


def test_every_setting_is_documented() -> None:
    assert CONFIGURATION.read_text("utf-8") == configuration_page(), "run `make docs`"


def test_every_permission_is_documented() -> None:
    assert PERMISSIONS_PAGE.read_text("utf-8") == permissions_page(), "run `make docs`"


def test_every_business_rule_is_documented() -> None:
    assert RULES_PAGE.read_text("utf-8") == rules_page(), "run `make docs`"
