"""How many releases and targets the inputs of deliveries may name."""

from __future__ import annotations

from distro_api.graphql.inputs import Bound
from distro_core.delivery.requests.bulk import MOST_JOBS
from distro_core.delivery.requests.creation import MAX_RELEASES
from distro_core.delivery.requests.distribution import MOST_TARGETS

RELEASES = Bound(MAX_RELEASES, "RELEASES_INVALID", "release")
"""Of one batch."""

TARGETS = Bound(MOST_TARGETS, "TARGETS_INVALID", "target")
"""Of one distribution."""

ITEMS = Bound(MOST_JOBS, "BULK_INVALID", "release")
"""Of one bulk distribution."""
