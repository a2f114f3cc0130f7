// @ts-check
/**
 * A model in a line: its sizes, and what its card notes of it.
 *
 * @import { ModelCard, RunModel } from "./protocol"
 */
import { counted, whole } from "../kit/format.js";

/** @param {number} count */
const parameters = (count) =>
  `${count >= 1e9 ? `${(count / 1e9).toFixed(1)} B` : `${Math.round(count / 1e6)} M`} parameters`;

/** @param {string} sizes @param {string} note */
const noted = (sizes, note) => (note ? `${sizes}. ${note}.` : `${sizes}.`);

/** @param {RunModel} model */
export function caption(model) {
  const heads = `${model.H} query and ${model.KV} kv heads`;
  const sizes = `${parameters(model.parameters)}, ${counted(model.L, "block")}, ${heads}, d_model ${whole(model.D)}`;
  return noted(sizes, model.note);
}

/** @param {ModelCard} card */
export const cardCaption = (card) => noted(parameters(card.parameters), card.note);
