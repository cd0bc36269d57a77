"""A plan that no validation has seen, and that no XML can tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.errors import DomainErrors
from tests.catalogue_examples import example_order, example_release


def test_a_time_that_is_no_number_is_refused_and_not_written() -> None:
    plan = plan_message(example_release(), example_order())
    endless = plan.release.model_copy(update={"duration": Decimal("NaN")})

    with pytest.raises(DomainErrors) as refused:
        Ern43Builder().build(plan.model_copy(update={"release": endless}))

    assert [(fault.code, fault.path) for fault in refused.value.errors] == [("MESSAGE_UNWRITABLE", ())]
    assert Ern43Builder().build(plan).startswith(b"<?xml")
