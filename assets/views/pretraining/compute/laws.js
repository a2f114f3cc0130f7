// @ts-check
/**
 * A budget by several laws: tokens a parameter over all budgets, and a table of what each asks for.
 *
 * @import { BudgetLaw, ComputeBudget } from "../../../types/pretraining"
 * @import { Row } from "../../../kit/view"
 */
import { apart } from "../../../kit/drawing/apart.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, power, tenTo } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

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
  ours: { color: "pos" },
};

/** @param {number} value */
const within = (value) => value >= RATIOS[0] && value <= RATIOS[1];

/** @param {ComputeBudget} data @param {number} width */
export const byLaws = (data, width) => html`
    ${chart(data, width)}
    ${data.laws
      .filter((each) => !within(ratio(each)))
      .map(
        (each) =>
          html`<p class="hint">${each.name}: ${figures(ratio(each))} tokens a parameter, outside of the picture.</p>`,
      )}
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
    })}`;

/** @param {ComputeBudget} data @returns {Row[]} */
export const lawRows = (data) =>
  data.laws.map(({ ratios: _, ...each }) => ({ compute: data.compute, ...each, ratio: ratio(each) }));

/** @param {Pick<BudgetLaw, "tokens" | "parameters">} law */
export const ratio = ({ tokens, parameters: count }) => tokens / count;

/** @param {ComputeBudget} data @param {string} key */
export const lawOf = ({ laws }, key) => /** @type {BudgetLaw} */ (laws.find((each) => each.key === key));

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
  const shown = laws.filter((each) => within(ratio(each)));
  const heights = shown.map((each) => y.copy().range([HEIGHT - 46, 26])(ratio(each)));
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
        line({
          data: ratios.a,
          x: (_, index) => exponents.a[index],
          y: (each) => (within(each) ? each : Number.NaN),
          stroke: 2,
          ...LOOKS[key],
        }),
      ),
      items({
        data: shown,
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
