// @ts-check
/**
 * What the map of a model's parts shows, in words; while it is measured, of as much as is.
 *
 * @import { QuantizedParts } from "../../../types/systems"
 */
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { matrixName } from "./map.js";
import { ordered } from "./parts_tables.js";
import { nats } from "./words.js";

/** @param {Pick<QuantizedParts, "kl" | "grid" | "weights" | "format">} data */
export function lead(data) {
  const order = ordered(data);
  if (!order.length) return nothing;
  const known = sum(order, (at) => data.kl.a[at]);
  const half = order.findIndex((_, at) => sum(order.slice(0, at + 1), (i) => data.kl.a[i]) >= known / 2) + 1;
  const weights = sum(order.slice(0, half), (i) => data.weights.a[i]) / sum(Array.from(data.weights.a));
  const all = data.kl.a.length;
  const far =
    order.length < all
      ? html`${whole(order.length)} of ${counted(all, "matrix", "matrices")} are measured. So far `
      : nothing;
  const name = matrixName(data.grid, order[0]);
  return html`${far}<b>${order.length < all ? name : capital(name)}</b>
    suffers most in ${data.format.title}: packed alone, it costs a KL of <b>${nats(data.kl.a[order[0]])}</b> nats.
    ${counted(half, "matrix", "matrices")} with ${percent(weights)} of the weights
    ${half === 1 ? "carries" : "carry"} half of the sum over ${whole(order.length)}.`;
}

/** What bars and the last cell mean. @param {Pick<QuantizedParts, "kl" | "grid">} data @param {number} most */
export function legendOf({ kl, grid }, most) {
  const last = kl.a[grid.layer.a.indexOf(-1)];
  const beyond = last > most ? `: ${nats(last)} nats, ${decimal(last / most, 1)} times the end of the scale` : "";
  return (
    "Bars show the sum of a row and the sum of a block. The unembedding stands in the last row, behind the last " +
    `block${beyond}.`
  );
}

/** @param {string} text */
export const capital = (text) => text[0].toUpperCase() + text.slice(1);
