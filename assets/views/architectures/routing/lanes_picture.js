// @ts-check
/**
 * The lanes drawn: all flows pale, one expert's dark, the selected token's own path in violet, and the experts on top.
 *
 * @import { RoutingLanes } from "../../../types/architectures"
 * @import { At } from "./flows.js"
 * @import { Context } from "./lanes.js"
 * @import { Lanes } from "./lanes_layout.js"
 * @import { Chosen } from "./routes.js"
 * @import { Visit } from "./wording.js"
 *
 * @typedef {{ chosen: Chosen, one: At | null }} Shown `one`: the expert whose tokens are seen alone
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { cross, range } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { independent, nameOf, through } from "./flows.js";
import { lanesOf } from "./lanes_layout.js";
import { expertNodes } from "./lanes_nodes.js";
import { same, visitsOf, visitsThere } from "./routes.js";

/** Pixels of a whole token: its path is wider than to scale. */
const WHOLE = 14;
/** Pixels that a ribbon leaves to the next one. */
const HAIR = 0.8;
const LEAST = 0.35;
/** Pixels that the word "Block" with its number takes. */
const NAME = 52;

/**
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Shown} shown
 */
export function lanesPicture(data, ctx, shown) {
  const lanes = lanesOf(data, ctx.width, shown.chosen);
  const rows = range(lanes.first, lanes.first + lanes.shown);
  const { width, height } = lanes;
  return svg`
    <svg class="fig ribbons lanes ${shown.one ? "isolated" : ""}" viewBox="0 0 ${width} ${height}" height=${height}
         preserveAspectRatio="xMinYMin" role="group" aria-label="Flows between the experts of ${lanes.shown} blocks"
         data-rove=${lanes.wide ? lanes.shown : data.n_experts} @keydown=${rove}>
      ${lanes.flows.map((flow) => flowPath(data, flow))}
      ${shown.one ? partPaths(data, lanes, shown.one) : nothing}
      <g class="paths" opacity=${ctx.controls.isolate === "expert" ? 0.45 : 1}>
        ${ownPaths(data, ctx, { lanes, chosen: shown.chosen })}
      </g>
      ${expertNodes(data, ctx, { ...shown, lanes })}
      ${rows.map((row) => layerName(data, ctx, lanes, { row, on: row === shown.chosen.row }))}
    </svg>`;
}

/**
 * @param {RoutingLanes} data
 * @param {Lanes["flows"][number]} flow
 */
function flowPath(data, flow) {
  const layers = [data.layers[flow.row], data.layers[flow.row + 1]];
  const tip = tooltip(`Block ${layers[0]} expert ${flow.from} to block ${layers[1]} expert ${flow.to}`, () => [
    ["share of all weight", percent(flow.weight / data.n)],
    ["if they were independent", percent(independent(data, flow))],
    ["tokens that visited both", `${flow.tokens} of ${data.n}`],
  ]);
  return svg`<path class="flow" d=${flow.ribbon.path} stroke-width=${Math.max(LEAST, flow.ribbon.width - HAIR)}
    @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
}

/**
 * What one expert's tokens are of each flow.
 * @param {RoutingLanes} data
 * @param {Lanes} lanes
 * @param {At} one
 */
function partPaths(data, { flows, scale }, one) {
  const parts = through(data, one);
  return flows.map((flow) => {
    const weight = parts.get(nameOf(flow));
    if (!weight) return nothing;
    return svg`<path class="part" d=${flow.ribbon.path} stroke-width=${Math.max(LEAST, weight * scale)} />`;
  });
}

/**
 * The selected token's path, and its path in the other run where that is another.
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {{ lanes: Lanes, chosen: Chosen }} place
 */
function ownPaths(data, ctx, { lanes, chosen: { position } }) {
  const rows = range(lanes.first, lanes.first + lanes.shown);
  const path = rows.map((row) => visitsOf(data, row, position));
  const before = rows.map((row) => visitsThere(ctx, row, position) ?? []);
  const compared = ctx.there !== null && position < ctx.shared;
  const differs = compared && before.some((visits, at) => !same(visits, path[at]));
  return svg`${differs ? strands(lanes, before, "outline") : nothing} ${strands(lanes, path, "own")}`;
}

/**
 * From the middles of the experts, as wide as the product of both weights.
 * @param {Lanes} lanes
 * @param {Visit[][]} path
 * @param {string} className
 */
function strands({ first, between }, path, className) {
  return path.slice(1).map((visits, at) =>
    cross(path[at], visits).map(
      ([[from, one], [to, other]]) => svg`
        <path class=${className} d=${between(first + at, from, to)}
          stroke-width=${Math.max(LEAST + HAIR / 2, WHOLE * one * other)} />`,
    ),
  );
}

/**
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Lanes} lanes
 * @param {{ row: number, on: boolean }} place
 */
function layerName(data, ctx, lanes, { row, on }) {
  const layer = data.layers[row];
  const { x, y } = lanes.node(row, 0);
  const every = Math.ceil(NAME / lanes.apart);
  if (lanes.wide && row % every && !on) return nothing;
  const place = lanes.wide ? { x: x + 6, y: 16, anchor: "middle" } : { x: 0, y: y - 17, anchor: "start" };
  const name = `${lanes.wide && lanes.apart < NAME + 8 ? "L" : "Block "}${layer}`;
  const press = () => ctx.select({ layer, expert: null });
  return svg`<text class="layer halo ${on ? "chosen" : ""}" x=${place.x} y=${place.y} text-anchor=${place.anchor}
    @click=${press}>${name}</text>`;
}
