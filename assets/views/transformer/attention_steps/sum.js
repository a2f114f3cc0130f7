// @ts-check
/**
 * What every head of the block writes at the selected token, and their sum.
 *
 * @import { Cells } from "./cells.js"
 * @import { Head, Kept } from "./head.js"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ name: string, head: number | null, length: number }} Written one row: a head's, or the bias
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { decimal, headName, percent, signed } from "../../../kit/numbers/format.js";
import { max, range, sum } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { colours, length } from "./cells.js";
import { cursorIn } from "./head.js";

const STEP = "add";

const NAME = 44;
const GAP = 24;
const BARS = { wide: 210, narrow: 92, from: 560, number: 56 };
const ROW = { wide: 26, narrow: 34 };
/** A smaller rest is the rounding of floats. */
const ROUNDING = 1e-3;

/**
 * @param {Head} head
 * @param {ViewContext<Kept>} ctx
 */
export function heads(head, ctx) {
  const { width } = ctx;
  const select = (/** @type {number} */ chosen) => ctx.select({ head: chosen });
  const written = writtenBy(head);
  const total = length(head.data.attn_out, 0, head.data.d_model);
  const longest = Math.max(total, ...written.map((each) => each.length));
  const wide = width >= BARS.from;
  const bars = wide ? BARS.wide : BARS.narrow;
  const row = wide ? ROW.wide : ROW.narrow;
  const share = (/** @type {number} */ size) => Math.max(1, (size / longest) * (bars - BARS.number));
  const shared = { columns: head.data.d_model, width: width - NAME - bars - GAP };
  const parts = { rows: written.length, height: written.length * row };
  const all = { rows: 1, height: row };
  const choose = (/** @type {Written} */ { head: chosen }) => chosen !== null && select(chosen);
  return html`
    <div class="heads-sum" role="group" aria-label="What each head writes at ${head.quoted(head.selected)}"
      style=${styleMap({ "--name": `${NAME}px`, "--bars": `${bars}px`, "--row": `${row}px` })}>
      <div class="names">${written.map((each) => name(head, each, select))}</div>
      ${matrix({
        ...shared,
        ...parts,
        ...stripe(head, ctx, written, parts),
        select: ({ row }) => choose(written[row]),
      })}
      <div class="lengths">${written.map((each) =>
        bar(each.length, share, each.head === head.data.head ? "on" : ""),
      )}</div>
      <div class="names sum"><span>Σ</span></div>
      ${matrix({ ...shared, ...all, ...stripe(head, ctx, null, all) })}
      <div class="lengths sum">${bar(total, share, "sum")}</div>
    </div>`;
}

/**
 * How rows are drawn and read.
 * @param {Head} head
 * @param {ViewContext<Kept>} ctx
 * @param {Written[] | null} written the sum, where nothing is said
 * @param {{ rows: number }} size
 */
function stripe(head, ctx, written, { rows }) {
  const cells = rowsOf(head, written);
  const most = largest(head);
  const at = written ? 0 : 1;
  return {
    label:
      `${written ? "What each head writes" : "Their sum"} at ` +
      `${head.quoted(head.selected)}; arrow keys read its cells`,
    of: [head.data, Boolean(written)],
    colour: colours(cells, most),
    told: (/** @type {Cell} */ cell) => readWritten(head, written, cell),
    selected: cursorIn(ctx, STEP, at, { rows, columns: head.data.d_model }),
    start: { row: written ? head.data.head : 0, column: 0 },
    walked: (/** @type {Cell} */ cell) => ctx.keep({ cursor: { step: STEP, at, cell } }),
  };
}

/**
 * What one number says, as the tooltip has it.
 * @param {Head} head
 * @param {Written[] | null} written
 * @param {Cell} cell
 */
function readWritten(head, written, cell) {
  const sum = signed(head.data.attn_out.a[cell.column], 4);
  const value = signed(rowsOf(head, written).value(cell.row, cell.column), 4);
  /** @type {[string, string][]} */
  const details = written
    ? [
        ["value", value],
        ["sum of all heads", sum],
      ]
    : [["value", sum]];
  const of = written?.[cell.row].head ?? null;
  const name = of === null ? (written?.[cell.row].name ?? "Sum") : headName(head.data.layer, of);
  return { title: `${name} in dimension ${cell.column}`, details };
}

/** How much is left of the parts once they are added. @param {Head} head */
export function sumNote(head) {
  const { data } = head;
  const parts = sum(
    writtenBy(head).filter((each) => each.head !== null),
    (each) => each.length,
  );
  const total = length(data.attn_out, 0, data.d_model);
  const rest = length(data.rest, 0, data.d_model);
  return html`The heads’ lengths add up to <b>${decimal(parts)}</b>, and their sum has length <b>${decimal(total)}</b>:
    <b>${percent(total / parts)}</b> remains, because the heads point in different directions.${
      rest > ROUNDING && !data.bias ? ` Not explained: ${decimal(rest, 4)}.` : nothing
    }`;
}

/**
 * @param {Head} head
 * @returns {Written[]}
 */
export function writtenBy({ data }) {
  const all = range(data.n_heads).map((head) => ({
    name: `H${head}`,
    head,
    length: length(data.heads, head, data.d_model),
  }));
  return data.bias ? [...all, { name: "bias", head: null, length: length(data.rest, 0, data.d_model) }] : all;
}

/**
 * The rows that are drawn: all that was written, or its sum.
 * @param {Head} head
 * @param {Written[] | null} written
 * @returns {Cells}
 */
function rowsOf({ data }, written) {
  const value = (/** @type {number} */ row, /** @type {number} */ column) => {
    if (!written) return data.attn_out.a[column];
    return written[row].head === null ? data.rest.a[column] : data.heads.a[row * data.d_model + column];
  };
  const rows = written?.length ?? 1;
  return {
    name: "heads",
    rows,
    columns: data.d_model,
    down: "head",
    across: "stream",
    kind: "signed",
    value,
    of: [data],
  };
}

/** @param {Head} head */
function largest({ data }) {
  const all = [data.heads, data.attn_out, ...(data.bias ? [data.rest] : [])];
  return max(all, (tensor) => max(tensor.a, Math.abs)) || 1;
}

/**
 * @param {Head} head
 * @param {Written} written
 * @param {(head: number) => void} select
 */
function name({ data }, { name, head }, select) {
  if (head === null) return html`<span>${name}</span>`;
  return html`
    <button type="button" aria-label="Select head ${headName(data.layer, head)}" aria-pressed=${head === data.head}
      @click=${() => select(head)}>${name}</button>`;
}

/**
 * @param {number} size
 * @param {(size: number) => number} share in pixels
 * @param {string} className
 */
const bar = (size, share, className) =>
  html`<span><i class="bar-of ${className}"
      style="width:${share(size).toFixed(1)}px"></i><b>${decimal(size)}</b></span>`;
