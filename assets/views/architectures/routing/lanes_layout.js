// @ts-check
/**
 * Where the lanes' experts and flows lie: layers go across a wide page and down a narrow one.
 *
 * @import { RoutingLanes } from "../../../types/architectures"
 * @import { Ribbon, PlacedNode } from "../../../kit/drawing/ribbons.js"
 * @import { Flow } from "./flows.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {object} Lanes
 * @property {boolean} wide
 * @property {number} width
 * @property {number} height
 * @property {number} first of the layers that are shown
 * @property {number} shown how many
 * @property {number} apart pixels from layer to layer
 * @property {number} scale pixels of a token's worth
 * @property {(row: number, expert: number) => PlacedNode} node
 * @property {(row: number, from: number, to: number) => string} between the path between two experts' middles
 * @property {(Flow & { ribbon: Ribbon })[]} flows
 */

import { ribbons } from "../../../kit/drawing/ribbons.js";
import { nearby } from "../../../kit/nearby.js";
import { range } from "../../../vendor/d3.js";
import { flowsOf, loadOf } from "./flows.js";

const WIDE = 720;
const MANY = 16;
/** Pixels from layer to layer: at least on a wide page, and always on a narrow one. */
const APART = { wide: 105, narrow: 96 };
/** Layers that a narrow page shows. */
const LAYERS = 10;

/** @param {number} width */
export const isWide = (width) => width >= WIDE;

/**
 * The layers that are shown.
 * @param {RoutingLanes} data
 * @param {number} width
 * @param {Chosen} chosen
 */
export const partOf = (data, width, { row }) =>
  nearby(data.layers.length, isWide(width) ? Math.floor((width - 80) / APART.wide) + 1 : LAYERS, row);

/**
 * @param {RoutingLanes} data
 * @param {number} width
 * @param {Chosen} chosen
 * @returns {Lanes}
 */
export function lanesOf(data, width, chosen) {
  const experts = data.n_experts;
  const wide = isWide(width);
  const { first, shown } = partOf(data, width, chosen);
  const rows = range(first, first + shown);
  const place = placeOf({ wide, width, shown, experts });
  const at = (/** @type {number} */ row, /** @type {number} */ expert) => (row - first) * experts + expert;
  const flows = flowsOf(data).filter(({ row }) => row >= first && row < first + shown - 1);
  const laid = ribbons({
    ...place,
    nodes: rows.flatMap((row) =>
      range(experts).map((expert) => ({ column: row - first, value: loadOf(data, { row, expert }) })),
    ),
    flows: flows.map(({ row, from, to, weight }) => ({
      source: at(row, from),
      target: at(row + 1, to),
      value: weight,
    })),
    standing: !wide,
  });
  return {
    ...place,
    wide,
    width,
    first,
    shown,
    scale: laid.scale,
    node: (row, expert) => laid.nodes[at(row, expert)],
    between: (row, from, to) => laid.between(at(row, from), at(row + 1, to)),
    flows: flows.map((flow, index) => ({ ...flow, ribbon: laid.flows[index] })),
  };
}

/** @param {{ wide: boolean, width: number, shown: number, experts: number }} options */
function placeOf({ wide, width, shown, experts }) {
  if (wide) {
    const tall = Math.max(300, Math.min(640, 52 * experts));
    const along = shown > 1 ? { from: 26, to: width - 28 } : { from: 26, to: 38 };
    const apart = (along.to - along.from - 12) / Math.max(1, shown - 1);
    return {
      thick: 12,
      gap: experts <= MANY ? 12 : 1.5,
      along,
      across: { from: 44, to: 44 + tall },
      apart,
      height: tall + 56,
    };
  }
  const end = 30 + (shown - 1) * APART.narrow + 13;
  const [along, across] = [
    { from: 30, to: end },
    { from: 1, to: width - 1 },
  ];
  return { thick: 13, gap: experts <= MANY ? 5 : 1.5, along, across, apart: APART.narrow, height: end + 17 };
}
