// About how broad a name is as it is written on its place, in pixels: letter by letter, each measured once, and without
// touching the page. Letters that are joined are less broad than that.
const LETTERS = '600 12.8px "Mukta", system-ui, sans-serif', SHORT = 0.74 / 0.8;
const known = new Map();
let pen;

export function breadth(name, isShort) {
  let found = 0;
  for (const letter of name) found += known.get(letter) ?? measured(letter);
  return isShort ? SHORT * found : found;
}

function measured(letter) {
  pen ??= Object.assign(document.createElement("canvas").getContext("2d"), { font: LETTERS });
  const { width } = pen.measureText(letter);
  known.set(letter, width);
  return width;
}

/** The letters have come. */
export function forget() {
  known.clear();
  pen = undefined;
}
