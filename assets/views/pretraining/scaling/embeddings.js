// @ts-check
/**
 * N's exponent in compute with and without embeddings, and how it falls as models grow.
 *
 * @import { CountedExponent, ScalingEmbeddings } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, tenTo } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { max, min } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 300;
/** @type {Record<string, string>} */
const WAYS = { law: "L(N, D), all runs at once", groups: "lowest points of the groups" };
/** @type {Record<string, string>} */
const COUNTS = { all: "all parameters", blocks: "without embeddings" };

/** @type {View<ScalingEmbeddings>} */
export function embeddings(data, ctx) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "The exponent of N in compute, each way",
      columns: [
        { name: "found by", cell: ({ way }) => WAYS[way] },
        { name: "N counts", cell: ({ counts }) => COUNTS[counts] },
        { name: "N grows as", number: true, cell: grows },
        { name: "90 % of the resamples", number: true, cell: between },
      ],
      rows: [...data.exponents],
    })}
    <h3 class="sub3">The same law, seen at every budget</h3>
    ${chart(data, ctx.width)}
    ${legend([
      [{ color: "prob", shape: "line" }, "without embeddings: M over 6 M D"],
      [{ color: "river-deep", shape: "line" }, "all parameters: N over 6 N D"],
      [{ color: "ink3", shape: "line", dash: true }, "as Kaplan et al. recommend"],
      [{ color: "line2", shape: "box" }, "budgets of our runs"],
    ])}
    <p class="hint">Both lines are our law, fitted with all parameters, along its own best splits; only what is counted
      differs. A table is as wide as the model and blocks grow as the cube of the width, so N = M + ω M^⅓, here with
      ω = ${Math.round(data.omega)} (Pearce and Song 2024, arXiv 2406.12907). To the right of the box it is
      extrapolated.</p>
    ${table({
      label: "Sizes of the sweep with and without embeddings",
      columns: [
        { name: "all parameters", number: true, cell: (size) => parameters(size.parameters) },
        { name: "without embeddings", number: true, cell: ({ blocks }) => parameters(blocks) },
        { name: "embeddings", number: true, cell: (size) => percent(1 - size.blocks / size.parameters, 0) },
      ],
      rows: [...data.sizes],
    })}`;
}

export const follows = true;

/** @param {ScalingEmbeddings} data @returns {Row[]} */
export const rows = (data) => [
  ...data.exponents.map(({ way, counts, value, low, high }) => ({ what: way, counts, exponent: value, low, high })),
  ...Array.from(data.budgets.a, (power, at) => ({
    ...{ what: "along the law", counts: "blocks", exponent: data.blocks.a[at], budget: 10 ** power },
  })),
];

/** @param {CountedExponent} each */
const grows = ({ value }) => (value === null ? "no lowest point" : `C^${decimal(value, 2)}`);

/** @param {CountedExponent} each */
const between = ({ value, low, high }) => (value === null ? "" : `${decimal(low, 2)} to ${decimal(high, 2)}`);

/** @param {ScalingEmbeddings} data */
function said({ exponents, ours, budgets, blocks, whole, kaplan }) {
  const [all, without] = exponents;
  const at = Array.from(budgets.a).findIndex((power) => power >= ours[0]);
  const overlap = Number(all.high) >= Number(without.low) && Number(without.high) >= Number(all.low);
  return html`Fitted to all parameters, N grows as C^<b>${decimal(Number(all.value), 2)}</b>; fitted without embeddings,
    as
    C^<b>${decimal(Number(without.value), 2)}</b>. ${
      overlap
        ? "Their bands overlap: from these few runs alone the difference is not certain. "
        : "Their bands do not overlap. "
    }Of one and the same law, what is no embedding grows as C^${decimal(blocks.a[at], 2)} at ${tenTo(
      Math.round(ours[0]),
    )} FLOP and as C^${decimal(whole, 2)} at budgets without end. Kaplan et al. counted no embeddings, in small
    models, and recommend C^${decimal(kaplan, 2)}.`;
}

/** @param {ScalingEmbeddings} data @param {number} width */
function chart({ budgets, blocks, whole, ours, kaplan }, width) {
  const powers = Array.from(budgets.a);
  const [first, last] = [powers[0], powers[powers.length - 1]];
  const all = [...blocks.a, whole, kaplan];
  const [low, high] = [Number(min(all)) - 0.04, Number(max(all)) + 0.04];
  return picture({
    label: "The exponent of the best size by budget, with and without embeddings",
    width,
    height: HEIGHT,
    margin: { left: 46, right: 16, top: 16, bottom: 46 },
    x: [first, last],
    y: [low, high],
    left: { title: "exponent", format: (value) => decimal(value, 2) },
    bottom: {
      title: "budget, FLOP",
      values: powers.map(Math.round).filter((power, at, list) => power % 3 === 0 && list.indexOf(power) === at),
      format: tenTo,
    },
    marks: [
      bar({ x: [...ours], y: [low, high], color: "line2", className: "band" }),
      rule({ y: kaplan, color: "ink3", dash: "5 4" }),
      rule({ y: whole, color: "river-deep", stroke: 2 }),
      line({ data: blocks.a, x: (_, at) => powers[at], y: Number, color: "prob", stroke: 2 }),
    ],
  });
}
