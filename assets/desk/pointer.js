// The pointer's way with an appointment: pressed, lifted, carried along, let go; and what a click opens.
import { clock, MINUTE } from "./model.js";

const SLACK = 4, LONG_PRESS = 380, REACH = 40, EDGE = 48;

export class Pointer {
  constructor(grid, signal) {
    this.grid = grid;
    const { body, carry } = grid, on = (where, kind, act, more = {}) => where.addEventListener(kind, act, { signal, ...more });
    on(body, "pointerdown", (event) => this.press(event));
    on(window, "pointermove", (event) => this.move(event));
    on(window, "pointerup", (event) => this.release(event));
    on(window, "pointercancel", () => carry.cancel());
    on(window, "blur", () => carry.hand?.how === "pointer" && carry.cancel());
    on(body, "touchmove", (event) => carry.hand && event.preventDefault(), { passive: false });
    on(body, "dragstart", (event) => event.preventDefault());
    on(body, "click", (event) => this.click(event), { capture: true });
  }

  press(event) {
    const element = event.target.closest(".placed.movable");
    if (!element || event.button || !event.isPrimary || this.grid.carry.hand) return;
    this.pressed = { element, x: event.clientX, y: event.clientY, pointer: event.pointerId };
    if (event.pointerType !== "mouse") this.pressed.timer = setTimeout(() => this.lift(event.clientX, event.clientY), LONG_PRESS);
  }

  unpress() {
    clearTimeout(this.pressed?.timer);
    this.pressed = undefined;
  }

  move(event) {
    const { pressed } = this, { hand } = this.grid.carry;
    if (hand?.how === "pointer") {
      [hand.x, hand.y] = [event.clientX, event.clientY];
      return this.soon();
    }
    if (!pressed || event.pointerId !== pressed.pointer) return;
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < SLACK) return;
    // A finger that moves before it has rested scrolls.
    if (event.pointerType !== "mouse") return this.unpress();
    this.lift(event.clientX, event.clientY);
  }

  lift(x, y) {
    const { pressed, grid } = this, { carry } = grid;
    this.unpress();
    if (!pressed) return;
    // Read once, before anything changes: while it is carried nothing is measured again.
    const rect = pressed.element.getBoundingClientRect();
    const edges = [...grid.columns].map(([key, { element }]) => [key, element.offsetLeft, element.offsetLeft + element.offsetWidth]);
    const [sheet, top] = [grid.sheet.getBoundingClientRect(), grid.body.offsetTop];
    if (!carry.begin(pressed.element.dataset.id, "pointer")) return;
    const { hand } = carry;
    hand.ghost = pressed.element.cloneNode(true);
    hand.ghost.classList.replace("lifted", "ghost");
    hand.ghost.removeAttribute("tabindex");
    hand.ghost.setAttribute("aria-hidden", "true");
    hand.ghost.querySelector(".when") ?? hand.ghost.append(Object.assign(document.createElement("span"), { className: "when" }));
    Object.assign(hand.ghost.style, { margin: 0, top: 0, left: 0, width: `${rect.width}px`, height: `${rect.height}px` });
    grid.root.append(hand.ghost);
    Object.assign(hand, { x, y, grabX: pressed.x - rect.left, grabY: pressed.y - rect.top, edges, sheet, top });
    grid.announce(grid.words.lifted.replace("{patient}", hand.placed.patient));
    this.follow();
  }

  /** Which time it would have: what is carried lies over the place where that stands. */
  say(start) {
    const { hand } = this.grid.carry, when = hand.ghost?.querySelector(".when");
    if (when) when.textContent = clock(start, this.grid.words);
  }

  /** With the next frame; while it is held still none is asked for. */
  soon() {
    const { hand } = this.grid.carry;
    if (hand?.how !== "pointer") return;
    hand.frame ??= requestAnimationFrame(() => {
      hand.frame = undefined;
      if (this.grid.carry.hand === hand) this.follow();
    });
  }

  follow() {
    const { grid } = this, { hand } = grid.carry, { sheet } = hand;
    const pull = (at, from, to) => (at < from + EDGE ? at - from - EDGE : at > to - EDGE ? at - to + EDGE : 0) / 3;
    const [dx, dy] = [pull(hand.x, sheet.left, sheet.right), pull(hand.y, sheet.top, sheet.bottom)];
    if (dx || dy) {
      grid.sheet.scrollBy(dx, dy);
      this.soon();
    }
    this.aim();
    hand.ghost.style.transform = `translate3d(${hand.x - hand.grabX}px, ${hand.y - hand.grabY}px, 0)`;
  }

  aim() {
    const { grid } = this, { carry } = grid, { hand } = carry;
    const x = hand.x - hand.sheet.left + grid.sheet.scrollLeft;
    const minute = (hand.y - hand.grabY - hand.sheet.top + grid.sheet.scrollTop - hand.top) / MINUTE + grid.model.first;
    const key = hand.edges.find(([, left, right]) => x >= left && x < right)?.[0];
    const near = (hand.targets?.get(key) ?? []).map((span) => [Math.abs(span[0] - minute), span]).sort((a, b) => a[0] - b[0])[0];
    carry.point(key, near && near[0] <= REACH ? near[1] : undefined);
  }

  release(event) {
    const { pressed } = this, { carry } = this.grid;
    if (pressed && event.pointerId === pressed.pointer) this.unpress();
    if (carry.hand?.how !== "pointer") return;
    this.wasCarried = performance.now();
    carry.set();
  }

  /** The click that ends a drag opens nothing. */
  click(event) {
    if (this.wasCarried && performance.now() - this.wasCarried < 250) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const open = event.target.closest(".free"), placed = event.target.closest(".placed");
    if (open) this.book(open);
    else if (placed) this.grid.card.open(placed.dataset.id);
  }

  /** The sheet that books an open time. */
  book(open) {
    const sheet = document.getElementById("book-here"), form = sheet.querySelector("form"), { grid } = this;
    const { column } = grid.columns.get(open.closest(".lane").dataset.key), start = Number(open.dataset.start);
    form.reset();
    Object.entries({ doctor: column.doctor, day: column.day, minute: start }).forEach(([name, value]) => (form.elements[name].value = value));
    sheet.querySelector(".where").textContent = `${clock(start, grid.words)}, ${grid.title(column)}`;
    sheet.showModal();
    grid.edit(`${column.key}:${start}`, sheet);
  }
}
