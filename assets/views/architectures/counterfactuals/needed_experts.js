// @ts-check
/**
 * The bars of the experts that a token takes. A bar is filled where the answer is another without the expert; a dashed
 * outline is the same expert's in the other run.
 *
 * @import { NeededExpert, NeededExperts } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {object} Options
 * @property {NeededExperts} data
 * @property {NeededExpert} most
 * @property {NeededExpert | undefined} chosen
 * @property {Context} ctx
 * @property {number} width in pixels
 * @property {number | null} block that is selected
 * @property {(cell: NeededExpert) => void} open
 *
 * @typedef {ViewContext<any, NeededExperts>} Context
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { change, isNoise, nats } from "./changes.js";

const NAMES = 58;
const TOP = 24;
const ORDER = ["largest weight", "second", "third"];
/** A column of at least so many pixels holds the expert's name and the number; and so many, weight and answer too. */
const ROOMY = 84;
const WIDE = 260;
/** Rows are taller where a finger must hit them. */
const PHONE = 480;
const PARTS = { name: 30, weight: 56, number: 48, answer: 88 };
const BAR = 14;
/** Characters of an answer. */
const ANSWER = 11;

/** @param {Options} options */
export function neededExperts(options) {
  const { data, width, block, chosen } = options;
  const place = geometry(options);
  const first = chosen ?? data.cells[0];
  return svg`
    <svg class="fig needed-experts" viewBox="0 0 ${width} ${place.height}" width=${width} height=${place.height}
      role="group" aria-label="KL of the next token when each expert is forbidden, by block" data-rove=${place.choices}
      @keydown=${rove}>
      ${range(place.choices).map((at) => columnHead(at, place, data))}
      ${range(data.layers).map(
        (layer) =>
          svg`<text aria-hidden="true" class=${layer === block ? "b ink" : ""} x="0"
            y=${place.middle(layer) + 4}>Block ${layer}</text>`,
      )}
      ${data.cells.map((cell) => needed(cell, { options, place, reached: cell === first }))}
    </svg>`;
}

/** @param {Options} options */
function geometry({ data, ctx, width }) {
  const largest = max([...data.cells, ...(ctx.there?.cells ?? [])], ({ kl }) => kl) ?? 0;
  const choices = 1 + (max(data.cells, ({ place }) => place) ?? 0);
  const gap = choices > 3 ? 8 : 24;
  const column = (width - NAMES - gap * (choices - 1)) / choices;
  const [roomy, wide] = [column > ROOMY, column > WIDE];
  const before = (roomy ? PARTS.name : 0) + (wide ? PARTS.weight : 0);
  const after = (roomy ? PARTS.number : 0) + (wide ? PARTS.answer : 0);
  const row = width < PHONE ? 34 : 26;
  const x = scaleLinear([0, Math.max(largest, 1e-9)], [0, Math.max(8, column - before - after)]);
  const left = (/** @type {number} */ at) => NAMES + at * (column + gap);
  const middle = (/** @type {number} */ layer) => TOP + (layer + 0.5) * row;
  return { choices, column, roomy, wide, before, row, x, left, middle, height: TOP + data.layers * row + 2 };
}

/** @param {number} at @param {Geometry} place @param {NeededExperts} data */
function columnHead(at, { left, before, column, roomy, wide, height }, { cells, top }) {
  const x = left(at);
  const answered = cells.some(({ place, ids }) => place === at && ids[0] !== top);
  const name = ORDER[at] ? (at ? `${ORDER[at]} largest` : ORDER[at]) : `${at + 1}th largest`;
  return svg`
    <text aria-hidden="true" class="dim" x=${x} y="12">${roomy ? name : at + 1}</text>
    ${wide ? svg`<text aria-hidden="true" class="dim" x=${x + before} y="12">KL, nats</text>` : nothing}
    ${
      wide && answered
        ? svg`<text aria-hidden="true" class="dim" x=${x + column} y="12" text-anchor="end">next token</text>`
        : nothing
    }
    <line class="zero" x1=${x + before} x2=${x + before} y1=${TOP - 4} y2=${height - 2} />`;
}

/** @param {NeededExpert} cell @param {{ options: Options, place: Geometry, reached: boolean }} where */
function needed(cell, { options, place, reached }) {
  const { data, most, chosen, open, ctx } = options;
  const was = taken(ctx, cell);
  const x = place.left(cell.place);
  const middle = place.middle(cell.layer);
  const press = () => open(cell);
  const title = `Block ${cell.layer}, expert ${cell.expert}`;
  const tip = tooltip(title, () => told(cell, data, ctx));
  const changed = cell.ids[0] !== data.top;
  const length = Math.max(isNoise(cell.kl) ? 0 : 0.8, place.x(cell.kl));
  return svg`
    <g class="needed ${changed ? "changed" : ""}" tabindex=${reached ? 0 : -1} role="button"
      aria-pressed=${cell === chosen} data-layer=${cell.layer} data-expert=${cell.expert} data-kl=${cell.kl}
      aria-label=${called(cell, place, { title, changed })}
      @click=${press} @keydown=${pressing(press)}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x=${x - 4} y=${middle - place.row / 2 + 0.5} width=${place.column + 8} height=${place.row - 1}
        rx="4" />
      ${
        place.roomy
          ? svg`<text aria-hidden="true" class="ink b" x=${x + 2} y=${middle + 4}>e${cell.expert}</text>`
          : nothing
      }
      ${
        place.wide
          ? svg`<text aria-hidden="true" x=${x + place.before - 8} y=${middle + 4}
            text-anchor="end">${percent(cell.weight)}</text>`
          : nothing
      }
      <rect class="kl" x=${x + place.before} y=${middle - BAR / 2} width=${length} height=${BAR} rx="1" />
      ${
        was
          ? svg`<rect class="was" data-was=${was.kl} x=${x + place.before} y=${middle - BAR / 2 - 3}
            width=${Math.max(0.8, place.x(was.kl))} height=${BAR + 6} rx="1" />`
          : nothing
      }
      ${
        place.roomy
          ? svg`<text aria-hidden="true" class=${cell === most ? "num b ink" : "num"}
            x=${x + place.before + Math.max(length, place.x(was?.kl ?? 0)) + 5}
            y=${middle + 4.5}>${nats(cell.kl)}</text>`
          : nothing
      }
      ${
        place.wide && changed
          ? svgToken(cell.ids[0], {
              x: x + place.column,
              y: middle + 4,
              anchor: "end",
              most: ANSWER,
              className: "m ink",
            })
          : nothing
      }
    </g>`;
}

/**
 * The same expert in the other run, if the token takes it there.
 * @param {Context} ctx
 * @param {NeededExpert} cell
 */
export const taken = ({ there }, { layer, expert }) =>
  there?.cells.find((other) => other.layer === layer && other.expert === expert);

/** @param {NeededExpert} cell @param {Geometry} place @param {{ title: string, changed: boolean }} said */
function called(cell, { roomy, wide }, { title, changed }) {
  const answer = cut(tokenText(cell.ids[0]), ANSWER);
  return spoken({
    written: [
      roomy && `e${cell.expert}`,
      wide && percent(cell.weight),
      roomy && nats(cell.kl),
      wide && changed && answer,
    ],
    called: title,
    lines: [
      ["weight", percent(cell.weight)],
      ["KL when forbidden, nats", nats(cell.kl)],
      ["next token", changed ? tokenText(cell.ids[0]) : "unchanged"],
    ],
  });
}

/**
 * @param {NeededExpert} cell
 * @param {NeededExperts} data
 * @param {Context} ctx
 * @returns {Line[]}
 */
function told(cell, data, ctx) {
  const was = taken(ctx, cell);
  /** @type {Line[]} */
  const lines = [
    ["weight", percent(cell.weight)],
    ["KL when forbidden", `${nats(cell.kl)} nats`],
    [`change of ln p of ${tokenText(data.target)}`, change(cell.target)],
    [
      "next token",
      cell.ids[0] === data.top ? "unchanged" : `${tokenText(cell.ids[0])} instead of ${tokenText(data.top)}`,
    ],
  ];
  if (ctx.there)
    lines.push([ctx.beside.name, was ? `weight ${percent(was.weight)}, KL ${nats(was.kl)} nats` : "not used"]);
  return lines;
}
