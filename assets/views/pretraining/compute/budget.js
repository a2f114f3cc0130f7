// @ts-check
/**
 * A budget by each law, and tokens a parameter over all budgets.
 *
 * @import { BudgetLaw, ComputeBudget } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ law: string }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { apart } from "../../../kit/drawing/apart.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, tenTo } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { power } from "./amounts.js";

const HEIGHT = 360;
const RATIOS = [0.3, 1000];
const TENTHS = [1, 10, 100, 1000];
/** Of a number from its dot and from the next number, in pixels. */
const CLEAR = 11;
const GAP = 14;
/** Powers of ten from tick to tick. */
const EVERY = { wide: 2, narrow: 4 };
/** @type {Record<string, { color: string, dash?: string }>} */
const LOOKS = {
  kaplan: { color: "ink2" },
  hoffmann: { color: "neg" },
  unrounded: { color: "neg", dash: "5 4" },
  refit: { color: "river-deep" },
  muennighoff: { color: "prob" },
};

/** @type {View<ComputeBudget, Kept>} */
export function budget(data, ctx) {
  const [printed, unrounded] = ["hoffmann", "unrounded"].map((key) => lawOf(data, key));
  return html`
    <div class="settings-row">${control(ctx, "budget", { as: "select" })}</div>
    <p class="readout lead">For <b>${power(data.compute)} FLOP</b> the constants that Hoffmann et al. print ask for
      <b>${decimal(ratio(printed), 1)}</b> tokens a parameter. With the four digits of the same exponents it is
      <b>${decimal(ratio(unrounded), 1)}</b>, and the refit to the same runs says
      <b>${decimal(ratio(lawOf(data, "refit")), 1)}</b>.</p>
    ${chart(data, ctx.width)}
    ${legend(
      data.laws.map(({ key, name }) => [
        { color: LOOKS[key].color, shape: "line", dash: Boolean(LOOKS[key].dash) },
        name,
      ]),
    )}
    ${table({
      label: `A budget of ${power(data.compute)} FLOP by each law`,
      columns: [
        { name: "law", cell: ({ name }) => name },
        { name: "parameters", number: true, cell: (each) => parameters(each.parameters) },
        { name: "tokens", number: true, cell: (each) => parameters(each.tokens) },
        { name: "tokens a parameter", number: true, cell: (each) => figures(ratio(each)) },
        { name: "N grows as", number: true, cell: ({ exponent }) => `C^${decimal(exponent, 3)}` },
        { name: "loss, nats", number: true, cell: ({ loss }) => decimal(loss, 3) },
        { name: "N counts", cell: ({ counts }) => counts },
        { name: "source", className: "from", cell: ({ source }) => source },
      ],
      rows: [...data.laws],
    })}
    <p class="hint">Each law was fitted to its own text and tokenizer: losses of two laws are not to be compared, other
      than those of Hoffmann’s runs. Kaplan’s line is the least loss of the joint form; the paper recommends N as
      C^0.73, from training curves. A law that is read far outside of its runs is a guess.</p>
    <h3 class="sub3">Tokens that are read again</h3>
    ${table({
      label: "What a token is worth by the number of epochs",
      className: "snug",
      columns: [
        { name: "epochs", number: true, cell: ({ epochs }) => epochs },
        {
          name: "worth of a token read, against a new one",
          number: true,
          cell: ({ worth }) => percent(worth, 1),
        },
      ],
      rows: [...data.repeated],
    })}
    <p class="hint">Muennighoff et al. 2023: U + U · 15.39 · (1 − e^(−R / 15.39)) over U · epochs, where R is the number
      of epochs less one.</p>`;
}

/** @param {ComputeBudget} data @returns {Row[]} */
export const rows = (data) =>
  data.laws.map(({ ratios: _, ...each }) => ({ compute: data.compute, ...each, ratio: ratio(each) }));

/** @param {Pick<BudgetLaw, "tokens" | "parameters">} law */
const ratio = ({ tokens, parameters: count }) => tokens / count;

/** @param {ComputeBudget} data @param {string} key */
const lawOf = ({ laws }, key) => /** @type {BudgetLaw} */ (laws.find((each) => each.key === key));

/**
 * Where numbers stand that no line crosses: above their dots, or below where another dot is close above.
 * @param {number[]} heights of the dots, in pixels
 */
const beside = (heights) =>
  heights.map((own) => own + (heights.some((other) => other < own && own - other < 2 * CLEAR) ? CLEAR : -CLEAR));

/** @param {ComputeBudget} data @param {number} width */
function chart({ laws, exponents, compute }, width) {
  const [first, last] = [exponents.a[0], exponents.a[exponents.a.length - 1]];
  const every = width < 600 ? EVERY.narrow : EVERY.wide;
  const y = scaleLog().domain(RATIOS);
  const at = Math.log10(compute);
  const heights = laws.map((each) => y.copy().range([HEIGHT - 46, 26])(ratio(each)));
  const names = apart(beside(heights), GAP);
  return picture({
    label: "Tokens a parameter by budget, a line a law",
    width,
    height: HEIGHT,
    margin: { left: 52, right: 16, top: 26, bottom: 46 },
    x: [first, last],
    y,
    left: { values: TENTHS, format: String, title: "tokens a parameter" },
    bottom: {
      values: Array.from(exponents.a).filter((power10) => Number.isInteger(power10) && (power10 - first) % every === 0),
      format: tenTo,
      title: "budget, FLOP",
    },
    marks: [
      rule({ x: at, color: "line2", dash: "4 3", label: [`${power(compute)} FLOP`] }),
      ...laws.map(({ key, ratios }) =>
        line({ data: ratios.a, x: (_, index) => exponents.a[index], y: Number, stroke: 2, ...LOOKS[key] }),
      ),
      items({
        data: laws,
        told: (each) => ({
          title: each.name,
          lines: [
            ["tokens a parameter", figures(ratio(each))],
            ["parameters", parameters(each.parameters)],
            ["tokens", parameters(each.tokens)],
          ],
        }),
        key: ({ key }) => key,
        marks: (each, index) => [
          dot({ x: at, y: ratio(each), r: 4.5, color: LOOKS[each.key].color, hollow: Boolean(LOOKS[each.key].dash) }),
          text({
            ...{ x: at, y: ratio(each), dx: 8, dy: names[index] - heights[index] },
            ...{ text: figures(ratio(each)), className: "haloed" },
          }),
        ],
      }),
    ],
  });
}
