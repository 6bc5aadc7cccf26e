"""Sharing a whole number out by weight."""


def shares(total: int, weights: list[float], limits: list[int]) -> list[int]:
    """Whole numbers, each near its weight's part and at most its limit, whose sum is exactly `total`."""
    if total > sum(limits):
        raise ValueError(f"{total} do not fit into {sum(limits)}")
    factor = _factor(total, weights, limits)
    exact = [min(float(limit), weight * factor) for weight, limit in zip(weights, limits, strict=True)]
    whole = [int(part) for part in exact]
    by_fraction = sorted(range(len(whole)), key=lambda i: (whole[i] - exact[i], i))
    missing = total - sum(whole)
    while missing > 0:
        for i in by_fraction:
            if missing > 0 and whole[i] < limits[i]:
                whole[i] += 1
                missing -= 1
    return whole


def _factor(total: int, weights: list[float], limits: list[int]) -> float:
    """By bisection, the largest factor known not to share out more than `total`."""
    low, high = 0.0, max(limits) / min(weights)
    for _ in range(60):
        middle = (low + high) / 2
        if sum(min(limit, weight * middle) for weight, limit in zip(weights, limits, strict=True)) > total:
            high = middle
        else:
            low = middle
    return low
