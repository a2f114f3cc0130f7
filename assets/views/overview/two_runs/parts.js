// @ts-check
/**
 * What each part adds to a logit in both runs, mirrored, the largest change first; the rest and the sum below.
 *
 * @import { TwoParts } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Compared } from "./compared.js"
 */
import { segmented } from "../../../kit/controls.js";
import { signed, tone } from "../../../kit/format.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { compared } from "./compared.js";

const ROW = 26;
const SHOWN = 10;
const TOP = 30;
const NARROW = 560;
const HEAD = /^L(\d+)\.H(\d+)$/;

/** @type {View<TwoParts | null, { toward: number }>} */
export function parts(data, ctx) {
  if (!data) return html`<p class="hint">Choose a second run above.</p>`;
  const toward = Math.min(ctx.kept.toward ?? data.targets.length, data.targets.length > 1 ? 2 : 0);
  const all = compared(data, toward);
  return html`
    <div class="bar">
      ${
        data.targets.length > 1
          ? segmented({
              label: "Toward",
              choices: [
                [0, data.targets[0]],
                [1, data.targets[1]],
                [2, `${data.targets[0]} − ${data.targets[1]}`],
              ],
              chosen: toward,
              choose: (chosen) => ctx.keep({ toward: chosen }),
            })
          : nothing
      }
    </div>
    <p class="readout">${said(data, all, toward)}</p>
    <div class="figure scroll">${mirrored(data, all, ctx)}</div>`;
}

/**
 * @param {TwoParts | null} data
 * @returns {Row[]}
 */
export function rows(data) {
  if (!data) return [];
  return data.targets.flatMap((target, at) =>
    compared(data, at).rows.map(({ name, left, right }) => ({
      target,
      part: name,
      [data.sides[0]]: left,
      [data.sides[1]]: right,
    })),
  );
}

/** @param {TwoParts} data @param {Compared} all @param {number} toward */
function said({ targets, whole }, { rows: [most], sum }, toward) {
  const aim = toward === 2 ? `for ${targets[0]} over ${targets[1]}` : `toward ${targets[toward]}`;
  const kind = whole ? nothing : " The models have different parts: they are compared by quarters of their depth.";
  return html`What differs most is <b>${most.name}</b>: ${signed(most.left)} → <b>${signed(most.right)}</b> logits
    ${aim}, of a change of <b>${signed(sum.right - sum.left)}</b> in all.${kind}`;
}

/** @param {TwoParts} data @param {Compared} all @param {ViewContext<any>} ctx */
function mirrored({ sides, whole }, { rows, sum }, ctx) {
  const { width } = ctx;
  const narrow = width < NARROW;
  const [first, others] = [rows.slice(0, SHOWN), rows.slice(SHOWN)];
  const rest = total(`${others.length} others`, others);
  const lines = others.length ? [...first, rest] : first;
  const values = first.flatMap(({ left, right }) => [left, right]);
  const [least, most] = [Math.min(-0.1, ...values), Math.max(0.2, ...values)];
  const [half, numbers, change] = [whole ? 44 : narrow ? 66 : 88, narrow ? 44 : 52, narrow ? 50 : 66];
  const middle = (width - change) / 2;
  const left = scaleLinear([least, most], [middle - half, numbers + 6]);
  const right = scaleLinear([least, most], [middle + half, width - change - numbers - 6]);
  const place = { left, right, middle, width, change };
  const height = TOP + ROW * (lines.length + 1) + 14;
  return svg`
    <svg class="fig mirror" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group"
      aria-label="Parts that differ most between the runs">
      <text class="b" x=${middle - half} y="14" text-anchor="end">${sides[0]}</text>
      <text class="b" x=${middle + half} y="14">${sides[1]}</text>
      <text class="b" x=${width} y="14" text-anchor="end">change</text>
      ${[left, right].map(
        (x) => svg`<line class="zero" x1=${x(0)} x2=${x(0)} y1=${TOP - 6} y2=${TOP + ROW * first.length} />`,
      )}
      ${lines.map((row, at) => line(row, TOP + at * ROW, { ...place, drawn: at < first.length }, ctx))}
      <line class="hair" x1="0" x2=${width} y1=${TOP + ROW * lines.length + 4} y2=${TOP + ROW * lines.length + 4} />
      ${line(sum, TOP + ROW * lines.length + 8, { ...place, drawn: false }, ctx)}
    </svg>`;
}

/** @param {string} name @param {Compared["rows"]} rows */
const total = (name, rows) => ({
  name,
  left: rows.reduce((sum, row) => sum + row.left, 0),
  right: rows.reduce((sum, row) => sum + row.right, 0),
});

/**
 * @param {Compared["rows"][number]} row
 * @param {number} y
 * @param {{ left: (v: number) => number, right: (v: number) => number, middle: number, width: number, change: number,
 *   drawn: boolean }} place
 * @param {ViewContext<any>} ctx
 */
function line({ name, left: from, right: to }, y, { left, right, middle, width, change, drawn }, ctx) {
  const bar = (/** @type {(v: number) => number} */ x, /** @type {number} */ value) => svg`
    <rect class=${value < 0 ? "against" : "toward"} x=${Math.min(x(0), x(value))} y=${y + 5}
      width=${Math.max(0.75, Math.abs(x(value) - x(0)))} height=${ROW - 11} rx="1" />`;
  const [layer, head] = (HEAD.exec(name) ?? []).slice(1).map(Number);
  const selects = drawn && head !== undefined;
  const chosen = selects && ctx.focus.layer === layer && ctx.focus.head === head;
  const act = () => ctx.select({ layer, head });
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  return svg`
    <g class="part ${chosen ? "chosen" : ""} ${selects ? "press" : ""}" role=${selects ? "button" : nothing}
      tabindex=${selects ? 0 : nothing}
      aria-pressed=${selects ? chosen : nothing} @click=${selects ? act : nothing} @keydown=${selects ? key : nothing}>
      <rect class="ground" x="0" y=${y + 1} width=${width} height=${ROW - 3} rx="3" />
      ${drawn ? [bar(left, from), bar(right, to)] : nothing}
      <text class=${drawn ? "" : "dim"} x=${middle} y=${y + 17} text-anchor="middle">${name}</text>
      <text class="num" x="2" y=${y + 17}>${signed(from)}</text>
      <text class="num" x=${width - change} y=${y + 17} text-anchor="end">${signed(to)}</text>
      <text class="num b ${tone(to - from)}" x=${width - 2} y=${y + 17} text-anchor="end">${signed(to - from)}</text>
    </g>`;
}
