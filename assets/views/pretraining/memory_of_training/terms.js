// @ts-check
/**
 * A training step's memory by kind, and its activations part by part.
 *
 * @import { MemoryPart, MemoryTerms } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { kinds, POLICIES, peak, shape } from "./named.js";

/** @type {View<MemoryTerms>} */
export function terms(data, ctx) {
  return html`
    ${shape(ctx, ["policy", "optimizer"])}
    <p class="readout lead">A decoder of ${parameters(data.parameters)} parameters reads ${whole(data.tokens)} tokens a
      step. ${peak(data)}</p>
    ${kinds(data, ctx.width)}
    <h3 class="sub3">Activations, part by part</h3>
    ${parts(data, "Bytes that each part keeps for the backward pass")}
    <p class="hint">Computed again: ${POLICIES[data.policy]}. A tensor that two operations keep is counted once, where
      it
      is kept first; views of a weight are the weight. Cosines and sines stand in the first block’s attention; in 16
      bits each block has its own copies, and a 16-bit copy of each weight stands beside the layer’s activations.</p>`;
}

/** Of each part the blocks together. @param {MemoryTerms} data @param {string} label */
export function parts(data, label) {
  const byName = [...new Map(data.parts.map((each) => [each.name, summed(data, each.name)])).values()];
  const most = Math.max(...byName.map(({ whole: all }) => all));
  return table({
    label,
    columns: [
      { name: "part", cell: ({ name }) => name },
      { name: "tensors of", cell: ({ blocks }) => (blocks ? `${blocks} blocks` : "the decoder") },
      { name: "without", number: true, title: "Nothing computed again", cell: ({ whole: all }) => memory(all) },
      { name: "by formula", number: true, cell: ({ formula }) => memory(formula) },
      { name: "really", number: true, title: "torch’s hooks", cell: ({ real }) => memory(real) },
      { name: "apart, bytes", number: true, cell: ({ formula, real }) => whole(Math.abs(formula - real)) },
      { name: "of the largest", number: true, cell: ({ formula }) => percent(formula / most, 0) },
    ],
    rows: byName,
  });
}

/** @param {MemoryTerms} data @param {string} name */
function summed({ parts: all }, name) {
  const mine = all.filter((each) => each.name === name);
  const sum = (/** @type {(each: MemoryPart) => number} */ of) => mine.reduce((so, each) => so + of(each), 0);
  return {
    name,
    blocks: mine.filter(({ block }) => block >= 0).length,
    formula: sum(({ formula }) => formula),
    real: sum(({ real }) => real),
    whole: sum(({ whole: all }) => all),
  };
}

/** @param {MemoryTerms} data @returns {Row[]} */
export const rows = ({ kinds: of, parts: each }) => [
  ...of.map(({ name, formula, real }) => ({ kind: name, block: "", formula, real })),
  ...each.map(({ name, block, formula, real }) => ({ kind: name, block: block < 0 ? "" : block, formula, real })),
];
