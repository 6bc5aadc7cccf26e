"""Pushes that say only what has changed: Reflex's script lays them over a page's state by ours."""

from typing import Any

from reflex_base.plugins import Plugin

SCRIPT = "utils/state.js"
APPLIES = "export const applyDelta = (state, delta) => {\n"
OURS = 'import { patched } from "$/public/live/patch.js";\n'


class Patches(Plugin):
    """Have what comes pass `patched` on its way into a state."""

    def pre_compile(self, **context: Any) -> None:
        """Change the script before it is bundled."""
        context["add_modify_task"](SCRIPT, patching)


def patching(script: str) -> str:
    """The script with our call in it, once. Where there is no place for it, it is of a Reflex that we do not know."""
    if OURS in script:
        return script
    if script.count(APPLIES) != 1:
        raise RuntimeError(
            "No place for our patches was found in Reflex's script; has it changed how it takes a delta?"
        )
    ours = APPLIES.replace("delta)", "told)") + "  const delta = patched(state, told);\n"
    return OURS + script.replace(APPLIES, ours)
