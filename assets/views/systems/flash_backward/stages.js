// @ts-check
/**
 * The matrices of one tile, in the order in which they are made, as three lines of an equation.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 * @import { Numbers, Tile } from "./parts.js"
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
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { added, cutOf } from "./parts.js";
import { drawn } from "./tile_matrix.js";

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
      <h3 class="sub3">Computed again <small>S = QKᵀ × ${decimal(data.scaling, 3)}${bent}, P = exp(S − L)</small></h3>
      <div class="equation">
        ${draw({ name: "Q", of: "kept", numbers: tensor("q"), kind: "signed", down: "query", across: "dimension" })}
        ${sign("×")}
        ${draw({
          name: "K",
          of: "kept, transposed",
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
          of: "input gradient",
          numbers: tensor("d_out"),
          kind: "signed",
          down: "query",
          across: "dimension",
        })}
        ${sign("×")}
        ${draw({
          name: "V",
          of: "kept, transposed",
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
