// @ts-check
/**
 * What the model would say at every block and position by one lens, and by all of them at the selected position.
 *
 * @import { LensesRead, OneLens } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { inText, lacking, NAMES } from "./drawn.js";

export const follows = true;
const LEFT = 30;
const ROW = 14;
/** How far the ramp goes: its full colour would dull the words. */
const STRONGEST = 0.85;

/** @type {View<LensesRead>} */
export function read(data, ctx) {
  const lens = data.lenses.find(({ kind }) => kind === ctx.controls.lens) ?? data.lenses[0];
  const position = placeOf(data, ctx);
  return html`
    <div class="settings-row ruled">${control(ctx, "lens")}</div>
    <p class="readout lead">At ${token(data.tokens.a[position])} (position ${data.start + position})
      ${data.lenses.map((each, at) => html`${at ? "; " : ""}the ${inText(each.kind)} ${firm(each, position)}`)}.</p>
    <h3 class="sub3">${NAMES[lens.kind]} <small>the likeliest next token behind each block; ink: its
      probability</small></h3>
    <div class="scroll">${map(data, lens, position, ctx)}</div>
    <h3 class="sub3">All at ${token(data.tokens.a[position])}</h3>
    <div class="scroll">${beside(data, position, ctx)}</div>
    ${lacking(data.missing)}
    <p class="hint">The depth below the first block, a second prompt and carrying states between them:
      <button class="link" type="button" @click=${() => ctx.go("residual_stream", "lens")}>Logit lens
      in Residual stream</button>.</p>`;
}

/** @param {LensesRead} data @param {ViewContext} ctx */
const placeOf = (data, ctx) =>
  Math.max(0, Math.min(data.tokens.a.length - 1, (ctx.focus.position ?? data.start) - data.start));

/** @param {OneLens} lens @param {number} layer @param {number} position */
const top = ({ ids, p }, layer, position) => {
  const at = (layer * ids.shape[1] + position) * ids.shape[2];
  return { id: ids.a[at], p: p.a[at], at };
};

/** From which block on a lens names the last word. @param {OneLens} lens @param {number} position */
function firm(lens, position) {
  const layers = lens.ids.shape[0];
  const last = top(lens, layers - 1, position).id;
  let from = layers - 1;
  while (from && top(lens, from - 1, position).id === last) from--;
  return html`names ${token(last)} from block <b>${from}</b> on`;
}

/** @param {LensesRead} data @param {OneLens} lens @param {number} position @param {ViewContext} ctx */
function map(data, lens, position, ctx) {
  const [rows, columns] = lens.ids.shape;
  const width = Math.max(columns * 46, ctx.width - LEFT - 4);
  const colour = ramp("prob", "sunken");
  const fit = Math.floor(width / columns / 7);
  return sided({
    ...{ rows, columns, width, height: rows * ROW, slanted: true },
    margin: { left: LEFT, top: 62, right: 2 },
    content: matrix({
      ...{ rows, columns, width, height: rows * ROW },
      label: `${NAMES[lens.kind]}: ${rows} blocks by ${columns} tokens; arrow keys move`,
      of: [data, lens.kind],
      colour: (row, column) => colour(STRONGEST * top(lens, row, column).p),
      selected: { row: Math.min(rows - 1, ctx.focus.layer ?? rows - 1), column: position },
      select: ({ row, column }) => ctx.select({ layer: row, position: data.start + column }),
      told: ({ row, column }) => ({
        title: `behind block ${row} at “${tokenText(data.tokens.a[column])}”`,
        details: range(lens.ids.shape[2]).map((k) => {
          const at = top(lens, row, column).at + k;
          return [tokenText(lens.ids.a[at]), percent(lens.p.a[at])];
        }),
      }),
    }),
    left: range(rows)
      .filter((row) => row % 5 === 0 || row === rows - 1)
      .map((row) => ({ at: row, text: String(row), className: "dim" })),
    top: Array.from(data.tokens.a, (id, at) => ({
      at,
      text: cut(tokenText(id), 9),
      className: at === position ? "ink b" : "dim",
    })),
    written: (row, column) => {
      const cell = top(lens, row, column);
      return { text: cut(tokenText(cell.id), fit), fill: shaded(colour(STRONGEST * cell.p)).color };
    },
  });
}

/** @param {LensesRead} data @param {number} position @param {ViewContext} ctx */
function beside(data, position, ctx) {
  const layers = data.lenses[0].ids.shape[0];
  return table({
    label: "What each lens says behind each block",
    rows: range(layers).reverse(),
    selected: (layer) => layer === ctx.focus.layer,
    select: (layer) => ctx.select({ layer }),
    columns: [
      { name: "block", number: true, cell: (layer) => String(layer) },
      ...data.lenses.map((lens) => ({
        name: NAMES[lens.kind],
        cell: (/** @type {number} */ layer) => {
          const { id, p } = top(lens, layer, position);
          return html`${token(id)} <span class="num">${percent(p)}</span>`;
        },
      })),
    ],
  });
}

/** @param {LensesRead} data @returns {Row[]} */
export const rows = (data) =>
  data.lenses.flatMap((lens) =>
    range(lens.ids.shape[0]).flatMap((layer) =>
      range(lens.ids.shape[1]).map((at) => {
        const { id, p } = top(lens, layer, at);
        return { lens: lens.kind, block: layer, position: data.start + at, says: tokenText(id), p };
      }),
    ),
  );
