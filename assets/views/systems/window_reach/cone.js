// @ts-check
/**
 * How far one token is heard: a map of depth by distance, the bound that windows set, and what arrives at the end.
 *
 * @import { WindowReach } from "../../../types/systems"
 * @import { Row } from "../../../kit/view"
 * @import { Context } from "./there"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { row } from "../../../kit/cells/tensor.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { range, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, styleMap, svg } from "../../../vendor/lit.js";
import { arriving } from "./arriving.js";
import { inMap, saidThere } from "./there.js";

const MARGIN = { left: 34, bottom: 42, right: 8 };
const MAP = { depth: 10, least: 200, column: 64 };
/** The change whose ink is the faintest, as a power of ten; one that is larger than the stream itself is full. */
const FAINT = -5;
const OWN = "own";

/**
 * @param {WindowReach} data
 * @param {Context} ctx
 */
export function cone(data, ctx) {
  return html`
    <div class="bar">${windowChoice(data, ctx)}</div>
    <p class="readout lead">${said(data, ctx)}</p>
    ${saidThere(data, ctx)}
    <p class="legend"><span>change of the stream 0.001 %<i class="ramp weights"></i>100 %, log scale</span></p>
    ${legend([
      ["bound", "bound: as far as the windows can carry it"],
      ["felt", `farthest change of ${percent(data.little)} of the stream or more`],
      inMap(data, ctx) && ["felt there", `the same in ${ctx.beside.the}`],
    ])}
    ${map(data, ctx)}
    <h3 class="sub3">The change at the last block <small>change of the stream in %, by distance, log scale</small></h3>
    ${arriving(data, ctx)}`;
}

/**
 * @param {WindowReach} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const there = inMap(data, ctx);
  return data.bound.flatMap((bound, depth) =>
    Array.from(row(data.change, depth), (change, distance) => ({
      depth: depthName(depth),
      distance,
      position: data.source + distance,
      token: tokenText(ctx.run.ids[data.source + distance]),
      bound,
      change,
      ...(there ? { [`change_in_${ctx.beside.column}`]: row(there.change, depth)[distance] } : {}),
    })),
  );
}

/** @param {number} depth */
const depthName = (depth) => (depth === 0 ? "embedding" : `block ${depth - 1}`);

/**
 * Those that a text of this length can show, and the one that is asked for.
 * @param {WindowReach} data
 * @param {Context} ctx
 */
function windowChoice({ own, has_own, windows, change }, ctx) {
  const offered = (ctx.declared("window").choices ?? []).filter(
    ([window]) =>
      window === windows[0] || (window === OWN ? has_own : window === ctx.controls.window || +window < change.shape[1]),
  );
  return control(ctx, "window", { as: "segmented", choices: offered, own: own ? OWN : (windows[0] ?? OWN) });
}

/**
 * The end of the story in a sentence.
 * @param {WindowReach} data
 * @param {Context} ctx
 */
function said(data, ctx) {
  const last = data.bound.length - 1;
  const every = data.bound[last] >= data.change.shape[1] - 1;
  const bound = every ? "the end of the text" : html`<b>${counted(data.bound[last], "token")}</b> later`;
  return html`By the bound, ${token(ctx.run.ids[data.source])} can reach ${bound} at the last block. A change of
    ${percent(data.little)} of the stream or more reaches <b>${counted(data.felt[last], "token")}</b>, and a change of
    any size reaches ${counted(data.farthest[last], "token")}. The page put these tokens in its place:
    ${data.replaced_by.map((id) => html`${token(id)} `)}`;
}

/**
 * The map: depth upward, distance to the right.
 * @param {WindowReach} data
 * @param {Context} ctx
 */
function map(data, ctx) {
  const [depths, columns] = data.change.shape;
  const width = Math.min(ctx.width - MARGIN.left - MARGIN.right, columns * MAP.column);
  const height = Math.max(MAP.least, depths * MAP.depth);
  const colour = ramp("ink", "sunken");
  const x = scaleLinear([0, columns], [0, width]);
  const y = scaleLinear([0, depths], [height, 0]);
  const there = inMap(data, ctx);
  return html`
    <div class="cone" style=${styleMap({ width: `${width + MARGIN.left + MARGIN.right}px` })}>
      <div class="cells" style=${styleMap({ left: `${MARGIN.left}px` })}>
        ${matrix({
          rows: depths,
          columns,
          width,
          height,
          colour: (line, column) => {
            const change = row(data.change, depths - 1 - line)[column];
            return change > 0 ? colour(inkOf(change)) : null;
          },
          of: [data.change],
          pixels: true,
          label: `Change of the stream by depth and distance from the replaced token; arrow keys read the cells`,
          told: ({ row: line, column }) => told(data, ctx, depths - 1 - line, column),
          walked: () => {},
          start: { row: depths - 1, column: 0 },
        })}
      </div>
      <svg width=${width + MARGIN.left + MARGIN.right} height=${height + MARGIN.bottom} aria-hidden="true">
        <g transform="translate(${MARGIN.left} 0)">
          ${leftAxis({ scale: y, x: 0, values: blockTicks(depths), format: (at) => String(Math.round(at - 1.5)) })}
          ${bottomAxis({
            scale: x,
            y: height,
            count: Math.max(2, Math.floor(width / 70)),
            title: "tokens after the replaced one",
          })}
          <path class="bound" d=${stairs(data.bound, x, y)} />
          <path class="felt" d=${stairs(data.felt, x, y)} />
          ${there ? svg`<path class="felt there" d=${stairs(there.felt, x, y)} />` : nothing}
        </g>
      </svg>
      <span class="dim side">block</span>
    </div>`;
}

/** 0 to 1, by the power of ten. @param {number} change */
const inkOf = (change) => Math.min(1, Math.max(0.04, 1 - Math.log10(change) / FAINT));

/** Where a few blocks' rows have their middles. @param {number} depths */
const blockTicks = (depths) =>
  range(depths - 1)
    .filter((block) => block % 5 === 0)
    .map((block) => block + 1.5);

/**
 * A line over the steps, right of the last cell that belongs to each depth.
 * @param {number[]} far
 * @param {ReturnType<typeof scaleLinear>} x
 * @param {ReturnType<typeof scaleLinear>} y
 */
function stairs(far, x, y) {
  const edge = (/** @type {number} */ end) => x(Math.min(end + 1, x.domain()[1]));
  return far.map((end, depth) => `${depth ? "L" : "M"}${edge(end)},${y(depth)}L${edge(end)},${y(depth + 1)}`).join("");
}

/**
 * @param {WindowReach} data
 * @param {Context} ctx
 * @param {number} depth
 * @param {number} distance
 * @returns {{ title: string, details: [string, string][] }}
 */
function told(data, ctx, depth, distance) {
  const window = depth ? data.windows[depth - 1] : null;
  const there = inMap(data, ctx);
  const was = there ? row(there.change, depth)[distance] : undefined;
  return {
    title: cut(tokenText(ctx.run.ids[data.source + distance]), 18),
    details: [
      [depthName(depth), depth ? (window ? `window ${whole(window)}` : "no window") : ""],
      ["tokens after", whole(distance)],
      ["change of the stream", scientific(row(data.change, depth)[distance])],
      ...(was === undefined ? [] : [/** @type {[string, string]} */ ([ctx.beside.name, scientific(was)])]),
      ["bound", counted(data.bound[depth], "token")],
    ],
  };
}
