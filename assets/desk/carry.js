// An appointment in the hand: by the pointer, by the keys, or chosen from the card's list. Where it may go, the server says.
import { clock, MOVABLE } from "./model.js";

const SLACK = 4, LONG_PRESS = 380, REACH = 40, EDGE = 48;
const STEPS = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

export class Carry {
  requests = 0;
  hand = undefined;

  constructor(grid, signal) {
    this.grid = grid;
    const { body } = grid, on = (where, kind, act, more = {}) => where.addEventListener(kind, act, { signal, ...more });
    on(body, "pointerdown", (event) => this.press(event));
    on(window, "pointermove", (event) => this.move(event));
    on(window, "pointerup", (event) => this.release(event));
    on(window, "pointercancel", () => this.cancel());
    on(window, "blur", () => this.hand?.how === "pointer" && this.cancel());
    on(body, "touchmove", (event) => this.hand && event.preventDefault(), { passive: false });
    on(body, "dragstart", (event) => event.preventDefault());
    on(body, "keydown", (event) => this.key(event));
    on(document, "keydown", (event) => this.anywhere(event));
    on(body, "click", (event) => this.click(event), { capture: true });
    on(body, "focusout", ({ relatedTarget }) => {
      if (this.hand?.how === "keys" && !body.contains(relatedTarget)) this.cancel();
    });
  }

  // In the hand.

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
    for (const [key, part] of grid.columns) {
      const spans = this.spans(reach.open, part.column, hand);
      if (!spans.length) continue;
      hand.targets.set(key, spans);
      part.lit.replaceChildren(...spans.map(([start, end]) => grid.put(document.createElement("i"), start, end)));
      part.element.classList.add("reached");
    }
    if (hand.how === "pointer") this.aim();
    else if (hand.how === "keys") {
      const count = [...hand.targets.values()].reduce((sum, spans) => sum + spans.length, 0);
      grid.announce(grid.words.picked.replace("{patient}", hand.placed.patient).replace("{count}", count));
    }
  }

  /** In a doctor's column his own times; where the columns are places, those of the doctor that it is with, in its place. */
  spans(open, column, { placed, column: own }) {
    const { kind } = this.grid;
    if (kind === "doctor") return open[column.key] ?? [];
    return column.key.startsWith(`${kind}${placed[kind]}:`) ? open[`${own.doctor}:${column.day}`] ?? [] : [];
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
    if (!hand.targets) return;
    for (const [key, spans] of hand.targets) {
      const part = grid.columns.get(key);
      const taken = part?.column.placed.filter(({ id, status }) => id !== hand.id && status !== "no_show" && status !== "completed") ?? [];
      const left = spans.filter(([start, end]) => !taken.some((each) => each.start < end && each.end > start));
      if (part && (left.length !== spans.length || !part.lit.childElementCount)) {
        hand.targets.set(key, left);
        part.lit.replaceChildren(...left.map(([start, end]) => grid.put(document.createElement("i"), start, end)));
      }
    }
  }

  /** Down there: at once on this screen, and then as the server says. */
  send(id, key, start, end, placed, doctor) {
    const { grid } = this, day = key.slice(key.indexOf(":") + 1);
    const from = grid.elements.get(id)?.closest(".lane")?.dataset.key ?? key;
    const request = ++this.requests, tells = document.getElementById("tells")?.checked ?? true;
    grid.set(id, { request, from, key, start, end, placed });
    grid.tell("onDrop", request, id, placed.version, doctor, day, start, tells);
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
    grid.root.classList.remove("carrying", "aiming");
    for (const part of grid.columns.values()) {
      part.lit.replaceChildren();
      part.element.classList.remove("reached");
    }
  }

  cancel() {
    this.unpress();
    if (!this.hand) return;
    this.drop();
    this.grid.tell("onPutDown");
  }

  set() {
    const { hand, grid } = this, { target } = hand;
    if (!target) return this.cancel();
    const doctor = grid.columns.get(target.key).column.doctor ?? hand.column.doctor;
    this.drop();
    this.send(hand.id, target.key, target.start, target.end, hand.placed, doctor);
    if (hand.how === "keys") grid.elements.get(hand.id)?.focus({ preventScroll: true });
  }

  /** Show where it would come down. */
  point(key, span) {
    const { hand, grid } = this;
    const target = span && { key, start: span[0], end: span[1] };
    if (target?.key === hand.target?.key && target?.start === hand.target?.start) return false;
    hand.target = target;
    hand.mark ??= Object.assign(document.createElement("p"), { className: "landing" });
    if (!target) return hand.mark.remove(), true;
    grid.put(hand.mark, target.start, target.end).textContent = clock(target.start, grid.words);
    grid.columns.get(key).list.append(hand.mark);
    return true;
  }

  // By the pointer.

  press(event) {
    const element = event.target.closest(".placed.movable");
    if (!element || event.button || !event.isPrimary || this.hand) return;
    this.pressed = { element, x: event.clientX, y: event.clientY, pointer: event.pointerId };
    if (event.pointerType !== "mouse") this.pressed.timer = setTimeout(() => this.lift(event.clientX, event.clientY), LONG_PRESS);
  }

  unpress() {
    clearTimeout(this.pressed?.timer);
    this.pressed = undefined;
  }

  move(event) {
    const { pressed, hand } = this;
    if (hand?.how === "pointer") {
      [hand.x, hand.y] = [event.clientX, event.clientY];
      return;
    }
    if (!pressed || event.pointerId !== pressed.pointer) return;
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < SLACK) return;
    // A finger that moves before it has rested scrolls.
    if (event.pointerType !== "mouse") return this.unpress();
    this.lift(event.clientX, event.clientY);
  }

  lift(x, y) {
    const { pressed, grid } = this;
    this.unpress();
    if (!pressed || !this.begin(pressed.element.dataset.id, "pointer")) return;
    const { hand } = this, rect = pressed.element.getBoundingClientRect();
    hand.ghost = pressed.element.cloneNode(true);
    hand.ghost.className += " ghost";
    hand.ghost.removeAttribute("tabindex");
    hand.ghost.setAttribute("aria-hidden", "true");
    Object.assign(hand.ghost.style, { top: 0, left: 0, width: `${rect.width}px`, height: `${rect.height}px` });
    grid.root.append(hand.ghost);
    Object.assign(hand, { x, y, grabX: pressed.x - rect.left, grabY: pressed.y - rect.top });
    // Read once: while it is carried nothing is measured again.
    hand.scale = grid.scale;
    hand.sheet = grid.sheet.getBoundingClientRect();
    hand.top = grid.body.offsetTop;
    hand.edges = [...grid.columns].map(([key, { element }]) => [key, element.offsetLeft, element.offsetLeft + element.offsetWidth]);
    grid.announce(grid.words.lifted.replace("{patient}", hand.placed.patient));
    const frame = () => {
      if (this.hand !== hand) return;
      this.follow();
      hand.frame = requestAnimationFrame(frame);
    };
    frame();
  }

  follow() {
    const { hand, grid } = this, { sheet } = hand;
    hand.ghost.style.transform = `translate3d(${hand.x - hand.grabX}px, ${hand.y - hand.grabY}px, 0)`;
    const pull = (at, from, to) => (at < from + EDGE ? at - from - EDGE : at > to - EDGE ? at - to + EDGE : 0) / 3;
    const [dx, dy] = [pull(hand.x, sheet.left, sheet.right), pull(hand.y, sheet.top, sheet.bottom)];
    if (dx || dy) grid.sheet.scrollBy(dx, dy);
    this.aim();
  }

  aim() {
    const { hand, grid } = this;
    const x = hand.x - hand.sheet.left + grid.sheet.scrollLeft;
    const minute = (hand.y - hand.grabY - hand.sheet.top + grid.sheet.scrollTop - hand.top) / hand.scale + grid.model.first;
    const key = hand.edges.find(([, left, right]) => x >= left && x < right)?.[0];
    const near = (hand.targets?.get(key) ?? []).map((span) => [Math.abs(span[0] - minute), span]).sort((a, b) => a[0] - b[0])[0];
    this.point(key, near && near[0] <= REACH ? near[1] : undefined);
    grid.root.classList.toggle("aiming", Boolean(hand.target));
  }

  release(event) {
    const { hand, pressed } = this;
    if (pressed && event.pointerId === pressed.pointer) this.unpress();
    if (hand?.how !== "pointer") return;
    this.wasCarried = performance.now();
    this.set();
  }

  /** The click that ends a drag opens nothing. */
  click(event) {
    if (this.wasCarried && performance.now() - this.wasCarried < 250) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const open = event.target.closest(".free"), placed = event.target.closest(".placed");
    if (open) {
      this.book(this.grid.columns.get(open.dataset.key).column, Number(open.dataset.start));
    } else if (placed && event.detail) this.grid.card.open(placed.dataset.id);
  }

  /** The sheet that books an open time. */
  book(column, start) {
    const sheet = document.getElementById("book-here"), form = sheet.querySelector("form"), { grid } = this;
    form.reset();
    Object.entries({ doctor: column.doctor, day: column.day, minute: start }).forEach(([name, value]) => (form.elements[name].value = value));
    sheet.querySelector(".where").textContent = `${clock(start, grid.words)}, ${grid.title(column)}`;
    sheet.showModal();
  }

  // By the keys.

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { hand } = this, step = STEPS[event.key], place = event.target.closest(".placed, .free");
    if (hand?.how === "keys") {
      if (step) this.steer(...step);
      else if (event.key === "Enter" || event.key === " ") this.set();
      else if (event.key === "Escape") {
        this.cancel();
        this.grid.announce(this.grid.words.back);
      } else return;
    } else if (!place) return;
    else if (step) this.wander(place, ...step);
    else if (place.matches(".free")) return;
    else if (event.key === "Enter" || event.key === " ") {
      if (!this.begin(place.dataset.id, "keys")) this.grid.card.open(place.dataset.id);
    } else if (event.key === "m" || event.key === "ContextMenu") this.grid.card.open(place.dataset.id);
    else return;
    event.preventDefault();
  }

  anywhere(event) {
    if (event.key === "Escape" && this.hand?.how === "pointer") this.cancel();
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyping) return;
    event.preventDefault();
    this.grid.tell("onUndo");
  }

  /** Among what is open for it: up and down in a column, to the sides at about the same time. */
  steer(across, down) {
    const { hand, grid } = this;
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
    this.point(there, span);
    hand.mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    grid.announce(`${clock(span[0], grid.words)}, ${grid.title(grid.columns.get(there).column)}`);
  }

  wander(place, across, down) {
    const { grid } = this, parts = [...grid.columns.values()], start = Number(place.dataset.start);
    const at = parts.findIndex(({ element }) => element.contains(place));
    const places = (part) => [...part.element.querySelectorAll(".placed, .free:not([hidden])")].sort(
      (a, b) => a.dataset.start - b.dataset.start);
    let next;
    if (down) {
      const here = places(parts[at]);
      next = here[here.indexOf(place) + down];
    } else
      for (let side = at + across; parts[side] && !next; side += across)
        next = places(parts[side]).sort((a, b) => Math.abs(a.dataset.start - start) - Math.abs(b.dataset.start - start))[0];
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
