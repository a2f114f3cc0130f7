// @ts-check
/**
 * The perplexity of every second reading: a row a scheme, a column a distance; a press opens one.
 *
 * @import { PositionsReach } from "../../../types"
 * @import { Point } from "./words.js"
 */
import { whole } from "../../../kit/format.js";
import { figures } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";
import { SCHEMES } from "./schemes.js";
import { perplexity } from "./words.js";

/**
 * @param {PositionsReach} data
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
export function perplexities(data, point, select) {
  return table({
    label: "Perplexity of the second reading",
    className: "perplexities",
    rows: data.names.map((_, scheme) => scheme),
    selected: (scheme) => scheme === point.scheme,
    columns: [
      { name: "Positions later", cell: (scheme) => SCHEMES[data.names[scheme]].name },
      ...data.distances.map((distance, far) => ({
        name: whole(distance),
        number: true,
        className: distance > data.n_ctx ? "past" : "",
        cell: (/** @type {number} */ scheme) => cell(data, { scheme, far }, point, select),
      })),
    ],
  });
}

/**
 * @param {PositionsReach} data
 * @param {Point} here
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
function cell(data, here, point, select) {
  const value = perplexity(data, here);
  if (!Number.isFinite(value)) return html`<span class="muted">…</span>`;
  const on = here.scheme === point.scheme && here.far === point.far;
  const name =
    `${SCHEMES[data.names[here.scheme]].name}, ${whole(data.distances[here.far])} ` +
    `positions: perplexity ${figures(value)}`;
  return html`
    <button type="button" class=${value > data.first_perplexity ? "lost" : ""} aria-pressed=${on} aria-label=${name}
      tabindex=${on ? 0 : -1} @click=${() => select(here)}>${figures(value)}</button>`;
}
