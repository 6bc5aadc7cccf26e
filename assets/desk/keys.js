// The keys' way: from place to place, an appointment picked up, steered among its open times and set down.
import { CHECK_IN } from "./card.js";
import { clock } from "./model.js";

const STEPS = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

export class Keys {
  constructor(grid, signal) {
    this.grid = grid;
    const { body, carry } = grid;
    body.addEventListener("keydown", (event) => this.pressed(event), { signal });
    document.addEventListener("keydown", (event) => this.anywhere(event), { signal });
    body.addEventListener("focusout", ({ relatedTarget }) => {
      if (carry.hand?.how === "keys" && !body.contains(relatedTarget)) carry.cancel();
    }, { signal });
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { grid } = this, { carry } = grid, step = STEPS[event.key], place = event.target.closest(".placed, .free");
    if (carry.hand?.how === "keys") {
      if (step) this.steer(...step);
      else if (event.key === "Enter" || event.key === " ") carry.set();
      else if (event.key === "Escape") {
        carry.cancel();
        grid.announce(grid.words.back);
      } else return;
    } else if (!place) return;
    else if (step) this.wander(place, ...step);
    else if (event.key === "Enter" || event.key === " ") {
      if (place.matches(".free")) grid.pointer.book(place);
      else if (!carry.begin(place.dataset.id, "keys")) grid.card.open(place.dataset.id);
    } else if (place.matches(".free")) return;
    else if (event.key === CHECK_IN && !event.repeat) grid.card.checkIn(place.dataset.id);
    else if (event.key === "m" || event.key === "ContextMenu") grid.card.open(place.dataset.id);
    else return;
    event.preventDefault();
  }

  anywhere(event) {
    const { carry } = this.grid;
    if (event.key === "Escape" && carry.hand?.how === "pointer") carry.cancel();
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyping) return;
    event.preventDefault();
    this.grid.tell("onUndo");
  }

  /** Among what is open for it: up and down in a column, to the sides at about the same time. */
  steer(across, down) {
    const { grid } = this, { carry } = grid, { hand } = carry;
    if (!hand.targets) return;
    const { key, start } = hand.target ?? { key: hand.key, start: hand.placed.start };
    const keys = [...grid.columns.keys()].filter((each) => hand.targets.get(each)?.length || each === key);
    let there = key, spans = hand.targets.get(key) ?? [], span;
    if (across) {
      there = keys[keys.indexOf(key) + across];
      spans = hand.targets.get(there) ?? [];
      span = [...spans].sort((a, b) => Math.abs(a[0] - start) - Math.abs(b[0] - start))[0];
    } else span = down > 0 ? spans.find(([each]) => each > start) : spans.findLast(([each]) => each < start);
    if (!span) return grid.announce(grid.words.edge);
    carry.point(there, span);
    hand.mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    grid.announce(`${clock(span[0], grid.words)}, ${grid.title(grid.columns.get(there).column)}`);
  }

  wander(place, across, down) {
    const { grid } = this, lanes = [...grid.columns.values()], start = Number(place.dataset.start);
    const at = lanes.findIndex(({ element }) => element.contains(place));
    const places = ({ element }) => [...element.querySelectorAll(".placed, .free:not(.past)")].sort(
      (a, b) => a.dataset.start - b.dataset.start);
    let next;
    if (down) {
      const here = places(lanes[at]);
      next = here[here.indexOf(place) + down];
    } else
      for (let side = at + across; lanes[side] && !next; side += across)
        next = places(lanes[side]).sort((a, b) => Math.abs(a.dataset.start - start) - Math.abs(b.dataset.start - start))[0];
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
