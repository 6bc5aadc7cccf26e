// The day's columns: drawn once, and after that only what has changed in them.
import { Card } from "./card.js";
import { Carry } from "./carry.js";
import { clock, lanes, Model, MOVABLE } from "./model.js";

const make = (tag, className, more = {}) => Object.assign(document.createElement(tag), { className, ...more });

export class Grid {
  kind = "doctor";
  only = "";
  columns = new Map();
  elements = new Map();
  holders = new Map();
  pending = new Map();

  constructor(root, words, tell) {
    Object.assign(this, { root, words, tell, model: new Model() });
    this.sheet = make("div", "scroll");
    this.heads = make("div", "heads");
    this.gutter = make("div", "gutter", { ariaHidden: "true" });
    this.body = make("div", "body");
    this.said = make("p", "sr", { role: "status", ariaLive: "assertive" });
    this.body.append(this.gutter);
    this.sheet.append(this.heads, this.body);
    root.append(this.sheet, this.said);
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.carry = new Carry(this, signal);
    this.card = new Card(this, signal);
    this.body.addEventListener("focusin", ({ target }) => this.stand(target), { signal });
    this.ticking = setInterval(() => this.tick(), 10000);
  }

  end() {
    this.ending.abort();
    clearInterval(this.ticking);
    this.root.replaceChildren();
  }

  // What the page says.

  choose(kind, only) {
    [this.kind, this.only] = [kind, kind === "doctor" ? "" : only];
    if (this.model.version >= 0) this.draw();
  }

  open(whole) {
    const isOther = this.model.days?.[0]?.day !== whole.days[0].day || this.model.days.length !== whole.days.length;
    this.model.open(whole);
    this.draw();
    if (isOther) this.scrollToNow();
    this.sweep();
    this.carry.check();
  }

  merge(change) {
    const changed = this.model.merge(change);
    if (!changed) return this.tell("onMiss");
    const shown = this.model.shown(this.kind, this.only);
    const isSame = shown.length === this.columns.size && shown.every(({ key }) => this.columns.has(key));
    if (!isSame) this.draw();
    else for (const column of shown) if (column.sources.some((key) => changed.has(key))) this.fill(column);
    this.sweep();
    this.carry.check();
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
      } else {
        wish.isDone = true;
        setTimeout(() => this.pending.get(about) === wish && this.settle(about), 4000);
      }
    }
    this.announce(refused || said || "");
  }

  announce(sentence) {
    this.said.textContent = sentence;
  }

  // Drawing.

  get scale() {
    return parseFloat(getComputedStyle(this.root).getPropertyValue("--minute")) || 1.7;
  }

  draw() {
    const { model } = this, shown = model.shown(this.kind, this.only), focused = document.activeElement?.dataset?.id;
    this.root.style.setProperty("--columns", shown.length);
    this.root.style.setProperty("--minutes", model.last - model.first);
    this.root.classList.toggle("empty", !shown.length);
    this.root.dataset.days = model.days.length;
    this.elements.clear();
    this.columns.clear();
    this.gutter.replaceChildren(...this.hours());
    this.heads.replaceChildren(make("div", "corner"));
    this.body.replaceChildren(this.gutter);
    for (const column of shown) {
      const part = { head: this.head(column), element: make("div", "lane"), placed: new Map() };
      part.element.setAttribute("role", "group");
      part.element.setAttribute("aria-label", this.title(column));
      part.element.dataset.key = column.key;
      part.element.classList.toggle("today", column.day === model.today);
      part.grounds = make("div", "grounds", { ariaHidden: "true" });
      part.opens = make("div", "opens");
      part.lit = make("div", "lit", { ariaHidden: "true" });
      part.list = make("div", "list");
      part.present = make("i", "present", { hidden: true });
      part.element.append(part.grounds, part.opens, part.lit, part.list, part.present);
      this.columns.set(column.key, part);
      this.heads.append(part.head);
      this.body.append(part.element);
      this.fill(column);
    }
    this.tick();
    if (focused) this.elements.get(focused)?.focus();
    if (!this.body.querySelector("[tabindex='0']")) this.stand(this.body.querySelector(".placed, .free"));
  }

  hours() {
    const { first, last } = this.model, found = [];
    for (let minute = first; minute < last; minute += 60) {
      const label = make("span", "", { textContent: clock(minute, this.words).replace(":00", "") });
      label.style.top = this.top(minute);
      found.push(label);
    }
    return found;
  }

  head(column) {
    const head = make("div", "lane-head");
    head.classList.toggle("today", column.day === this.model.today && this.model.days.length > 1);
    const name = column.doctor
      ? make("a", "", { href: `${this.words.day}?doctor=${column.doctor}&day=${column.day}`, textContent: column.name })
      : make("strong", "", { textContent: column.name });
    head.append(name, make("small", ""));
    return head;
  }

  title(column) {
    return `${column.name}, ${this.model.dates.get(column.day) ?? column.day}`;
  }

  top(minute) {
    return `calc(${minute - this.model.first} * var(--minute))`;
  }

  put(element, start, end) {
    element.style.top = this.top(start);
    element.style.height = `calc(${Math.max(end - start, 4)} * var(--minute))`;
    return element;
  }

  fill(column) {
    const part = this.columns.get(column.key), isToday = column.day === this.model.today;
    const ground = JSON.stringify([column.hours, column.off, this.model.first]);
    if (part.ground !== ground) {
      part.ground = ground;
      const off = column.off.map(([kind, start, end, name]) =>
        this.put(make("i", `off ${kind}`, { textContent: name || this.words[kind] }), start, end));
      part.grounds.replaceChildren(...column.hours.map(([start, end]) => this.put(make("i", "hours"), start, end)), ...off);
    }
    const open = JSON.stringify(column.open);
    if (part.open !== open) {
      part.open = open;
      part.opens.replaceChildren(...column.open.map(([start, end]) => this.opening(column, start, end)));
    }
    const taken = [...this.pending].filter(([, wish]) => wish.key === column.key).map(([id, wish]) => ({ ...wish.placed, id,
      start: wish.start, end: wish.end, isPending: true }));
    const placed = [...column.placed.filter(({ id }) => !this.pending.has(id)), ...taken];
    this.list(part, column, placed);
    part.column = column;
    const waiting = column.placed.filter(({ status }) => status === "checked_in").length;
    const dated = this.model.days.length > 1 ? this.model.dates.get(column.day) : "";
    const said = [dated, column.late && isToday ? this.words.behind.replace("{minutes}", column.late) : "",
      waiting ? this.words.waiting.replace("{count}", waiting) : ""].filter(Boolean).join(" · ");
    if (part.head.lastElementChild.textContent !== said) part.head.lastElementChild.textContent = said;
    part.head.classList.toggle("behind", Boolean(column.late && isToday));
  }

  isPast({ day }, minute) {
    return day === this.model.today && minute <= this.model.now;
  }

  opening(column, start, end) {
    const found = this.put(make("button", "free", { type: "button", tabIndex: -1 }), start, end);
    Object.assign(found.dataset, { key: column.key, start });
    found.hidden = this.isPast(column, start);
    found.setAttribute("aria-label", `${clock(start, this.words)}, ${this.words.open}, ${this.title(column)}`);
    return found;
  }

  list(part, column, placed) {
    const at = lanes(placed), seen = new Set();
    for (const each of placed) {
      seen.add(each.id);
      const [left, width] = at.get(each.id), state = JSON.stringify([each, left, width, this.model.first]);
      let known = part.placed.get(each.id);
      if (known?.state !== state) {
        known ??= { element: this.element(each.id) };
        known.state = state;
        this.show(known.element, each, column, left, width);
        part.placed.set(each.id, known);
      }
      if (known.element.parentNode !== part.list) part.list.append(known.element);
      this.elements.set(each.id, known.element);
    }
    for (const [id, { element }] of part.placed)
      if (!seen.has(id)) {
        part.placed.delete(id);
        element.remove();
        if (this.elements.get(id) === element) this.elements.delete(id);
      }
  }

  element(id) {
    const found = make("button", "", { type: "button", tabIndex: -1 });
    found.dataset.id = id;
    found.append(make("i", "shape", { ariaHidden: "true" }), make("b", ""), make("span", "when"), make("em", ""));
    return found;
  }

  show(element, each, column, left, width) {
    const { words } = this, [, name, when, token] = element.children;
    this.put(element, each.start, each.end);
    element.style.left = `${left * 100}%`;
    element.style.width = `calc(${width * 100}% - 2px)`;
    const isLate = this.model.isLate(each, column.day);
    const state = isLate ? "late" : each.status;
    element.dataset.start = each.start;
    element.className = `placed ${state}${each.end - each.start < 20 ? " short" : ""}${each.isPending ? " pending" : ""}`;
    element.classList.toggle("movable", MOVABLE.has(each.status));
    element.classList.toggle("urgent", each.urgent);
    element.classList.toggle("video", each.mode === "video");
    const hidden = each.status === "held";
    name.textContent = hidden ? words.held : each.patient;
    when.textContent = clock(each.start, words);
    token.textContent = each.token || "";
    element.setAttribute("aria-label", [
      `${clock(each.start, words)}–${clock(each.end, words)}`, name.textContent, each.token ? `${words.token} ${each.token}` : "",
      words[state], each.urgent ? words.urgent : "", each.mode === "video" ? words.video : "",
    ].filter(Boolean).join(", "));
    this.wear(each.id, element);
  }

  /** Whose hand it is in, for the others. */
  wear(id, element = this.elements.get(id)) {
    if (!element) return;
    const name = this.holders.get(id);
    element.classList.toggle("in-hand", Boolean(name));
    let hand = element.querySelector(".hand");
    if (!name) return hand?.remove();
    if (!hand) element.append((hand = make("span", "hand")));
    hand.textContent = name;
  }

  tick() {
    const { model } = this;
    const isThere = model.now >= model.first && model.now <= model.last;
    for (const [key, part] of this.columns) {
      const { column } = part;
      if (column?.day !== model.today) continue;
      // Of its own: what all inherit would have all of them styled anew.
      part.present.hidden = !isThere;
      part.present.style.top = this.top(model.now);
      for (const open of part.opens.children) open.hidden = this.isPast(column, Number(open.dataset.start));
      for (const each of column.placed)
        if (model.isLate(each, column.day) !== part.placed.get(each.id)?.element.classList.contains("late")) {
          const known = part.placed.get(each.id);
          if (known && !this.pending.has(each.id)) {
            known.state = "";
            this.fill(this.columns.get(key).column);
            break;
          }
        }
    }
  }

  scrollToNow() {
    const { model, sheet } = this;
    const minute = [...this.columns.values()].some(({ column }) => column.day === model.today) ? model.now - 60 : model.first;
    sheet.scrollTop = Math.max(0, (minute - model.first) * this.scale);
    // Where there is room for one column, the first in which somebody is.
    const lane = this.body.querySelector(".lane:has(.placed)");
    if (lane && lane.offsetWidth * 2 > sheet.clientWidth) sheet.scrollLeft = lane.offsetLeft - this.gutter.offsetWidth;
  }

  /** The one place of the grid that the Tab key comes to. */
  stand(target) {
    const place = target?.closest?.(".placed, .free");
    if (!place) return;
    for (const each of this.body.querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
    place.tabIndex = 0;
  }

  // What was set down, until the server has said so.

  /** Show it there at once. */
  set(id, wish) {
    this.pending.set(id, wish);
    this.refill(wish.from, wish.key);
  }

  /** What the pushed columns say by now is no longer ours to show. */
  sweep() {
    for (const id of [...this.pending.keys()]) if (!this.model.find(id)) this.settle(id);
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
    for (const column of this.model.shown(this.kind, this.only)) if (keys.includes(column.key)) this.fill(column);
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
