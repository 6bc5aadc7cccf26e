// What can be done with an appointment, beside it: at the door, another time from a list, away.
import { make, said } from "./lane.js";
import { clock, MOVABLE } from "./model.js";

export const CHECK_IN = "c";

export class Card {
  constructor(grid, signal) {
    this.grid = grid;
    this.element = make("div", "about-one", { hidden: true });
    this.element.setAttribute("role", "dialog");
    grid.root.append(this.element);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === CHECK_IN && !event.repeat) this.checkIn(this.id);
    }, { signal });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.element.hidden && !this.element.contains(target)) this.close(false);
    }, { signal });
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.close(false);
    }, { signal });
  }

  open(id) {
    const { grid } = this, found = grid.model.find(id), { words } = grid;
    if (!found || (found.placed.status === "held" && !found.placed.until) || grid.pending.has(id)) return;
    const { placed, column } = found;
    this.id = id;
    this.origin = grid.elements.get(id);
    const state = grid.model.isLate(placed, column.day) ? "late" : placed.status;
    const told = [`${clock(placed.start, words)}–${clock(placed.end, words)}`, column.name, placed.token && `${words.token} ${placed.token}`,
      said(state, placed, words), placed.urgent && words.urgent, placed.video && words.video, placed.paid && `${words.paid} ${placed.paid}`].filter(Boolean);
    const title = make("h3", "", { textContent: placed.patient });
    const about = make("p", "", { textContent: told.join(" · ") });
    const acts = make("div", "acts");
    const has = (label, act, className = "quiet", key = "") => {
      const button = make("button", className, { type: "button", textContent: label });
      if (key) {
        button.setAttribute("aria-keyshortcuts", key);
        button.append(" ", make("kbd", "", { textContent: key.toUpperCase(), ariaHidden: "true" }));
      }
      button.addEventListener("click", act);
      acts.append(button);
    };
    const isPast = column.day < grid.model.today || (column.day === grid.model.today && placed.start <= grid.model.now);
    if (MOVABLE.has(placed.status)) has(words.moveTo, ({ target }) => this.ask(target), "primary");
    if (this.isAwaited(found)) has(words.checkIn, () => this.checkIn(id), "quiet", CHECK_IN);
    if (MOVABLE.has(placed.status) && isPast) has(words.miss, () => this.act("onMissed", placed));
    if (MOVABLE.has(placed.status)) has(words.cancel, ({ target }) => this.sure(target, placed));
    // The sheet of the payment, where the page has it: assets/day.js fills it in.
    if (placed.owes && document.getElementById("pay")) {
      const isComing = this.isAwaited(found);
      const button = make("button", "quiet", { type: "button", textContent: `${isComing ? words.checkInAndTake : words.take} ${placed.owes}` });
      const { due, owes, patient: whom, version } = placed;
      Object.assign(button.dataset, { opens: "pay", appointment: id, version, due, minor: due, owes, whom, what: isComing ? "here" : "take" });
      button.addEventListener("click", () => {
        this.close(false);
        grid.edit(id, document.getElementById("pay"));
      });
      acts.append(button);
    }
    if (placed.until) acts.append(make("a", "quiet", { href: `${words.waitlist}?clinic=${grid.model.clinic}`, textContent: words.toWaitlist }));
    if (placed.token) acts.append(make("a", "quiet", { href: `${words.slip}/${id}`, target: "_blank", textContent: words.print }));
    acts.append(make("a", "quiet", { href: `/patient/${placed.patientId}`, textContent: words.chart }));
    const close = make("button", "close", { type: "button", textContent: "×", ariaLabel: words.close });
    close.addEventListener("click", () => this.close());
    this.times = make("div", "whither");
    this.element.setAttribute("aria-label", placed.patient);
    this.element.replaceChildren(close, title, about, acts, this.times);
    this.element.hidden = false;
    this.place();
    (acts.querySelector("button, a") ?? close).focus({ preventScroll: true });
  }

  /** Beside the appointment, and wholly on the screen. */
  place() {
    const at = this.origin.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = this.element;
    const left = at.right + 8 + width < innerWidth ? at.right + 8 : Math.max(8, at.left - width - 8);
    Object.assign(this.element.style, {
      left: `${Math.min(left, innerWidth - width - 8)}px`,
      top: `${Math.max(8, Math.min(at.top - 8, innerHeight - height - 8))}px`,
    });
  }

  ask(button) {
    button.disabled = true;
    this.isAsking = true;
    this.times.replaceChildren(make("p", "hint", { textContent: this.grid.words.looking }));
    this.grid.tell("onPickUp", this.id);
  }

  /** The open times, by doctor and day; each is a button that moves it there. */
  list(reach) {
    if (!this.isAsking || reach?.id !== this.id || this.element.hidden) return;
    const { grid } = this, parts = [...grid.columns].filter(([key]) => reach.open[key]?.length);
    this.times.replaceChildren(...parts.map(([key, { column }]) => {
      const group = make("section", ""), list = make("div", "starts");
      group.append(make("h4", "", { textContent: grid.model.days.length > 1 ? grid.title(column) : column.name }), list);
      for (const span of reach.open[key]) {
        const button = make("button", "start", { type: "button", textContent: clock(span[0], grid.words) });
        button.addEventListener("click", () => {
          const { id } = this;
          this.isAsking = false;
          this.close(false);
          grid.carry.send(id, key, span);
          grid.elements.get(id)?.focus({ preventScroll: true });
        });
        list.append(button);
      }
      return group;
    }));
    if (!parts.length) this.times.replaceChildren(make("p", "hint", { textContent: grid.words.nothing }));
    this.place();
    this.times.querySelector("button")?.focus({ preventScroll: true });
  }

  /** Whether he can be checked in: who comes another day is not here. */
  isAwaited({ placed, column }) {
    return placed.status === "booked" && column.day === this.grid.model.today;
  }

  /** He is here: from his place in the grid, or from what stands beside it. */
  checkIn(id) {
    const { grid } = this, found = grid.model.find(id);
    if (found && this.isAwaited(found) && !grid.pending.has(id)) this.act("onCheckIn", found.placed, id);
  }

  sure(button, placed) {
    if (button.dataset.sure) return this.act("onCancel", placed);
    button.dataset.sure = "yes";
    button.className = "danger";
    button.textContent = this.grid.words.sure;
  }

  act(name, { version }, id = this.id) {
    this.close();
    this.grid.tell(name, id, version);
  }

  close(isBack = true) {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (this.isAsking) this.grid.tell("onPutDown");
    this.isAsking = false;
    if (isBack) (this.grid.elements.get(this.id) ?? this.origin)?.focus({ preventScroll: true });
  }
}
