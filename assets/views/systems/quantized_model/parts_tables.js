// @ts-check
/**
 * The matrices in order, and what parts cost together.
 *
 * @import { QuantizedParts } from "../../../types/systems"
 * @import { BesideWords, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ matrix?: number }} Kept
 * @typedef {ViewContext<Kept>} Context
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
 * @param {BesideWords} beside
 */
export function together(data, known, beside) {
  const { kl, grid, kinds, base } = data;
  const there = (/** @type {string} */ name) =>
    name === "everything" ? base?.everything : base?.kinds.find(([role]) => name === `all ${role}`)?.[1];
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
          return under(said(found), beside, other === undefined ? undefined : nats(other));
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

/**
 * The other run's model, packed alike.
 * @param {QuantizedParts} data
 * @param {number} known
 * @param {BesideWords} beside
 */
export function partsBeside({ base, format, everything }, known, beside) {
  if (!base) return nothing;
  return html`<p class="readout basenote">${beside.start}, ${base.model}: <b>${base.worst}</b> suffers most in
    ${format.title}, with a KL of ${nats(base.worst_kl)} nats alone. All matrices together cost <b
      data-everything=${base.everything}>${nats(base.everything)}</b> nats there and ${nats(everything)} here. That is
    ${decimal(base.everything / base.added)} times the sum of each alone there, and ${decimal(everything / known)} times
    here.</p>`;
}
