// The day's columns side by side: drawn once, and after that only what has changed in them.
import { forget } from "./breadth.js";
import { Card } from "./card.js";
import { Carry } from "./carry.js";
import { Keys } from "./keys.js";
import { Lane, make } from "./lane.js";
import { clock, MINUTE, Model } from "./model.js";
import { Pointer } from "./pointer.js";

export class Grid {
  kind = "doctor";
  breadth = 0;
  only = "";
  columns = new Map();
  elements = new Map();
  holders = new Map();
  pending = new Map();
  changed = new Set();

  constructor(root, words, tell) {
    Object.assign(this, { root, words, tell, model: new Model() });
    this.sheet = make("div", "scroll");
    this.heads = make("div", "heads");
    this.gutter = make("div", "gutter", { ariaHidden: "true" });
    this.body = make("div", "body");
    // What is lit lies above the columns in a layer of its own: they are not painted anew when something is picked up.
    this.veil = make("div", "veil", { ariaHidden: "true" });
    this.said = make("p", "sr", { role: "status", ariaLive: "assertive" });
    this.body.append(this.gutter);
    this.sheet.append(this.heads, this.body);
    root.style.setProperty("--minute", `${MINUTE}px`);
    root.append(this.sheet, this.said);
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.carry = new Carry(this);
    this.card = new Card(this, signal);
    this.pointer = new Pointer(this, signal);
    this.keys = new Keys(this, signal);
    this.body.addEventListener("focusin", ({ target }) => this.stand(target), { signal });
    this.ticking = setInterval(() => this.tick(), 10000);
    // How broad a column is, once it stands and whenever that changes: before it is painted.
    this.measuring = new ResizeObserver(([{ contentRect }]) => this.fit(contentRect.width));
    document.fonts.ready.then(() => {
      forget();
      this.fit(this.breadth);
    });
  }

  end() {
    this.ending.abort();
    cancelAnimationFrame(this.frame);
    clearInterval(this.ticking);
    this.measuring.disconnect();
    this.root.replaceChildren();
  }

  // What the page says.

  choose(kind, only) {
    [this.kind, this.only] = [kind, kind === "doctor" ? "" : only];
    if (this.model.stamp) this.draw();
  }

  open(whole) {
    const isOther = this.model.days?.[0]?.day !== whole.days[0].day || this.model.days.length !== whole.days.length;
    this.model.open(whole);
    this.isBehind = false;
    this.draw();
    if (isOther) this.scrollToNow();
    this.sweep();
    this.carry.check();
  }

  /** What has happened since; the list has what was taken before, too. */
  follow(steps) {
    for (const step of steps.slice(steps.lastIndexOf(this.taken) + 1)) {
      this.taken = step;
      if (this.isBehind || !this.model.stamp) continue;
      const changed = this.model.take(step);
      // One has been missed: all of it is asked for, once.
      if (!changed) this.tell("onMiss");
      this.isBehind = !changed;
      for (const key of changed ?? []) this.changed.add(key);
    }
    if (this.changed.size) this.frame ??= requestAnimationFrame(() => this.catchUp());
  }

  /** Once a frame, whatever came meanwhile; a page that is not seen is not drawn. */
  catchUp() {
    const { changed, model } = this, shown = model.shown(this.kind, this.only);
    this.frame = undefined;
    this.changed = new Set();
    const isSame = this.drawn === model.days && shown.length === this.columns.size && shown.every(({ key }) => this.columns.has(key));
    if (!isSame) this.draw();
    else for (const column of shown) if (column.sources.some((key) => changed.has(key))) this.columns.get(column.key).fill(column);
    this.sweep();
    this.carry.check();
    this.remain();
  }

  /** What waits for the next frame, at once. */
  hurry() {
    if (this.frame === undefined) return;
    cancelAnimationFrame(this.frame);
    this.catchUp();
  }

  meet(people = [], me = "") {
    const before = this.holders;
    this.holders = new Map(people.filter(({ id, holds }) => holds && id !== me).map(({ name, holds }) => [holds, name]));
    for (const id of new Set([...before.keys(), ...this.holders.keys()])) this.wear(id);
  }

  light(reach) {
    this.carry.light(reach);
    this.card.list(reach);
  }

  answer({ request, about, refused, said }) {
    const wish = this.pending.get(about);
    if (wish && wish.request === request) {
      if (refused) {
        this.pending.delete(about);
        this.return(about, wish);
      } else setTimeout(() => this.pending.get(about) === wish && this.settle(about), 4000);
    }
    this.announce(refused || said || "");
  }

  announce(sentence) {
    this.said.textContent = sentence;
  }

  // Drawing.

  draw() {
    const { model } = this, shown = model.shown(this.kind, this.only), focused = document.activeElement?.dataset?.id;
    this.root.style.setProperty("--columns", shown.length);
    this.root.style.setProperty("--minutes", model.last - model.first);
    this.root.classList.toggle("empty", !shown.length);
    this.root.dataset.days = model.days.length;
    this.drawn = model.days;
    this.elements.clear();
    this.gutter.replaceChildren(...this.hours());
    this.columns = new Map(shown.map((column) => [column.key, new Lane(this, column)]));
    // Filled before they are put in: then the browser looks at them once.
    for (const column of shown) this.columns.get(column.key).fill(column);
    const lanes = [...this.columns.values()];
    this.heads.replaceChildren(make("div", "corner"), ...lanes.map(({ head }) => head));
    this.body.replaceChildren(this.gutter, ...lanes.map(({ element }) => element), this.veil);
    this.veil.replaceChildren(...lanes.map(({ lit }) => lit));
    this.measuring.disconnect();
    if (lanes.length) this.measuring.observe(lanes[0].element);
    this.tick();
    if (focused) this.elements.get(focused)?.focus();
    this.remain();
  }

  fit(breadth) {
    if (!breadth) return;
    this.breadth = breadth;
    for (const lane of this.columns.values()) lane.refit();
  }

  hours() {
    const { first, last } = this.model, found = [];
    for (let minute = first; minute < last; minute += 60) {
      const label = make("span", "", { textContent: clock(minute, this.words).replace(":00", "") });
      label.style.top = `${(minute - first) * MINUTE}px`;
      found.push(label);
    }
    return found;
  }

  title(column) {
    return `${column.name}, ${this.model.dates.get(column.day) ?? column.day}`;
  }

  put(element, start, end) {
    element.style.top = `${(start - this.model.first) * MINUTE}px`;
    element.style.height = `${Math.max(end - start, 4) * MINUTE}px`;
    return element;
  }

  /** Its sheet is open until that is closed: the others see by whom. */
  edit(what, sheet) {
    this.tell("onEdit", what);
    sheet.addEventListener("close", () => this.tell("onPutDown"), { once: true, signal: this.ending.signal });
  }

  /** An appointment by its number, or an open time, `17:2026-12-01:600`. */
  place(what) {
    const [doctor, day, minute] = what.split(":");
    return minute === undefined ? this.elements.get(what) : this.columns.get(`${doctor}:${day}`)?.frees.get(Number(minute));
  }

  /** Whose hand it is in, for the others. */
  wear(what, element = this.place(what)) {
    const name = this.holders.get(what);
    if (!element || (!name && !element.classList.contains("in-hand"))) return;
    element.classList.toggle("in-hand", Boolean(name));
    element.ariaDescription = name ? this.words.inHand.replace("{name}", name) : null;
    let hand = element.querySelector(".hand");
    if (!name) return hand?.remove();
    if (!hand) element.append((hand = make("span", "hand")));
    hand.textContent = name;
  }

  tick() {
    for (const lane of this.columns.values()) lane.tick();
  }

  scrollToNow() {
    const { model, sheet } = this, lanes = [...this.columns.values()];
    const minute = lanes.some(({ column }) => column.day === model.today) ? model.now - 60 : model.first;
    sheet.scrollTop = Math.max(0, (minute - model.first) * MINUTE);
    // Of several days today's; where there is room for one column, the first in which somebody is.
    const today = model.days.length > 1 && lanes.find(({ column }) => column.day === model.today)?.element;
    const element = today || lanes.find(({ cards }) => cards.size)?.element;
    if (element && (today || element.offsetWidth * 2 > sheet.clientWidth)) sheet.scrollLeft = element.offsetLeft - this.gutter.offsetWidth;
  }

  /** The one place of the grid that the Tab key comes to. */
  stand(target) {
    const place = target?.closest?.(".placed, .free");
    if (!place || place === this.standing) return;
    if (this.standing) this.standing.tabIndex = -1;
    place.tabIndex = 0;
    this.standing = place;
  }

  /** Where that has gone, it is the first. */
  remain() {
    if (!this.standing?.isConnected) this.stand(this.body.querySelector(".placed, .free"));
  }

  // What was set down, until the server has said so.

  /** Show it there at once. */
  set(id, wish) {
    this.pending.set(id, wish);
    this.refill(wish.from, wish.key);
  }

  /** What the pushed columns say by now is no longer ours to show. */
  sweep() {
    for (const [id, { placed }] of [...this.pending]) if (this.model.find(id)?.placed.version !== placed.version) this.settle(id);
  }

  settle(id) {
    const wish = this.pending.get(id);
    if (!wish) return;
    const isFocused = document.activeElement === this.elements.get(id);
    this.pending.delete(id);
    this.refill(wish.from, wish.key);
    if (!isFocused) return;
    // The same visit goes on under another number.
    const there = this.columns.get(wish.key)?.column.placed.find(
      ({ start, patientId }) => start === wish.start && patientId === wish.placed.patientId);
    this.elements.get(there?.id ?? id)?.focus({ preventScroll: true });
  }

  refill(...keys) {
    for (const column of this.model.shown(this.kind, this.only)) if (keys.includes(column.key)) this.columns.get(column.key)?.fill(column);
  }

  /** Back to where it was, so that the eye can follow. */
  return(id, wish) {
    const before = this.elements.get(id)?.getBoundingClientRect();
    this.refill(wish.from, wish.key);
    const element = this.elements.get(id);
    if (!element) return;
    const after = element.getBoundingClientRect();
    if (before && !matchMedia("(prefers-reduced-motion: reduce)").matches)
      element.animate([{ transform: `translate(${before.left - after.left}px, ${before.top - after.top}px)` }, { transform: "none" }],
        { duration: 320, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" });
    element.classList.add("refused");
    setTimeout(() => element.classList.remove("refused"), 1600);
    element.focus({ preventScroll: true });
  }
}
