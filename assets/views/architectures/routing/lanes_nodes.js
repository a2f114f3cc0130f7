// @ts-check
/**
 * The experts between the lanes: pointed at, their tokens are seen alone; pressed, they stay so.
 *
 * @import { RoutingLanes } from "../../../types/architectures"
 * @import { At } from "./flows.js"
 * @import { Context } from "./lanes.js"
 * @import { Lanes } from "./lanes_layout.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {{ chosen: Chosen, lanes: Lanes }} Where
 */

import { pressing } from "../../../kit/controls/roving.js";
import { apart } from "../../../kit/drawing/apart.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { cross, range } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { loadOf } from "./flows.js";
import { visitsOf, weightOf } from "./routes.js";

/** Pixels that a number takes down and across, and of the room around an expert that is pressed too. */
const LINE = 11;
const DIGITS = 9;
const AROUND = 3;
const MANY = 16;

/**
 * The arrow keys go along the layers and from expert to expert as these lie on the page, so they are listed row by row.
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Where} where
 */
export function expertNodes(data, ctx, where) {
  const { lanes } = where;
  const rows = range(lanes.first, lanes.first + lanes.shown);
  const experts = range(data.n_experts);
  const names = new Map(rows.map((row) => [row, namesOf(data, where, row)]));
  const ordered = lanes.wide
    ? cross(experts, rows, (expert, row) => ({ row, expert }))
    : cross(rows, experts, (row, expert) => ({ row, expert }));
  return ordered.map((at) => expertNode(data, ctx, where, { at, name: names.get(at.row)?.get(at.expert) }));
}

/**
 * Where the numbers of a layer's experts stand along it, those that have room.
 * @param {RoutingLanes} data
 * @param {Where} where
 * @param {number} row
 * @returns {Map<number, number>}
 */
function namesOf(data, { chosen, lanes }, row) {
  const all = range(data.n_experts).map((expert) => ({ expert, ...lanes.node(row, expert) }));
  const isChosen = (/** @type {number} */ expert) => row === chosen.row && expert === chosen.expert;
  const few = lanes.wide && data.n_experts <= MANY;
  const named = all.filter(({ expert, length }) => few || length >= (lanes.wide ? LINE : DIGITS) || isChosen(expert));
  const places = named.map(({ middle }) => middle);
  const kept = lanes.wide ? apart(places, LINE) : places;
  return new Map(named.map(({ expert }, at) => [expert, kept[at]]));
}

/**
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Where} where
 * @param {{ at: At, name: number | undefined }} node
 */
function expertNode(data, ctx, { chosen, lanes }, { at, name }) {
  const { x, y, width, height } = lanes.node(at.row, at.expert);
  const own = weightOf(visitsOf(data, at.row, chosen.position), at.expert) > 0;
  const on = at.row === chosen.row && at.expert === chosen.expert;
  const layer = data.layers[at.row];
  const share = percent(loadOf(data, at) / data.n, 1);
  const press = () => {
    ctx.select({ layer, expert: at.expert });
    if (ctx.controls.isolate !== "expert") ctx.control("isolate", "expert");
  };
  const hand = handlers(data, ctx, at);
  const seen = lanes.wide ? { width, height: Math.max(1.2, height) } : { width: Math.max(1.2, width), height };
  return svg`
    <g class="expert ${own ? "own" : ""} ${on ? "chosen" : ""}" role="button" tabindex=${on ? 0 : -1}
       data-node="${at.row}.${at.expert}" aria-pressed=${on}
       aria-label="Block ${layer} expert ${at.expert}: ${share} of the weight"
       @click=${press} @keydown=${pressing(press)} @pointerenter=${hand.enter} @pointermove=${hand.move}
       @pointerleave=${hand.leave} @focus=${hand.focus} @blur=${hand.leave}>
      <rect class="hit" x=${x - AROUND} y=${y - AROUND} width=${seen.width + 2 * AROUND}
        height=${seen.height + 2 * AROUND} />
      <rect class="node" x=${x} y=${y} width=${seen.width} height=${seen.height} rx="1.5" />
      ${name === undefined ? nothing : number(lanes, { x, y, expert: at.expert, name })}
    </g>`;
}

/**
 * @param {Lanes} lanes
 * @param {{ x: number, y: number, expert: number, name: number }} place
 */
const number = ({ wide }, { x, y, expert, name }) =>
  wide
    ? svg`<text aria-hidden="true" class="halo" x=${x - 6} y=${name + 4} text-anchor="end">${expert}</text>`
    : svg`<text aria-hidden="true" class="halo" x=${name} y=${y - 4} text-anchor="middle">${expert}</text>`;

/**
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {At} at
 */
function handlers(data, ctx, at) {
  const tip = tooltip(`Block ${data.layers[at.row]} expert ${at.expert}`, [
    ["share of all weight", percent(loadOf(data, at) / data.n, 1)],
    ["an even share", percent(1 / data.n_experts)],
  ]);
  return {
    move: tip.show,
    enter: () => ctx.keep({ pointed: at }),
    leave() {
      tip.hide();
      ctx.keep({ pointed: null });
    },
    /** @param {FocusEvent} event */
    focus(event) {
      tip.beside(event);
      if (/** @type {Element} */ (event.currentTarget).matches(":focus-visible")) ctx.keep({ pointed: at });
    },
  };
}
