// A push that says what has changed: laid over what the page's state has, where that is what the patch begins with.
const OURS = "_rx_state_";
const KEPT = 64;

/** The fields to set, as if all of them had been sent; that a change was missed, where the state is another one. */
export function patched(state, delta) {
  const { [`pushed_step${OURS}`]: step, ...others } = delta;
  // Whoever takes the steps may be told of several at once: none is written over by the next.
  if (step) return { ...others, [`steps${OURS}`]: [...(state[`steps${OURS}`] ?? []), step].slice(-KEPT) };
  const patch = delta[`pushed_patch${OURS}`];
  if (!patch) return delta;
  const stamp = state[`stamp${OURS}`];
  // A page that is about to be told all of it for the first time has missed nothing.
  if (stamp !== patch.since) return stamp ? { [`missed${OURS}`]: true } : {};
  const found = {};
  for (const [name, value] of Object.entries(patch.values)) found[name + OURS] = value;
  for (const [name, change] of Object.entries(patch.rows)) found[name + OURS] = rows(state[name + OURS], change);
  for (const [name, { gone, set }] of Object.entries(patch.entries)) {
    const known = Object.entries(state[name + OURS]).filter(([key]) => !gone.includes(key));
    found[name + OURS] = { ...Object.fromEntries(known), ...set };
  }
  return found;
}

function rows(known, { gone, come, changed }) {
  const left = known
    .filter(({ id }) => !gone.includes(id))
    .map((row) => (row.id in changed ? { ...row, ...changed[row.id] } : row));
  for (const [place, row] of come) left.splice(place, 0, row);
  return left;
}
