"""Ways in which HTTP fails that are this plugin's own; `distro_sdk.http_targets.failures` has the others."""

from __future__ import annotations

from distro_sdk.errors import ErrorCategory
from distro_sdk.network_failures import Verdict

TOKEN_REFUSED = Verdict(ErrorCategory.AUTH_INVALID, "TOKEN_REFUSED", retryable=False)
WRONG_HASH = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", retryable=True)
NAMES_CLASH = Verdict(ErrorCategory.METADATA_INVALID, "PACKAGE_NAMES_CLASH", retryable=False)
