// @ts-check
/**
 * The interventions that can be added at what is selected.
 *
 * @import { Run } from "../../kit/view"
 * @import { Focus } from "../protocol"
 *
 * @typedef {{ layer: number, position: number }} Place
 *
 * @typedef {object} Choice
 * @property {string} label
 * @property {string} [text] of the intervention
 * @property {Place} [patch] where a stream of another prompt is to be put: its text is asked for
 * @property {string} [panel] where it is chosen
 */
import { headName } from "../../kit/numbers/format.js";

/**
 * @param {Run} run
 * @param {Focus} focus
 * @returns {Choice[]}
 */
export function choices(run, focus) {
  const position = focus.position ?? 0;
  const layer = focus.layer ?? 0;
  const head = focus.head ?? 0;
  const target = focus.target ?? run.next[position].id;
  return [
    { label: `Zero head ${headName(layer, head)}`, text: `ablate:${layer}.${head}` },
    { label: `Replace head ${headName(layer, head)} by its mean`, text: `ablate:${layer}.${head}:mean` },
    { label: `Zero the MLP of block ${layer}`, text: `mlp:${layer}` },
    {
      label: `Halve the stream after block ${layer} at position ${position}`,
      text: `scale:${layer}:${position}:0.5`,
    },
    {
      label: `Push position ${position} toward the target after block ${layer}`,
      text: `add:${layer}:${position}:${target}:20`,
    },
    { label: `Patch position ${position} from another prompt…`, patch: { layer, position } },
    { label: `Round the weights of block ${layer} to INT4`, text: `quant:${layer}:int4` },
    { label: "Round weights to another format…", panel: "quantization_effect" },
    ...(run.model.E ? ofExperts(run, { layer, position }, focus.expert) : []),
  ];
}

/**
 * A mixture of experts has more.
 * @param {Run} run
 * @param {Place} place
 * @param {number | null} expert
 * @returns {Choice[]}
 */
function ofExperts({ model: { E, topk } }, { layer, position }, expert) {
  const counts = [1, E].filter((count) => count !== topk);
  const where = `expert ${expert} in block ${layer} at position ${position}`;
  const one = [
    { label: `Forbid ${where}`, text: `forbid:${layer}:${position}:${expert}` },
    { label: `Force ${where}`, text: `force:${layer}:${position}:${expert}` },
  ];
  return [
    ...counts.map((count) => ({
      label: count === 1 ? "One expert a token in every block" : `All ${E} experts for every token`,
      text: `experts:all:${count}`,
    })),
    ...(expert !== null && expert < E ? one : []),
    { label: "Forbid or force an expert…", panel: "counterfactuals" },
  ];
}
