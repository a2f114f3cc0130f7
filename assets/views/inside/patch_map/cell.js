// @ts-check
/**
 * One cell: what its patch did, what was expected, what the model says with it; and the cells expected worst.
 *
 * @import { PatchMap } from "../../../types/inside"
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { placeName, runsOf } from "./shown.js";

/** An estimate is far off by more than so many logits and such a part of what was measured. */
const OFF = { logits: 0.5, part: 0.4 };

/** @param {PatchMap} data @param {Cell} cell @param {ViewContext<any>} ctx */
export function opened(data, cell, ctx) {
  const at = cell.row * data.measured.shape[1] + cell.column;
  const [measured, expected] = [data.measured.a[at], data.estimated.a[at]];
  const [source, target] = runsOf(data.way);
  const [base, goal] = data.way === "denoise" ? [1, 0] : [0, 1];
  const scores = data.pair?.scores ?? [];
  if (!Number.isFinite(measured)) return html`<div><p class="readout lead">This cell is not measured yet.</p></div>`;
  const part = measured / (scores[goal] - scores[base]);
  return html`
    <div class="opened">
      <p class="readout lead">Put ${placeName(data, cell)} of the ${source} run into the ${target} run: its lead goes
      from
        ${signed(scores[base])} to <b>${signed(scores[base] + measured)}</b>, ${percent(part, 0)} of the way to the
        ${source} run’s ${signed(scores[goal])}. Expected was <b>${signed(expected)}</b>, measured
        <b>${signed(measured)}</b>${judged(measured, expected)}.</p>
      ${next(data, at, base)}
      ${data.site === "z" ? edgesLink(ctx, cell) : nothing}
    </div>`;
}

/** @param {number} measured @param {number} expected */
function judged(measured, expected) {
  const off = Math.abs(expected - measured);
  if (off <= Math.max(OFF.logits, OFF.part * Math.abs(measured))) return nothing;
  const turned = Math.sign(expected) !== Math.sign(measured) && Math.abs(expected) > OFF.logits;
  return html`: ${turned ? "the wrong sign" : "far off"}, for the way from one value to the other is not straight`;
}

/** @param {ViewContext<any>} ctx @param {Cell} cell */
function edgesLink(ctx, { row, column }) {
  const show = () => {
    ctx.select({ layer: row, head: column }, { show: "edges" });
    ctx.measure("edges");
  };
  return html`<p><button class="linkbtn" type="button" @click=${show}>Whom this head tells it</button> ·
    <button class="linkbtn" type="button" @click=${() => {
      ctx.select({ layer: row, head: column });
      ctx.go("head_card");
    }}>Its card</button></p>`;
}

/**
 * The likeliest next tokens without the patch and with it.
 * @param {PatchMap} data @param {number} at @param {number} run
 */
function next(data, at, run) {
  const top = data.ids.shape[2];
  const pair = data.pair;
  if (!pair) return nothing;
  const before = range(top).map((k) => [pair.ids.a[run * top + k], pair.p.a[run * top + k]]);
  const after = range(top).map((k) => [data.ids.a[at * top + k], data.p.a[at * top + k]]);
  const of = (/** @type {number[][]} */ those, /** @type {number} */ id) => those.find(([each]) => each === id)?.[1];
  const ids = [...new Set([...after, ...before].map(([id]) => id))].slice(0, top);
  const said = (/** @type {number | undefined} */ p) => (p === undefined ? "less" : percent(p));
  return table({
    label: "Next tokens without the patch and with it",
    rows: ids,
    columns: [
      { name: "Next token", cell: (id) => token(id) },
      { name: "without", number: true, cell: (id) => said(of(before, id)) },
      { name: "with this cell", number: true, cell: (id) => said(of(after, id)) },
    ],
  });
}

/** @param {number} n */
const range = (n) => Array.from({ length: n }, (_, at) => at);

/** The ten cells that were expected worst. @param {PatchMap} data @param {(cell: Cell) => void} choose */
export function worst(data, choose) {
  const cells = data.measured.shape[1];
  const cellOf = (/** @type {number} */ at) => ({ row: Math.floor(at / cells), column: at % cells });
  return html`
    <h3 class="sub3">Expected worst <small>the ten cells where the two differ most</small></h3>
    ${table({
      label: "The cells where measured and estimated differ most",
      rows: Array.from(data.worst.a),
      select: (at) => choose(cellOf(at)),
      columns: [
        { name: "Cell", cell: (at) => placeName(data, cellOf(at)) },
        { name: "measured", number: true, cell: (at) => signed(data.measured.a[at]) },
        { name: "estimated", number: true, cell: (at) => signed(data.estimated.a[at]) },
      ],
    })}`;
}
