// @ts-check
/**
 * The matrices of one tile, in the order in which they are made, as three lines of an equation.
 *
 * @import { BackwardTiles } from "../../../types"
 * @import { Numbers, Tile } from "./parts.js"
 * @import { Cell } from "../../../kit/matrix"
 *
 * @typedef {object} Shown one matrix
 * @property {string} name
 * @property {string} of its shape, in words
 * @property {Numbers} numbers
 * @property {"signed" | "weight"} kind
 * @property {"query" | "key"} down
 * @property {"key" | "dimension" | "number"} across
 * @property {(row: number, column: number) => boolean} [hidden]
 *
 * @typedef {object} Where
 * @property {BackwardTiles} data
 * @property {Tile} tile
 * @property {(at: number) => string} quoted a position of the window
 * @property {(query: number) => void} select
 * @property {number} chosen row of the window
 */
import { decimal } from "../../../kit/format.js";
import { matrix } from "../../../kit/matrix.js";
import { diverging, ramp } from "../../../kit/ramp.js";
import { rgb } from "../../../kit/theme.js";
import { html } from "../../../vendor/lit.js";
import { added, cutOf } from "./parts.js";

/** Pixels of a tile's side, and the most that a row of a vector takes. */
const SIDE = 120;
const VECTOR = { least: 96, most: 124 };
const STRIP = 12;

/** @param {Where} where */
export function stages(where) {
  const { data, tile } = where;
  const { queries, keys } = tile;
  const tensor = (/** @type {"q" | "k" | "v" | "d_out"} */ name) =>
    cutOf(data[name], name === "k" || name === "v" ? keys : queries);
  const square = (/** @type {"s" | "p" | "dp" | "ds"} */ name) => cutOf(data[name], queries, keys);
  const single = (/** @type {"lse" | "delta"} */ name) => ({
    rows: queries.to - queries.from,
    columns: 1,
    value: (/** @type {number} */ row) => data[name].a[queries.from + row],
  });
  const parts = added(data, tile);
  const draw = (/** @type {Shown} */ shown) => drawn(shown, where);
  const hidden = hiddenIn(square("s"));
  const bent = data.softcap === null ? "" : ", bent by the soft cap";
  return html`
    <section>
      <h3 class="sub3">Made again <small>S = QKᵀ × ${decimal(data.scaling, 3)}${bent}, P = exp(S − L)</small></h3>
      <div class="equation">
        ${draw({ name: "Q", of: "kept", numbers: tensor("q"), kind: "signed", down: "query", across: "dimension" })}
        ${sign("×")}
        ${draw({
          name: "K",
          of: "kept; turned to multiply",
          numbers: tensor("k"),
          kind: "signed",
          down: "key",
          across: "dimension",
        })}
        ${sign("→")}
        ${draw({ name: "S", of: "", numbers: square("s"), kind: "signed", down: "query", across: "key", hidden })}
        ${sign("−")}
        ${draw({ name: "L", of: "", numbers: single("lse"), kind: "signed", down: "query", across: "number" })}
        ${sign("exp →")}
        ${draw({ name: "P", of: "", numbers: square("p"), kind: "weight", down: "query", across: "key", hidden })}
      </div>
    </section>
    <section>
      <h3 class="sub3">Back through the softmax
        <small>dP = dO Vᵀ, dS = P ∘ (dP − D)${data.softcap === null ? "" : ", × the cap’s slope"}</small></h3>
      <div class="equation">
        ${draw({
          name: "dO",
          of: "comes in",
          numbers: tensor("d_out"),
          kind: "signed",
          down: "query",
          across: "dimension",
        })}
        ${sign("×")}
        ${draw({
          name: "V",
          of: "kept; turned to multiply",
          numbers: tensor("v"),
          kind: "signed",
          down: "key",
          across: "dimension",
        })}
        ${sign("→")}
        ${draw({ name: "dP", of: "", numbers: square("dp"), kind: "signed", down: "query", across: "key" })}
        ${sign("−")}
        ${draw({ name: "D", of: "", numbers: single("delta"), kind: "signed", down: "query", across: "number" })}
        ${sign("× P →")}
        ${draw({ name: "dS", of: "", numbers: square("ds"), kind: "signed", down: "query", across: "key", hidden })}
      </div>
    </section>
    <section>
      <h3 class="sub3">What this tile adds <small>to the gradients of its keys and of its queries</small></h3>
      <div class="equation">
        ${draw({ name: "dV +=", of: "Pᵀ dO", numbers: parts.dv, kind: "signed", down: "key", across: "dimension" })}
        ${draw({
          name: "dK +=",
          of: "dSᵀ Q × scale",
          numbers: parts.dk,
          kind: "signed",
          down: "key",
          across: "dimension",
        })}
        ${draw({
          name: "dQ +=",
          of: "dS K × scale",
          numbers: parts.dq,
          kind: "signed",
          down: "query",
          across: "dimension",
        })}
      </div>
    </section>`;
}

/** @param {string} text */
const sign = (text) => html`<span class="sign" aria-hidden="true">${text}</span>`;

/** @param {Numbers} scores */
const hiddenIn = (scores) => (/** @type {number} */ row, /** @type {number} */ column) =>
  !Number.isFinite(scores.value(row, column));

/**
 * @param {Shown} shown
 * @param {Where} where
 */
function drawn(shown, where) {
  const { name, of, numbers, across } = shown;
  const { data, tile, chosen, quoted, select } = where;
  const { rows, columns } = numbers;
  const width = {
    key: (SIDE * columns) / data.tile,
    dimension: Math.min(VECTOR.most, Math.max(VECTOR.least, 2 * columns)),
    number: STRIP,
  };
  const first = shown.down === "query" ? tile.queries.from : tile.keys.from;
  const most = largest(shown);
  const row = chosen - first;
  return html`
    <div class="part">
      <p class="heading"><b>${name}</b> <span>${rows} × ${columns}</span></p>
      ${matrix({
        rows,
        columns,
        width: width[across],
        height: (SIDE * rows) / data.tile,
        pixels: across === "dimension",
        colour: colours(shown, most),
        of: [data, tile.i, tile.j, name],
        label: `${name.replace(" +=", ", this tile’s part")}: ${rows} × ${columns}; arrow keys read its cells`,
        told: (cell) => told(shown, cell, where),
        walked: () => {},
        select: (cell) => shown.down === "query" && select(tile.queries.from + cell.row),
        selected: shown.down === "query" && row >= 0 && row < rows && across === "number" ? { row, column: 0 } : null,
        start: { row: 0, column: 0 },
      })}
      <p class="extremes">${of || (across === "number" ? size(most) : `largest ${size(most)}`)}</p>
      ${of && across === "dimension" ? html`<p class="extremes">largest ${size(most)}</p>` : ""}
      <span class="unseen">${name}, ${quoted(first)} and on</span>
    </div>`;
}

/** @param {Shown} shown */
function largest({ numbers, hidden }) {
  let most = 0;
  for (let row = 0; row < numbers.rows; row++) {
    for (let column = 0; column < numbers.columns; column++) {
      if (!hidden?.(row, column)) most = Math.max(most, Math.abs(numbers.value(row, column)));
    }
  }
  return most;
}

/** A number whose size may be anything. @param {number} value */
export function size(value) {
  if (value === 0) return "0";
  const small = Math.abs(value) < 0.001 || Math.abs(value) >= 1e5;
  return small
    ? value.toExponential(1).replace("e+", "e").replaceAll("-", "−")
    : decimal(value, Math.abs(value) < 0.1 ? 4 : 3);
}

/**
 * Ink for weights; blue above and orange below nought, by the matrix's own largest, as square roots.
 * @param {Shown} shown
 * @param {number} most
 */
function colours({ kind, numbers, hidden }, most) {
  return (/** @type {number} */ row, /** @type {number} */ column) => {
    if (hidden?.(row, column)) return rgb("surface");
    const value = numbers.value(row, column);
    const strength = Math.sqrt(Math.min(1, Math.abs(value) / (most || 1)));
    if (kind === "weight") return ramp("ink", "sunken")(Math.sqrt(value));
    return diverging("neg", "pos", "sunken")(value < 0 ? -strength : strength);
  };
}

/**
 * @param {Shown} shown
 * @param {Cell} cell
 * @param {Where} where
 */
function told({ name, numbers, down, across, hidden }, { row, column }, { tile, quoted }) {
  const from = quoted((down === "query" ? tile.queries.from : tile.keys.from) + row);
  const to = { key: `, key ${quoted(tile.keys.from + column)}`, dimension: `, dimension ${column}`, number: "" }[
    across
  ];
  const value = hidden?.(row, column) ? (name === "S" ? "−∞" : "0, masked") : size(numbers.value(row, column));
  return { title: `${name} at ${from}${to}`, details: /** @type {[string, string][]} */ ([["value", value]]) };
}
