"""How long doctors have practised, with which degrees, and what they ask."""

from random import Random

from cli.demo.branches import Branch

MD_YEARS, PHD_YEARS = 3, 9
"""Three more years after BAMS for the postgraduate degree; nobody in the demo has a doctorate before nine."""


def qualification(rng: Random, branch: Branch, years: int) -> str:
    """Degrees that someone `years` after BAMS can have."""
    if years < MD_YEARS or (not branch.needs_degree and rng.random() < 0.32):
        return "BAMS"
    if years >= PHD_YEARS and rng.random() < 0.14:
        return f"BAMS, {branch.degree}, PhD (Ayu)"
    return f"BAMS, {branch.degree}"


def years_in_practice(rng: Random, branch: Branch) -> int:
    """Most about ten; a surgeon has at least the years of the degree."""
    return max(MD_YEARS + 1 if branch.needs_degree else 1, int(rng.triangular(1, 42, 9)))


def fee(rng: Random, *, years: int, degrees: str, city_percent: int) -> int:
    """In paise, ₹300 to ₹1,500 in steps of ₹50: more for years, degrees and a dear city."""
    rupees = 280 + 17 * years + 110 * ("(Ayu)" in degrees) + 180 * ("PhD" in degrees)
    here = (rupees + rng.randrange(-60, 120)) * city_percent / 100
    return min(150_000, max(30_000, round(here / 50) * 5_000))
