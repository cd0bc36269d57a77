"""The generated parts of the documentation: `make docs` writes them, tests compare them."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from distro_core.identity.permissions import DESCRIPTIONS, ROLE_PERMISSIONS
from distro_core.settings import Settings
from tests.architecture.features import write_states
from tests.architecture.rules_page import RULES_PAGE, rules_page

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "docs" / "configuration.md"
PERMISSIONS_PAGE = ROOT / "docs" / "permissions.md"


def configuration_page() -> str:
    """Every setting with its default and meaning."""
    lines = [
        "# Configuration",
        "",
        "Settings are environment variables, or lines of a `.env` file in the working folder. `stardust-distro",
        "settings` shows those in force, with secrets masked. This page is written by `make docs`.",
        "",
        "| Setting | Default | Meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None or isinstance(default, SecretStr) else f"`{default}`"
        lines.append(f"| `DISTRO_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def permissions_page() -> str:
    """Every permission with its meaning and the roles that have it."""
    lines = [
        "# Permissions",
        "",
        "An operation of the API names the permission it needs in its description. Roles are fixed; an API key holds",
        "a chosen part of what its maker may do. This page is written by `make docs`.",
        "",
        "| Permission | Meaning | Roles |",
        "| --- | --- | --- |",
    ]
    for permission, meaning in DESCRIPTIONS.items():
        roles = ", ".join(str(role) for role, held in ROLE_PERMISSIONS.items() if permission in held)
        lines.append(f"| `{permission}` | {meaning} | {roles or 'none: who operates the platform'} |")
    lines += [
        "",
        "Plugins declare permissions of their own, such as `analytics_enhanced.read`, for the fields that they add to",
        "the API: see `register_permissions` in [hooks.md](hooks.md). Their names have a dot where the platform's have",
        "a colon. Admins have all of those of the tenant's plugins, the other roles those that the plugin gives them,",
        "and API keys those that they were given. They count for as long as the tenant has the plugin switched on.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every generated page."""
    CONFIGURATION.write_text(configuration_page(), "utf-8")
    PERMISSIONS_PAGE.write_text(permissions_page(), "utf-8")
    RULES_PAGE.write_text(rules_page(), "utf-8")
    write_states()


if __name__ == "__main__":
    main()
