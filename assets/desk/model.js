// What the grid knows: a doctor's day each, by minutes of the clinic's wall clock; and what it shows of that.
export const ACTIVE = new Set(["held", "booked", "checked_in", "in_consultation"]);
export const MINUTE = 1.75;
export const MOVABLE = new Set(["booked", "checked_in"]);

export class Model {
  version = -1;
  known = new Map();
  days = [];

  /** All of it anew. */
  open(whole) {
    Object.assign(this, whole, { read: performance.now() });
    this.known = new Map(whole.columns.map((column) => [column.key, column]));
    this.dates = new Map(whole.days.map(({ day, label }) => [day, label]));
  }

  /** What has changed; the keys of those columns, or nothing where a change before it was missed. */
  merge({ since, version, columns, gone }) {
    if (since > this.version) return undefined;
    this.version = version;
    const changed = new Set(gone);
    for (const key of gone) this.known.delete(key);
    for (const column of columns) {
      const known = this.known.get(column.key);
      if (known && (known.version > column.version || isSame(known, column))) continue;
      this.known.set(column.key, column);
      changed.add(column.key);
    }
    return changed;
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

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** At one version a column is otherwise only where a time that was kept for somebody has run out. */
const isSame = (known, column) =>
  known.version === column.version && known.placed.length === column.placed.length && known.open.length === column.open.length
  && known.late === column.late && known.hours.length === column.hours.length && known.off.length === column.off.length;

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
  const order = (each) => (ACTIVE.has(each.status) ? 0 : 1);
  for (const each of [...placed].sort((a, b) => a.start - b.start || order(a) - order(b))) {
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
