// An appointment in the hand: by the pointer, by the keys, or chosen from the card's list. Where it may go, the server says.
import { clock, MOVABLE } from "./model.js";

export class Carry {
  requests = 0;
  hand = undefined;

  constructor(grid) {
    this.grid = grid;
  }

  begin(id, how) {
    const found = this.grid.model.find(id);
    if (!found || !MOVABLE.has(found.placed.status) || this.grid.pending.has(id)) return false;
    this.drop();
    const element = this.grid.elements.get(id);
    const key = element.closest(".lane").dataset.key;
    this.hand = { id, how, element, key, ...found, targets: undefined, target: undefined };
    this.grid.root.classList.add("carrying");
    element.classList.add("lifted");
    this.grid.tell("onPickUp", id);
    return true;
  }

  /** What is open for it. */
  light(reach) {
    const { hand, grid } = this;
    if (!hand || reach?.id !== hand.id) return;
    hand.targets = new Map();
    for (const [key, lane] of grid.columns) {
      const spans = reach.open[key] ?? [];
      if (!spans.length) continue;
      hand.targets.set(key, spans);
      lane.light(spans);
    }
    if (hand.how === "pointer") grid.pointer.aim();
    else if (hand.how === "keys") {
      const count = [...hand.targets.values()].reduce((sum, spans) => sum + spans.length, 0);
      grid.announce(grid.words.picked.replace("{patient}", hand.placed.patient).replace("{count}", count));
    }
  }

  /** The columns have changed: what is taken by now is not offered, and what has gone cannot be held. */
  check() {
    const { hand, grid } = this;
    if (!hand) return;
    const found = grid.model.find(hand.id);
    if (!found || !MOVABLE.has(found.placed.status)) {
      this.cancel();
      return grid.announce(grid.words.gone);
    }
    Object.assign(hand, found);
    hand.element = grid.elements.get(hand.id) ?? hand.element;
    hand.element.classList.add("lifted");
    grid.pointer.soon();
    if (hand.mark && !hand.mark.isConnected) hand.target = undefined;
    if (!hand.targets) return;
    for (const [key, spans] of hand.targets) {
      const lane = grid.columns.get(key);
      const taken = lane?.column.placed.filter(({ id, status }) => id !== hand.id && status !== "no_show" && status !== "completed") ?? [];
      const left = spans.filter(([start, end]) => !taken.some((each) => each.start < end && each.end > start));
      if (lane && (left.length !== spans.length || !lane.lit.childElementCount)) {
        hand.targets.set(key, left);
        lane.light(left);
      }
    }
  }

  /** Down there: at once on this screen, and then as the server says. In a place's column it stays with its doctor. */
  send(id, key, [start, end]) {
    const { grid } = this, found = grid.model.find(id);
    if (!found) return grid.announce(grid.words.gone);
    const { placed, column: own } = found, { column } = grid.columns.get(key);
    const from = grid.elements.get(id)?.closest(".lane")?.dataset.key ?? key;
    const request = ++this.requests, tells = document.getElementById("tells")?.checked ?? true;
    grid.set(id, { request, from, key, start, end, placed });
    grid.tell("onDrop", request, id, placed.version, column.doctor ?? own.doctor, column.day, start, tells, grid.kind, column.place ?? 0);
  }

  /** Whatever is in the hand is out of it. */
  drop() {
    const { hand, grid } = this;
    if (!hand) return;
    this.hand = undefined;
    cancelAnimationFrame(hand.frame);
    hand.ghost?.remove();
    hand.mark?.remove();
    hand.element.classList.remove("lifted");
    grid.root.classList.remove("carrying");
    for (const lane of grid.columns.values()) if (lane.lit.childElementCount) lane.light([]);
  }

  cancel() {
    this.grid.pointer.unpress();
    if (!this.hand) return;
    this.drop();
    this.grid.tell("onPutDown");
  }

  set() {
    const { grid } = this;
    // What has come and is not drawn yet counts: it may have gone out of the hand.
    grid.hurry();
    const { hand } = this;
    if (!hand?.target) return this.cancel();
    const { target } = hand;
    this.drop();
    this.send(hand.id, target.key, [target.start, target.end]);
    if (hand.how === "keys") grid.elements.get(hand.id)?.focus({ preventScroll: true });
  }

  /** Show where it would come down. */
  point(key, span) {
    const { hand, grid } = this;
    const target = span && { key, start: span[0], end: span[1] };
    if (target?.key === hand.target?.key && target?.start === hand.target?.start) return;
    const from = hand.target?.key;
    hand.target = target;
    hand.mark ??= Object.assign(document.createElement("p"), { className: "landing" });
    grid.pointer.say(target?.start ?? hand.placed.start);
    if (!target) return hand.mark.remove();
    grid.put(hand.mark, target.start, target.end).textContent = clock(target.start, grid.words);
    if (from !== key || !hand.mark.isConnected) grid.columns.get(key).lit.append(hand.mark);
  }
}
