// @ts-check
/**
 * How alike each two methods rank the units.
 *
 * @import { WhichWords } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { inOrder, METHODS } from "./methods.js";

/** @type {Record<string, string>} */
const SHORT = { gradient: "grad", integrated: "IG", left_out: "out", shapley: "Shapley", rollout: "rollout" };

/** @param {WhichWords} data @param {ViewContext} _ctx */
export function agreement(data, _ctx) {
  const done = inOrder(data);
  const colour = diverging();
  const tau = (/** @type {number} */ one, /** @type {number} */ other) =>
    data.agreement.a[one * data.methods.length + other];
  return table({
    label: "Kendall’s tau of each two methods",
    className: "tau",
    rows: done,
    columns: [
      { name: "Method", cell: ({ method }) => METHODS[method.name].name },
      ...done.map((other) => ({
        name: SHORT[other.method.name],
        title: METHODS[other.method.name].name,
        number: true,
        cell: (/** @type {typeof other} */ { at }) => {
          if (at === other.at) return "";
          const value = tau(at, other.at);
          if (!Number.isFinite(value)) return "–";
          return html`<span class="cell" style=${styleMap(shaded(colour(0.7 * value)))}>${signed(value)}</span>`;
        },
      })),
    ],
  });
}
