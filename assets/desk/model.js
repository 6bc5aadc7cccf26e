// What the grid knows: a doctor's day each, by minutes of the clinic's wall clock; and what it shows of that.
export const ACTIVE = new Set(["held", "booked", "checked_in", "in_consultation"]);
export const MINUTE = 1.75;
export const MOVABLE = new Set(["booked", "checked_in"]);

export class Model {
  stamp = undefined;
  known = new Map();
  days = [];

  /** All of it anew. */
  open(whole) {
    Object.assign(this, whole, { read: performance.now() });
    this.known = new Map(whole.columns.map((column) => [column.key, column]));
    this.date();
  }

  date() {
    this.dates = new Map(this.days.map(({ day, label }) => [day, label]));
  }

  /** What has changed: the keys of those columns, all of them where what stands around them has; nothing where it was missed. */
  take({ since, stamp, frame, columns, gone }) {
    if (stamp === this.stamp) return new Set();
    if (!since.includes(this.stamp)) return undefined;
    Object.assign(this, frame, { stamp });
    const changed = new Set(gone);
    for (const key of gone) this.known.delete(key);
    for (const { key, ...change } of columns) {
      const known = this.known.get(key) ?? { key };
      const lists = Object.fromEntries(Object.entries(OF).map(([name, of]) => [name, laid(known[name], change[name], of)]));
      this.known.set(key, { ...known, ...change, ...lists });
      changed.add(key);
    }
    if (!("days" in frame)) return changed;
    this.date();
    return new Set([...changed, ...this.known.keys()]);
  }

  find(id) {
    for (const column of this.known.values())
      for (const placed of column.placed) if (placed.id === id) return { column, placed };
    return undefined;
  }

  /** The minute of today, by the clinic's clock and not this machine's. */
  get now() {
    return this.minute + (performance.now() - this.read) / 60000;
  }

  /** The columns as they stand side by side: by day, and then by doctor, therapist or room. */
  shown(kind, only) {
    if (kind === "doctor")
      return [...this.known.values()]
        .filter((column) => !only || String(column.doctor) === only)
        .sort((a, b) => order(a.day, b.day) || order(a.name, b.name))
        .map((column) => ({ ...column, sources: [column.key] }));
    const places = (kind === "room" ? this.rooms : this.therapists).filter(([id]) => !only || String(id) === only);
    return this.days.flatMap(({ day }) => {
      const doctors = [...this.known.values()].filter((column) => column.day === day);
      return places.map(([id, name]) => ({
        key: `${kind}${id}:${day}`,
        place: id,
        name,
        day,
        sources: doctors.map((column) => column.key),
        hours: [[this.first, this.last]],
        off: [],
        open: [],
        placed: doctors.flatMap((column) => column.placed.filter((placed) => placed[kind] === id)),
      }));
    });
  }

  isLate(placed, day) {
    if (placed.status !== "booked" || day > this.today) return false;
    return day < this.today || placed.start + this.grace < this.now;
  }
}

/** By what the members of a column's lists are known. */
const OF = { open: ([start]) => start, placed: ({ id }) => id };

/** A list after a change: those that have not changed are the very same. */
function laid(known, change, of) {
  if (!change || Array.isArray(change)) return change ?? known;
  const set = new Map(change.set.map((each) => [of(each), each])), gone = new Set(change.gone);
  const left = known.filter((each) => !gone.has(of(each))).map((each) => {
    const id = of(each), found = set.get(id) ?? each;
    set.delete(id);
    return found;
  });
  return [...left, ...set.values()];
}

export const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Which share of its column's width each has: those that overlap stand beside one another. */
export function lanes(placed) {
  const found = new Map();
  let bunch = [], ends = -1;
  const close = () => {
    const free = [];
    const at = bunch.map((each) => {
      let lane = free.findIndex((end) => end <= each.start);
      if (lane < 0) lane = free.length;
      free[lane] = Math.max(each.end, each.start + 1);
      return [each, lane];
    });
    for (const [each, lane] of at) found.set(each.id, [lane / free.length, 1 / free.length]);
  };
  // Whoever was missed or is done stands behind whoever got his time.
  const rank = (each) => (ACTIVE.has(each.status) ? 0 : 1);
  for (const each of [...placed].sort((a, b) => a.start - b.start || rank(a) - rank(b) || order(a.id, b.id))) {
    if (each.start >= ends) {
      close();
      bunch = [];
    }
    bunch.push(each);
    ends = Math.max(ends, each.end);
  }
  close();
  return found;
}

/** `9:30 am`, as the words of the page say it. */
export function clock(minute, { am, pm }) {
  const hour = Math.floor(minute / 60) % 24;
  return `${hour % 12 || 12}:${String(minute % 60).padStart(2, "0")} ${hour < 12 ? am : pm}`;
}
