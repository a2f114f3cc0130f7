// @ts-check
/**
 * A tree from left to right: a column for each generation, the rows by d3's tidy layout, so that no two lines cross.
 *
 * @template Item
 * @typedef {object} Leaf where an item stands
 * @property {Item} item
 * @property {Item | null} parent
 * @property {Item[]} children from the top
 * @property {number} depth generations below the root
 * @property {number} y of its middle, in pixels from the top
 */
import { linkHorizontal } from "../../vendor/d3.js";
import { hierarchy, tree } from "../../vendor/d3_layouts.js";

/**
 * @template Item
 * @param {object} options
 * @param {Item} options.root
 * @param {(item: Item) => Item[]} options.children from the top
 * @param {number} options.row pixels from one row to the next
 * @param {(one: Item, other: Item) => number} [options.apart] rows that two neighbours keep between their middles
 * @returns {{ places: Map<Item, Leaf<Item>>, height: number }}
 */
export function tidyTree({ root, children, row, apart = () => 1 }) {
  const laid = tree()
    .nodeSize([row, 1])
    .separation((one, other) => apart(/** @type {Item} */ (one.data), /** @type {Item} */ (other.data)))(
    /** @type {any} */ (hierarchy(root, children)),
  );
  const nodes = laid.descendants();
  const top = Math.min(...nodes.map((node) => node.x));
  const bottom = Math.max(...nodes.map((node) => node.x));
  /** @type {Map<Item, Leaf<Item>>} */
  const places = new Map();
  for (const node of nodes) {
    places.set(/** @type {Item} */ (node.data), {
      item: /** @type {Item} */ (node.data),
      parent: node.parent ? /** @type {Item} */ (node.parent.data) : null,
      children: (node.children ?? []).map((child) => /** @type {Item} */ (child.data)),
      depth: node.depth,
      y: node.x - top + row / 2,
    });
  }
  return { places, height: bottom - top + row };
}

/** @type {(ends: { source: [number, number], target: [number, number] }) => string | null} */
const curve = linkHorizontal();

/**
 * The line from one point to another.
 * @param {[number, number]} source
 * @param {[number, number]} target
 */
export const branch = (source, target) => curve({ source, target }) ?? "";

/**
 * Where an arrow key leads: right to a child, left to the parent, up and down to the next of the same generation.
 * @template Item
 * @param {Map<Item, Leaf<Item>>} places
 * @param {Item} from
 * @param {string} key
 * @param {(children: Item[]) => Item} [prefer] which child
 * @returns {Item | undefined} nothing for another key
 */
export function treeStep(places, from, key, prefer = (children) => children[0]) {
  const here = /** @type {Leaf<Item>} */ (places.get(from));
  if (key === "ArrowRight") return here.children.length ? prefer(here.children) : from;
  if (key === "ArrowLeft") return here.parent ?? from;
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const same = [...places.values()].filter((place) => place.depth === here.depth).sort((one, other) => one.y - other.y);
  const next = same.indexOf(here) + (key === "ArrowDown" ? 1 : -1);
  return same[Math.max(0, Math.min(same.length - 1, next))].item;
}

/**
 * Shows a path while something is pointed at, without drawing the tree again: it fills the `.traced` line of a drawing.
 * @param {Element | null | undefined} within
 * @param {string} line empty for none
 */
export function trace(within, line) {
  within?.querySelector(".traced")?.setAttribute("d", line);
}
