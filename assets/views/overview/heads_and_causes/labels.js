// @ts-check
/**
 * Which dots bear their names, so that no two names overlap and none lies on a large dot.
 *
 * @import { Dot } from "./plot.js"
 *
 * @typedef {object} Name
 * @property {Dot} dot
 * @property {number} x
 * @property {number} y
 * @property {"start" | "end"} anchor
 * @property {number} left
 * @property {number} width
 */
import { svg } from "../../../vendor/lit.js";

/** Pixels: a character, the gap between dot and name, a line of text. */
const CHARACTER = 7;
const GAP = 4;
const LINE = 13;
/** How many of the strongest heads may be named, and how many names keep off. */
const NAMED = 12;
const KEPT_OFF = 24;

/**
 * @param {Dot[]} dots the strongest first
 * @param {number} selected
 * @param {number} right end of the room
 */
export function labelled(dots, selected, right) {
  const chosen = dots.filter(({ head }) => head === selected);
  /** @type {Name[]} */
  const found = [];
  for (const dot of new Set([...chosen, ...dots.slice(0, NAMED)])) {
    const name = beside(dot, right);
    const free = !found.some((other) => overlap(name, other));
    const clear = dot.head === selected || !dots.slice(0, KEPT_OFF).some((other) => covers(other, name));
    if (free && clear) found.push(name);
  }
  return found;
}

/**
 * @param {Dot} dot
 * @param {number} right
 * @returns {Name}
 */
function beside(dot, right) {
  const width = CHARACTER * dot.name.length;
  const off = dot.radius + GAP;
  const y = dot.y + 4;
  if (dot.x + off + width < right) return { dot, x: dot.x + off, y, anchor: "start", left: dot.x + off, width };
  return { dot, x: dot.x - off, y, anchor: "end", left: dot.x - off - width, width };
}

/**
 * @param {Name} one
 * @param {Name} other
 */
const overlap = (one, other) =>
  Math.abs(one.y - other.y) < LINE && one.left < other.left + other.width && one.left + one.width > other.left;

/**
 * @param {Dot} other
 * @param {Name} name
 */
function covers(other, { dot, y, left, width }) {
  if (other.head === dot.head || Math.abs(other.y + 4 - y) >= other.radius + 3) return false;
  return other.x > left - other.radius && other.x < left + width + other.radius;
}

/**
 * @param {Name[]} told
 * @param {number} selected
 */
export function names(told, selected) {
  return told.map(
    ({ dot, x, y, anchor }) => svg`
      <text paint-order="stroke" class="name ${dot.head === selected ? "selected" : ""}" x=${x} y=${y}
        text-anchor=${anchor}>${dot.name}</text>`,
  );
}
