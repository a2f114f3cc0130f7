// @ts-check
/**
 * One row's m, l and O before and after the step that last changed it, number by number.
 *
 * @import { Line } from "../../../kit/tooltip"
 * @import { Now } from "./run.js"
 */

import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { reading } from "../../../kit/drawing/reading.js";
import { decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { shown } from "./fast_marks.js";
import { before, lastTouch, stateOf } from "./states.js";

const STRIP = 40;
const LEFT = 92;
const TABLE = 300;
const GAP = 36;
const BESIDE = 860;
/** What is free beside a number's bar. */
const COLUMN = { gap: 0.5, rx: 0 };

/** @typedef {{ name: string, values: Float32Array, ghost?: Float32Array, most: number }} Strip */

/** @param {Now} now */
export function rowState(now) {
  const { run, at, row, ctx } = now;
  const { first, rows } = run.data;
  const touched = lastTouch(now);
  const when = touched < 0 ? "not met yet" : touched === at ? `in step ${at + 1}` : `last met in step ${touched + 1}`;
  const head = html`<h3 class="sub3">Row ${first + row} ${token(ctx.run.ids[first + row])}
    <small>${when}; press a row of the square or a token above to choose another row</small></h3>`;
  if (touched < 0)
    return html`${head}<p class="hint">No tile of this row has been in fast memory yet: m = −∞, l = 0, O = 0.</p>`;
  const step = run.steps[touched];
  const inBlock = row % rows;
  const [was, is] = [stateOf(run, before(run, step), inBlock), stateOf(run, step, inBlock)];
  const keep = factorOf(run.algorithm, was, is);
  const kept = was.o.map((value) => value * keep.scaled);
  const added = is.o.map((value, x) => value - kept[x]);
  const most = max([was.o, is.o, added], (values) => max(values, Math.abs)) || 1;
  /** @type {Strip[]} */
  const strips = [
    { name: "O before", values: was.o, most },
    { name: `× ${decimal(keep.scaled, 3)}`, values: kept, ghost: was.o, most },
    { name: "+ this tile", values: added, most },
    { name: "= O after", values: is.o, most },
  ];
  if (run.algorithm === "fa2" && step.last) {
    const final = run.data.out.a.subarray(row * run.d, (row + 1) * run.d);
    strips.push({ name: `÷ l ${decimal(is.l, 3)}`, values: final, most: max(final, Math.abs) || 1 });
  }
  const width = ctx.width > BESIDE ? ctx.width - TABLE - GAP : ctx.width;
  return html`
    ${head}
    <div class="update">
      <div>${sumTable(now, was, is, keep)}</div>
      <div>
        ${
          step.phase === "softmax"
            ? html`<p class="hint">The softmax pass makes P. The third pass makes O.</p>`
            : drawn(strips, run.d, width)
        }
        <p class="hint">${note(now, most, strips.length)}</p>
      </div>
    </div>`;
}

/** @param {string} algorithm @param {{ m: number, l: number }} was @param {{ m: number, l: number }} is */
function factorOf(algorithm, was, is) {
  const raised = was.m === Number.NEGATIVE_INFINITY ? 0 : Math.exp(was.m - is.m);
  const scaled = algorithm === "standard" ? 1 : algorithm === "fa1" ? (is.l ? (was.l * raised) / is.l : 0) : raised;
  return { raised, scaled };
}

/**
 * @param {Now} now
 * @param {{ m: number, l: number }} was @param {{ m: number, l: number }} is
 * @param {{ raised: number, scaled: number }} keep
 */
function sumTable({ run }, was, is, { raised, scaled }) {
  const standard = run.algorithm === "standard";
  /** @type {[string, string, string][]} */
  const lines = [
    [standard ? "the row’s max m" : "running max m", shown(was.m), shown(is.m)],
    [standard ? "sum of exp(S − m), then of P" : "running sum l", decimal(was.l, 3), decimal(is.l, 3)],
    ["exp(m old − m new)", "", standard ? "none" : decimal(raised, 3)],
    ...(run.algorithm === "fa1"
      ? [/** @type {[string, string, string]} */ (["factor on O", "", decimal(scaled, 3)])]
      : []),
  ];
  return table({
    label: "m and l of the row before and after",
    columns: [
      { name: "of the row", cell: ([name]) => name },
      { name: "before", number: true, cell: ([, before]) => before },
      { name: "after", number: true, cell: ([, , after]) => html`<b>${after}</b>` },
    ],
    rows: lines,
  });
}

/** @param {Strip[]} strips @param {number} d @param {number} width */
function drawn(strips, d, width) {
  const height = strips.length * STRIP;
  return picture({
    ...{ label: "O of the row before and after this tile", width, height, margin: { left: LEFT }, x: [0, d] },
    marks: [
      strips.map(({ name, values, ghost, most }, at) => {
        const y = (at + 0.5) * STRIP;
        const span = (/** @type {number} */ value) => [y, y - (value / most) * (STRIP / 2 - 2)];
        const numbers = { x: (/** @type {unknown} */ _, /** @type {number} */ at) => [at, at + 1], y: span };
        return [
          text({ x: 0, y, dx: -LEFT, text: name, className: "h" }),
          rule({ x: [0, d], y }),
          ghost && bar({ data: ghost, ...numbers, ...COLUMN, color: "line2", hollow: true }),
          bar({ data: values, ...numbers, ...COLUMN, color: (value) => (value < 0 ? "neg" : "pos") }),
        ];
      }),
      (plane) => {
        plane.first(); // the reading has the keyboard
        return reading({
          count: d,
          x: (at) => plane.x(at + 0.5),
          y: [2, height - 2],
          label: `The ${d} numbers of O; arrow keys read them`,
          told: (at) => ({
            title: `O, dimension ${at}`,
            details: strips.map(({ name, values }) => /** @type {Line} */ ([name, decimal(values[at], 3)])),
          }),
        });
      },
    ],
  });
}

/** @param {Now} now @param {number} most @param {number} strips */
function note({ run }, most, strips) {
  const scale =
    `Each bar is one of the ${run.d} numbers of O, on a scale of ` +
    `±${decimal(most, 2)}${strips > 4 ? "; the last line has its own scale" : ""}.`;
  if (run.algorithm === "fa1")
    return `${scale} FA-1 keeps O divided by l, so its factor is l old · exp(m old − m new) ÷ l new.`;
  if (run.algorithm === "fa2" && strips < 5) return `${scale} FA-2 divides by l once, at the row’s last tile.`;
  return run.algorithm === "standard"
    ? `${scale} Standard attention divides by l before the product with V, so nothing is rescaled.`
    : scale;
}
