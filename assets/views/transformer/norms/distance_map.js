// @ts-check
/**
 * The map of distances: a line for each norm of the model, a column for each token.
 *
 * @import { NormsMean } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { row } from "../../../kit/cells/tensor.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { percent } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { html, styleMap, svg } from "../../../vendor/lit.js";
import { named } from "./places.js";

/** Pixels of the names at the left and above. */
const LEFT = 34;
const TOP = 78;
/** A column's most; a line's least and most; what all lines share. */
const COLUMN = 34;
const LINE = { least: 2, most: 7, all: 340 };
const TEXT = 16;
const SLANT = 11.5;
/** Characters of a token above its column. */
const TOKEN = 10;
const STEPS = [1, 2, 5, 10, 20];

/**
 * @typedef {object} Map
 * @property {NormsMean} data
 * @property {ViewContext<any>} ctx
 * @property {number} at the selected line
 * @property {number} most the largest distance
 * @property {number} width in pixels
 * @property {(line: number) => string} spot where a line's norm stands
 * @property {(line: number, position: number) => void} go
 */

/** @param {Map} map */
export function distanceMap({ data, ctx, at, most, width, spot, go }) {
  const [lines, columns] = data.difference.shape;
  const high = Math.max(LINE.least, Math.min(LINE.most, LINE.all / lines));
  const wide = Math.min((width - LEFT - 4) / columns, COLUMN);
  const [w, h] = [wide * columns, high * lines];
  const colour = ramp("ink", "sunken");
  const share = (/** @type {number} */ line, /** @type {number} */ position) => row(data.difference, line)[position];
  const column = { left: `${data.position * wide}px`, width: `${wide}px` };
  const line = { top: `${at * high}px`, height: `${high}px` };
  return html`
    <div class="distances" style=${styleMap({ gridTemplateColumns: `${LEFT}px ${w}px` })}>
      ${tokensAbove({ ctx, columns, chosen: data.position, wide })}
      ${blocksBeside({ blocks: (lines - 1) / 2, chosen: data.layer, high, height: h })}
      <div class="field">
        ${matrix({
          rows: lines,
          columns,
          width: w,
          height: h,
          colour: (line, position) => colour(most ? share(line, position) / most : 0),
          of: [data.difference],
          label:
            "Distance between LayerNorm and RMSNorm by norm and token, 0 to " +
            `${percent(most)}; arrow keys move the selection`,
          told: ({ row: line, column }) => ({
            title: named(ctx, column),
            details: [
              [spot(line), ""],
              ["distance", percent(share(line, column))],
              ["mean’s share of the square", percent(row(data.share, line)[column])],
            ],
          }),
          select: ({ row: line, column }) => go(line, column),
          selected: { row: at, column: data.position },
          pixels: true,
        })}
        <i class="band upright" style=${styleMap(column)}></i>
        <i class="band level" style=${styleMap(line)}></i>
      </div>
    </div>`;
}

/** @param {{ ctx: ViewContext<any>, columns: number, chosen: number, wide: number }} names */
function tokensAbove({ ctx, columns, chosen, wide }) {
  const every = Math.ceil(SLANT / wide);
  const named = Array.from({ length: columns }, (_, at) => at).filter(
    (at) => at === chosen || (at % every === 0 && Math.abs(at - chosen) >= every),
  );
  return html`
    <svg class="tokens" width=${wide * columns} height=${TOP} aria-hidden="true">
      ${named.map((at) => {
        const kind = at === chosen ? "ink b" : at >= ctx.run.nPrompt ? "written" : "";
        const name = svgToken(ctx.run.ids[at], { x: 0, y: 4, most: TOKEN, className: `m ${kind}` });
        return svg`<g transform="translate(${(at + 0.5) * wide} ${TOP - 6}) rotate(-90)">${name}</g>`;
      })}
    </svg>`;
}

/** @param {{ blocks: number, chosen: number, high: number, height: number }} names */
function blocksBeside({ blocks, chosen, high, height }) {
  const step = Math.ceil(TEXT / (2 * high));
  const every = STEPS.find((each) => each >= step) ?? step;
  const named = Array.from({ length: blocks }, (_, block) => block).filter((block) => block % every === 0);
  return html`
    <svg class="blocks" width=${LEFT} height=${height} aria-hidden="true">
      ${named.map(
        (block) => svg`
          <text class=${block === chosen ? "written b" : "dim"} x=${LEFT - 8} y=${(2 * block + 1) * high + 4}
            text-anchor="end">
            ${block}
          </text>`,
      )}
    </svg>`;
}
