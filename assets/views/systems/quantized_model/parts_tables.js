// @ts-check
/**
 * The matrices in order, and what parts cost together.
 *
 * @import { QuantizedParts } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ matrix?: number }} Kept
 * @typedef {ViewContext<Kept, QuantizedParts>} Context
 */

import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { matrixName, short } from "./map.js";
import { nats } from "./words.js";

/** Matrices in the list. */
const LISTED = 8;

/** Matrices by what they cost, the costliest first. @param {Pick<QuantizedParts, "kl">} data */
export const ordered = ({ kl }) =>
  range(kl.a.length)
    .filter((at) => Number.isFinite(kl.a[at]))
    .sort((a, b) => kl.a[b] - kl.a[a]);

/** @param {QuantizedParts} data @param {Context} ctx */
export function selectedOf(data, ctx) {
  return ctx.kept.matrix ?? ordered(data)[0] ?? -1;
}

/** @param {QuantizedParts} data @param {Context} ctx @param {number} matrix */
export function choose(data, ctx, matrix) {
  ctx.keep({ matrix });
  const layer = data.grid.layer.a[matrix];
  if (layer >= 0) ctx.select({ layer });
}

/** @param {QuantizedParts} data @param {Context} ctx */
export function worst(data, ctx) {
  const selected = selectedOf(data, ctx);
  const { tokens } = data;
  const first = ordered(data).slice(0, LISTED);
  return table({
    label: "The most sensitive matrices",
    rows: first.includes(selected) || selected < 0 ? first : [...first, selected],
    selected: (at) => at === selected,
    select: (at) => choose(data, ctx, at),
    columns: [
      { name: "Matrix", cell: (at) => html`<b>${matrixName(data.grid, at)}</b>` },
      { name: "KL alone", number: true, cell: (at) => nats(data.kl.a[at]) },
      { name: "±", number: true, cell: (at) => nats(data.error.a[at]) },
      { name: "weights", number: true, cell: (at) => whole(data.weights.a[at]) },
      ...(tokens ? [{ name: "tokens", number: true, cell: (/** @type {number} */ at) => whole(tokens.a[at]) }] : []),
    ],
  });
}

/**
 * What parts cost together, beside the sum of what each costs alone.
 * @param {QuantizedParts} data
 * @param {number} known
 * @param {Context} ctx
 */
export function together(data, known, ctx) {
  const { kl, grid, kinds } = data;
  const whole = wholeThere(ctx);
  const there = (/** @type {string} */ name) =>
    name === "everything" ? whole?.everything : whole?.kinds.find(([role]) => name === `all ${role}`)?.[1];
  const of = (/** @type {string} */ role) =>
    sum(
      range(kl.a.length).filter((at) => short(grid.rows[grid.row.a[at]]).split(" ").at(-1) === role),
      (at) => kl.a[at] || 0,
    );
  const all = [
    ...kinds.map(([role, found]) => ({ name: `all ${role}`, found, added: of(role) })),
    { name: "everything", found: data.everything, added: known },
  ];
  return table({
    label: "Packed together, and added up",
    rows: all,
    columns: [
      { name: "Packed", cell: ({ name }) => html`<b>${name}</b>` },
      {
        name: "together",
        number: true,
        cell: ({ name, found }) => {
          const other = there(name);
          return under(said(found), ctx.beside, other === undefined ? undefined : nats(other));
        },
      },
      { name: "sum of each alone", number: true, cell: ({ added }) => nats(added) },
      {
        name: "together ÷ sum",
        number: true,
        cell: ({ found, added }) => (Number.isFinite(found) && found !== null ? decimal(found / added) : ""),
      },
    ],
  });
}

/** @param {number | null} value */
export const said = (value) => (value === null || !Number.isFinite(value) ? "not yet" : nats(value));

/** The other run's model, packed alike, once all of it is measured. @param {Context} ctx */
const wholeThere = ({ there }) => (there && there.done === there.total ? there : null);

/**
 * It in words.
 * @param {QuantizedParts} data
 * @param {number} known
 * @param {Context} ctx
 */
export function partsThere({ format, everything }, known, ctx) {
  const there = wholeThere(ctx);
  if (!there) return nothing;
  const [first] = ordered(there);
  return html`<p class="readout basenote">${ctx.beside.start}, ${ctx.other?.model?.title}:
    <b>${matrixName(there.grid, first)}</b> suffers most in
    ${format.title}, with a KL of ${nats(there.kl.a[first])} nats alone. All matrices together cost <b
      data-everything=${there.everything}>${nats(there.everything)}</b> nats there and ${nats(everything)} here. That is
    ${decimal(there.everything / sum(there.kl.a))} times the sum of each alone there, and
    ${decimal(everything / known)} times here.</p>`;
}
