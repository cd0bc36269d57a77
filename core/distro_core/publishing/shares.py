"""Parts of a whole that add up to it exactly."""

from __future__ import annotations

from collections.abc import Sequence


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount by weights, by the largest remainder (Hamilton's method).

    `amount`: minor units, 0 or more; `weights`: 0 or more each, not all 0. Each part is its exact share rounded down or
    up; what rounding down leaves goes, one unit each, to the largest remainders, the first of equal ones. So the parts
    add up to the amount, and no part exceeds its weight where the amount does not exceed the sum of the weights.
    Raises ValueError.
    """
    total = sum(weights)
    if amount < 0 or total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("an amount is divided by weights, none of which is negative and not all of which are 0")
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts
