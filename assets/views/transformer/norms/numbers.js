// @ts-check
/**
 * The selected token's row through one norm, number by number: stripes, and the dimensions that weigh most.
 *
 * @import { NormOpened } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Opened } from "./row_stripes.js"
 *
 * The norm that is shown, with what follows from it.
 * @typedef {NormOpened & { place: string, where: string, divided: Float32Array, divisor: number,
 *   there: Float32Array | undefined }} Shown `there`: what the other run's rows are divided by
 */

import { stripes } from "../../../kit/cells/stripes.js";
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { size } from "./places.js";
import { COLOURS, stripe } from "./row_stripes.js";

const SQUARE = "share of the sum of squares of the whole row";
/** Dimensions in each table. */
const STRONGEST = 5;

/**
 * @param {Shown} norm
 * @param {ViewContext<Opened>} ctx
 */
export function rowOfNumbers(norm, ctx) {
  const dimension = openDimension(norm, ctx);
  return html`
    ${stripes({
      stripes: [
        stripe("in the stream", norm.before.a),
        stripe(`${norm.kind === "layer" ? "− mean, " : ""}÷ ${size(norm.divisor)}`, norm.divided),
        stripe("weight", norm.weight.a),
        ...(norm.bias ? [stripe("bias", norm.bias.a)] : []),
        stripe("after the norm", norm.out.a),
      ],
      width: ctx.width,
      label: "The selected token’s row before the norm, divided, the weights, and after the norm",
      told: (at) => ({ title: `Dimension ${at}`, details: steps(norm, at) }),
      chosen: dimension,
      choose: (at) => ctx.keep({ dimension: at }),
    })}
    <p class="hint">${COLOURS} Each stripe has its own scale.</p>
    <p class="readout" aria-live="polite">
      ${
        dimension === null
          ? html`<span class="muted">Point at a dimension to read its numbers. Click to keep it.</span>`
          : reckoned(norm, dimension)
      }
    </p>`;
}

/**
 * @param {Shown} norm
 * @param {ViewContext<Opened>} ctx
 */
function openDimension({ before }, ctx) {
  const { dimension = null } = ctx.kept;
  return dimension !== null && dimension < before.a.length ? dimension : null;
}

/**
 * @param {Shown} norm
 * @param {number} at
 * @returns {[string, string][]}
 */
function steps(norm, at) {
  /** @type {[string, string][]} */
  const lines = [
    ["in the stream", decimal(norm.before.a[at], 3)],
    ["divided", decimal(norm.divided[at], 3)],
    ["weight", decimal(norm.weight.a[at], 3)],
  ];
  if (norm.bias) lines.push(["bias", decimal(norm.bias.a[at], 3)]);
  return [...lines, ["after the norm", decimal(norm.out.a[at], 3)]];
}

/**
 * @param {Shown} norm
 * @param {number} at
 */
function reckoned(norm, at) {
  const mean = norm.kind === "layer" ? ` − mean ${decimal(norm.mean, 3)}` : "";
  const bias = norm.bias ? ` + bias ${decimal(norm.bias.a[at], 3)}` : "";
  return html`Dimension <b>${at}</b>: ${decimal(norm.before.a[at], 3)}${mean} ÷ ${size(norm.divisor)} = <b
    >${decimal(norm.divided[at], 3)}</b>; × weight ${decimal(norm.weight.a[at], 3)}${bias} =
    <b>${decimal(norm.out.a[at], 3)}</b>`;
}

/**
 * @param {string} title
 * @param {{ a: Float32Array }} by
 * @param {Shown} norm
 * @param {ViewContext<Opened>} ctx
 */
export function strongest(title, by, norm, ctx) {
  const order = Array.from(by.a.keys()).sort((one, other) => Math.abs(by.a[other]) - Math.abs(by.a[one]));
  const whole = { before: sum(norm.before.a, (value) => value ** 2), out: sum(norm.out.a, (value) => value ** 2) };
  const number = true;
  return html`
    <div>
      <h3 class="sub3">${title}</h3>
      ${table({
        label: title,
        rows: order.slice(0, STRONGEST),
        columns: [
          { name: "Dimension", cell: (at) => at, number },
          { name: "in the stream", cell: (at) => signed(norm.before.a[at]), number },
          {
            name: "of its square",
            title: SQUARE,
            cell: (at) => percent(norm.before.a[at] ** 2 / whole.before),
            number,
          },
          { name: "divided", cell: (at) => signed(norm.divided[at]), number },
          { name: "weight", cell: (at) => decimal(norm.weight.a[at], 3), number },
          { name: "normed", title: "after the norm", cell: (at) => signed(norm.out.a[at], 3), number },
          { name: "of its square", title: SQUARE, cell: (at) => percent(norm.out.a[at] ** 2 / whole.out), number },
        ],
        selected: (at) => at === ctx.kept.dimension,
        select: (at) => ctx.keep({ dimension: at === ctx.kept.dimension ? null : at }),
      })}
    </div>`;
}
