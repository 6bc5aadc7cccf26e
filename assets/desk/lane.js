// One column as elements: a doctor's day, or what a therapist or a room has of it. Made once; then only what is otherwise.
import { breadth } from "./breadth.js";
import { clock, lanes, MINUTE, MOVABLE, order } from "./model.js";

export const make = (tag, className, more = {}) => Object.assign(document.createElement(tag), { className, ...more });

// A thousand of each: no element, no clip and no layer more than they need.
const button = (className, ...children) => {
  const found = make("div", className, { tabIndex: -1 });
  found.setAttribute("role", "button");
  found.append(...children);
  return found;
};
const CARD = button("placed", make("em", ""), make("b", ""));
const FREE = button("free");

/** What it is, in words. */
export const said = (state, { until }, words) => (until ? words.onOffer.replace("{time}", until) : words[state]);

export class Lane {
  cards = new Map();
  frees = new Map();

  constructor(grid, column) {
    this.grid = grid;
    this.head = this.heading(column);
    this.element = make("div", "lane");
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", grid.title(column));
    this.lit = make("div", "lit");
    this.element.dataset.key = this.lit.dataset.key = column.key;
    this.element.classList.toggle("today", column.day === grid.model.today);
    this.grounds = make("div", "grounds", { ariaHidden: "true" });
    this.opens = make("div", "opens");
    this.list = make("div", "list");
    this.present = make("i", "present", { hidden: true });
    this.element.append(this.grounds, this.opens, this.list, this.present);
  }

  heading(column) {
    const { model, words } = this.grid, head = make("div", "lane-head");
    head.classList.toggle("today", column.day === model.today && model.days.length > 1);
    const name = column.doctor
      ? make("a", "", { href: `${words.day}?doctor=${column.doctor}&day=${column.day}`, textContent: column.name })
      : make("strong", "", { textContent: column.name });
    head.append(name, make("small", ""));
    return head;
  }

  /** What the book says of it by now, and what was set down here that the book does not know yet. */
  fill(column) {
    const { pending } = this.grid;
    this.column = column;
    this.ground();
    this.free();
    const here = [...pending].filter(([, wish]) => wish.key === column.key);
    const wished = here.map(([id, { placed, start, end }]) => ({ ...placed, id, start, end, isPending: true }));
    this.place([...column.placed.filter(({ id }) => !pending.has(id)), ...wished]);
    this.say();
  }

  ground() {
    const { grid, column } = this, { model, words } = grid, state = JSON.stringify([column.hours, column.off, model.first]);
    if (this.grounded === state) return;
    this.grounded = state;
    const off = column.off.map(([kind, start, end, name]) =>
      grid.put(make("i", `off ${kind}`, { textContent: name || words[kind] }), start, end));
    const hours = column.hours.map(([start, end]) => {
      const found = grid.put(make("i", "hours"), start, end);
      // The lines stand at the full hours, whenever somebody begins.
      found.style.backgroundPositionY = `${-(start % 60) * MINUTE}px`;
      return found;
    });
    this.grounds.replaceChildren(...hours, ...off);
  }

  free() {
    const { grid, column, frees } = this, { model } = grid, wanted = [];
    let ends = model.first;
    for (const [start, end] of [...column.open].sort((a, b) => a[0] - b[0])) {
      let element = frees.get(start);
      if (!element) {
        element = FREE.cloneNode();
        element.dataset.start = start;
        element.classList.toggle("past", this.isPast(start));
        element.setAttribute("aria-label", `${clock(start, grid.words)}, ${grid.words.open}, ${grid.title(column)}`);
        frees.set(start, element);
        grid.wear(`${column.key}:${start}`, element);
      }
      this.stack(element, start - ends, end - start);
      ends = end;
      wanted.push(element);
    }
    this.order(this.opens, wanted, (element) => frees.delete(Number(element.dataset.start)));
  }

  /** So many minutes beneath the one before it, and so many high; its place is noted on it. */
  stack(element, above, minutes, more = "") {
    const style = `margin-top:${above * MINUTE}px;height:${minutes * MINUTE}px;${more}`;
    if (element.stacked === style) return;
    element.stacked = style;
    element.style.cssText = style;
  }

  /** Those and no others, in that order; who is there already and in order is left alone. */
  order(list, wanted, forget) {
    const stays = new Set(wanted);
    for (const element of [...list.children])
      if (element.dataset.start && !stays.has(element)) {
        forget(element);
        element.remove();
      }
    let next = list.firstElementChild;
    for (const element of wanted) {
      if (element === next) next = next.nextElementSibling;
      else list.insertBefore(element, next);
    }
  }

  isPast(minute) {
    const { model } = this.grid;
    return this.column.day === model.today && minute <= model.now;
  }

  place(placed) {
    const { grid, cards } = this, { model } = grid, at = lanes(placed), wanted = [];
    let ends = model.first;
    for (const each of [...placed].sort((a, b) => a.start - b.start || a.end - b.end || order(a.id, b.id))) {
      const [left, width] = at.get(each.id), minutes = Math.max(each.end - each.start, 4);
      let known = cards.get(each.id);
      if (!known) cards.set(each.id, (known = { element: CARD.cloneNode(true) }));
      const { element } = known;
      if (known.shown !== each || known.width !== width) {
        Object.assign(known, { shown: each, width });
        this.show(element, each);
        this.fit(known);
      }
      this.stack(element, each.start - ends, minutes, width < 1 ? `margin-left:${left * 100}%;width:calc(${width * 100}% - 2px)` : "");
      ends = each.start + minutes;
      grid.elements.set(each.id, element);
      wanted.push(element);
    }
    this.order(this.list, wanted, (element) => {
      cards.delete(element.dataset.id);
      if (grid.elements.get(element.dataset.id) === element) grid.elements.delete(element.dataset.id);
    });
  }

  show(element, each) {
    const { model, words } = this.grid, [token, name, when] = element.children;
    const state = model.isLate(each, this.column.day) ? "late" : each.status, isShort = each.end - each.start < 20;
    Object.assign(element.dataset, { id: each.id, start: each.start });
    element.className = ["placed", state, each.until && "offered", isShort && "short", each.isPending && "pending", MOVABLE.has(each.status) && "movable",
      each.urgent && "urgent", each.video && "video"].filter(Boolean).join(" ");
    // Whom a time is offered is told; what somebody is about to book is nobody's yet.
    name.textContent = each.status === "held" && !each.until ? words.held : each.patient;
    token.textContent = each.token || "";
    if (isShort) when?.remove();
    else (when ?? element.appendChild(make("span", "when"))).textContent = each.until ? words.offered.replace("{time}", each.until) : clock(each.start, words);
    element.setAttribute("aria-label", [
      `${clock(each.start, words)}–${clock(each.end, words)}`, name.textContent, each.token ? `${words.token} ${each.token}` : "",
      said(state, each, words), each.urgent ? words.urgent : "", each.video ? words.video : "",
    ].filter(Boolean).join(", "));
    this.grid.wear(each.id, element);
  }

  /** A name that is longer than its place is cut off; only then, for each cut is a layer. */
  fit({ element, width }) {
    if (!this.grid.breadth) return;
    const [token, name] = element.children, digits = token.textContent.length;
    const room = this.grid.breadth * width - 34 - (digits && 4 + 8 * digits) - (element.classList.contains("video") ? 14 : 0);
    element.classList.toggle("long", breadth(name.textContent, element.classList.contains("short")) > room);
  }

  refit() {
    for (const known of this.cards.values()) this.fit(known);
  }

  /** Above the column: its date where there are several, how late the doctor is, and how many wait. */
  say() {
    const { grid, column } = this, { model, words } = grid, isLate = Boolean(column.late) && column.day === model.today;
    const waiting = column.placed.filter(({ status }) => status === "checked_in").length;
    const told = [model.days.length > 1 ? model.dates.get(column.day) : "",
      isLate ? words.behind.replace("{minutes}", column.late) : "",
      waiting ? words.waiting.replace("{count}", waiting) : ""].filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0")).join(" · ");
    if (this.head.lastElementChild.textContent !== told) this.head.lastElementChild.textContent = told;
    this.head.classList.toggle("behind", isLate);
  }

  /** Time has passed. */
  tick() {
    const { grid, column } = this, { model } = grid;
    if (column.day !== model.today) return;
    // Of its own: what all inherit would have all of them styled anew.
    this.present.hidden = model.now < model.first || model.now > model.last;
    this.present.style.top = `${(model.now - model.first) * MINUTE}px`;
    for (const [start, element] of this.frees) element.classList.toggle("past", this.isPast(start));
    const turned = column.placed.filter(({ id }) => !grid.pending.has(id)).filter((each) =>
      model.isLate(each, column.day) !== this.cards.get(each.id)?.element.classList.contains("late"));
    for (const { id } of turned) this.cards.get(id).shown = undefined;
    if (turned.length) this.fill(column);
  }

  /** Where what is in the hand may come down here; the mark of where it would stays. */
  light(spans) {
    const mark = this.lit.querySelectorAll(".landing");
    this.lit.replaceChildren(...spans.map(([start, end]) => this.grid.put(document.createElement("i"), start, end)), ...mark);
    this.lit.classList.toggle("reached", spans.length > 0);
  }
}
