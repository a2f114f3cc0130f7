// @ts-check
/**
 * What each part adds to a lead in both runs, two bars on one axis, the largest change first; the rest and the sum
 * below.
 *
 * @import { TwoParts } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Compared, Part } from "./compared.js"
 */
import { segmented } from "../../../kit/controls/controls.js";
import { leadName, overChoice, overText } from "../../../kit/controls/over.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, signed, tone } from "../../../kit/numbers/format.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { compared } from "./compared.js";
import { offer } from "./counterpart.js";

const ROW = 32;
const BAR = 9;
const SHOWN = 10;
const TOP = 24;
const NARROW = 560;
/** Pixels for the name, and for each of the three numbers. */
const NAME = { heads: 92, quarters: 136, narrow: 124 };
const NUMBER = { wide: 72, narrow: 48 };
const HEAD = /^L(\d+)\.H(\d+)$/;

/** What stands here with a second run. */
const SHOWS = "With a second run, this view shows two bars for each part: one a run. The largest change comes first.";

/** @type {View<TwoParts | null, { toward: number }>} */
export function parts(data, ctx) {
  if (!data) return offer(ctx.payload("words"), ctx, SHOWS);
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
                [2, `${data.targets[0]} over ${data.targets[1]}`],
              ],
              chosen: toward,
              choose: (chosen) => ctx.keep({ toward: chosen }),
            })
          : nothing
      }
      ${overChoice(ctx, { measured: data.measured, target: data.ids[0] }, data.ids.slice(1))}
      ${legend([
        ["first-run", data.sides[0]],
        ["second-run", data.sides[1]],
      ])}
    </div>
    <p class="readout">${said(data, all, toward)}</p>
    <div class="figure scroll">${chart(data, all, ctx)}</div>`;
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
function said({ targets, whole, sides, measured }, { rows: [most], sum }, toward) {
  const whom = measured.over === "raw" ? "" : ` over ${overText(measured)}`;
  const aim =
    toward === 2
      ? `the lead of ${targets[0]} over ${targets[1]}`
      : `the ${leadName(measured)} of ${targets[toward]}${whom}`;
  const kind = whole ? nothing : " The models have different parts, so the parts are quarters of their depth.";
  return html`From the ${sides[0]} to the ${sides[1]}, ${aim} changes by <b>${signed(sum.right - sum.left)}</b>. The
    part
    that changes most is <b>${most.name}</b>: it adds ${signed(most.left)} in the ${sides[0]} and
    <b>${signed(most.right)}</b> in the ${sides[1]}.${kind}`;
}

/** @param {TwoParts} data @param {Compared} all @param {ViewContext<any>} ctx */
function chart({ sides, whole }, { rows, sum }, ctx) {
  const { width } = ctx;
  const narrow = width < NARROW;
  const [first, others] = [rows.slice(0, SHOWN), rows.slice(SHOWN)];
  const lines = others.length ? [...first, total(counted(others.length, "other part"), others)] : first;
  const values = first.flatMap(({ left, right }) => [left, right]);
  const number = narrow ? NUMBER.narrow : NUMBER.wide;
  const left = whole ? NAME.heads : narrow ? NAME.narrow : NAME.quarters;
  const x = scaleLinear([Math.min(0, ...values), Math.max(0.1, ...values)], [left, width - 3 * number - 8]);
  const columns = [2, 1, 0].map((at) => width - at * number - 2);
  const height = TOP + ROW * (lines.length + 1) + 14;
  return svg`
    <svg class="fig pairs" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group"
      aria-label="What each part adds in both runs">
      ${[narrow ? "first" : sides[0], narrow ? "second" : sides[1], "change"].map(
        (name, at) => svg`<text class="b" x=${columns[at]} y="14" text-anchor="end">${name}</text>`,
      )}
      <line class="zero" x1=${x(0)} x2=${x(0)} y1=${TOP - 6} y2=${TOP + ROW * first.length} />
      ${lines.map((row, at) => line(row, TOP + at * ROW, { x, columns, drawn: at < first.length }, ctx))}
      <line class="hair" x1="0" x2=${width} y1=${TOP + ROW * lines.length + 4} y2=${TOP + ROW * lines.length + 4} />
      ${line(sum, TOP + ROW * lines.length + 8, { x, columns, drawn: false }, ctx)}
    </svg>`;
}

/** @param {string} name @param {Part[]} rows */
const total = (name, rows) => ({
  name,
  left: rows.reduce((sum, row) => sum + row.left, 0),
  right: rows.reduce((sum, row) => sum + row.right, 0),
});

/**
 * @param {Part} row
 * @param {number} y
 * @param {{ x: (v: number) => number, columns: number[], drawn: boolean }} place
 * @param {ViewContext<any>} ctx
 */
function line({ name, left, right }, y, { x, columns, drawn }, ctx) {
  const bar = (/** @type {number} */ value, /** @type {number} */ run) => svg`
    <rect class="${value < 0 ? "against" : "toward"} ${run ? "second-run" : "first-run"}" x=${Math.min(x(0), x(value))}
      y=${y + 5 + run * (BAR + 2)} width=${Math.max(0.75, Math.abs(x(value) - x(0)))} height=${BAR} rx="1" />`;
  const [layer, head] = (HEAD.exec(name) ?? []).slice(1).map(Number);
  const selects = drawn && head !== undefined;
  const chosen = selects && ctx.focus.layer === layer && ctx.focus.head === head;
  const act = () => ctx.select({ layer, head });
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  const change = right - left;
  return svg`
    <g class="part ${chosen ? "chosen" : ""} ${selects ? "press" : ""}" role=${selects ? "button" : nothing}
      tabindex=${selects ? 0 : nothing}
      aria-pressed=${selects ? chosen : nothing} @click=${selects ? act : nothing} @keydown=${selects ? key : nothing}>
      <rect class="ground" x="0" y=${y + 1} width=${ctx.width} height=${ROW - 3} rx="3" />
      ${drawn ? [bar(left, 0), bar(right, 1)] : nothing}
      <text class=${drawn ? "" : "dim"} x="2" y=${y + 20}>${name}</text>
      <text class="num" x=${columns[0]} y=${y + 20} text-anchor="end">${signed(left)}</text>
      <text class="num" x=${columns[1]} y=${y + 20} text-anchor="end">${signed(right)}</text>
      <text class="num b ${tone(change)}" x=${columns[2]} y=${y + 20} text-anchor="end">${signed(change)}</text>
    </g>`;
}
