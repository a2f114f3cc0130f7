// @ts-check
/**
 * A law through all runs of a sweep: curves with bands, constants, residuals, and what papers' constants say of the
 * runs.
 *
 * @import { PaperLaw, ScalingConstant, ScalingFit, ScalingPoint } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { area, dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { sizesWithin } from "../../../kit/drawing/round_ticks.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent, power, signed } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { max, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { colourOf, lossesOf, overSizes, sizesOf, spent } from "./runs.js";

const HEIGHT = 340;
/** @type {Record<string, string>} */
const SAID = { E: "E", A: "A", alpha: "α", B: "B", beta: "β", exponent: "a = β / (α + β)" };

/** @type {View<ScalingFit>} */
export function law(data, ctx) {
  const half = halfWidth(ctx.width);
  return html`
    <div class="settings-row">${control(ctx, "count")}</div>
    <p class="readout lead">${said(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">The law at each budget</h3>
        ${fit(data, half)}
      </div>
      <div>
        <h3 class="sub3">Residuals</h3>
        ${residuals(data, half)}
      </div>
    </div>
    ${legend(data.bands.map(({ compute }, at) => [{ color: colourOf(at), shape: "dot" }, spent(compute)]))}
    ${table({
      label: "The constants and their bands",
      columns: [
        { name: "constant", cell: ({ name }) => SAID[name] },
        { name: "fitted", number: true, cell: ({ value }) => figures(value) },
        { name: `${percent(data.share, 0)} of the resamples`, number: true, cell: between },
      ],
      rows: [...data.constants],
    })}
    <h3 class="sub3">Papers’ constants on these runs</h3>
    ${table({
      label: "What each paper’s law says of these runs",
      columns: [
        { name: "law", cell: ({ name }) => name },
        { name: "its loss less ours, mean", number: true, cell: ({ mean }) => `${signed(mean, 2)} nats` },
        { name: "spread of the differences", number: true, cell: ({ spread }) => `${decimal(spread, 2)} nats` },
      ],
      rows: [...data.papers],
    })}
    <p class="hint">The papers fitted other texts and tokenizers of 32,000 to 50,000 tokens, with models a thousand
      times
      larger; these runs have 1,024 tokens. Tokens of another size would shift all runs alike;
      the spread is what the exponents get wrong here. Kaplan’s law reads N without embeddings, the others all.</p>`;
}

export const follows = true;

/** @param {ScalingFit} data @returns {Row[]} */
export const rows = ({ points, papers }) =>
  points.map((point, at) => ({
    ...point,
    residual: point.loss - point.law,
    ...Object.fromEntries(papers.map(({ key, said: losses }) => [`law_${key}`, losses.a[at]])),
  }));

/** @param {ScalingConstant} each */
const between = ({ low, high }) => `${amount(low)} to ${amount(high)}`;

/** @param {number} value */
const amount = (value) => (value < 1e6 ? figures(value) : power(value));

/** @param {ScalingFit} data */
function said({ constants, rms, noise, resamples, share, points }) {
  const [of, a] = ["E", "exponent"].map(
    (name) => /** @type {ScalingConstant} */ (constants.find((c) => c.name === name)),
  );
  return html`Over ${points.length} runs the law is off by <b>${decimal(rms, 3)}</b> nats (root of the mean square); two
    seeds of one model differ by a standard deviation of ${decimal(noise, 3)}. N grows as compute to the power
    <b>${decimal(a.value, 2)}</b> (${decimal(a.low, 2)} to ${decimal(a.high, 2)}, ${percent(share, 0)} of ${resamples}
    resamples). The part that no size removes, E, is ${decimal(of.value, 2)} (${decimal(of.low, 2)} to
    ${decimal(of.high, 2)}): small runs say little about it.`;
}

/** @param {ScalingFit} data @param {number} width */
function fit({ bands, points }, width) {
  const [lowest, highest] = lossesOf(points);
  return overSizes(points, width, {
    label: "The law’s loss by parameters at each compute, with its band, and the runs",
    marks: [
      ...bands.map(({ sizes, low, high }, at) =>
        area({
          ...{
            data: low.a,
            x: (_, each) => sizes.a[each],
            y: (from, each) => [Math.max(from, lowest), Math.min(high.a[each], highest)],
          },
          ...{ color: colourOf(at), className: "band" },
        }),
      ),
      ...bands.map(({ sizes, law: losses }, at) =>
        line({ data: losses.a, x: (_, each) => sizes.a[each], y: Number, color: colourOf(at) }),
      ),
      runsOf(points, bands, (point) => point.loss),
    ],
  });
}

/** @param {ScalingFit} data @param {number} width */
function residuals({ bands, points, noise }, width) {
  const ends = sizesOf(points);
  const most = 1.2 * Number(max(points, (point) => Math.abs(point.loss - point.law)));
  return picture({
    label: "Each run’s loss less the law’s; the band is two standard deviations over seeds",
    width,
    height: HEIGHT,
    margin: { left: 52, right: 16, top: 16, bottom: 46 },
    x: scaleLog().domain(ends),
    y: [-Math.max(most, 2.2 * noise), Math.max(most, 2.2 * noise)],
    left: { title: "measured less law, nats", format: (value) => signed(value, 2) },
    bottom: { title: "N, parameters", values: sizesWithin(ends[0], ends[1]), format: parameters },
    marks: [
      area({ data: ends, x: Number, y: () => [-2 * noise, 2 * noise], color: "line2", className: "band" }),
      rule({ y: 0, color: "ink2" }),
      runsOf(points, bands, (point) => point.loss - point.law),
    ],
  });
}

/**
 * @param {readonly ScalingPoint[]} points
 * @param {ScalingFit["bands"]} bands
 * @param {(point: ScalingPoint) => number} y
 */
const runsOf = (points, bands, y) =>
  items({
    data: points,
    told: (point) => ({
      title: `${parameters(point.parameters)}, ${parameters(point.tokens)} tokens`,
      lines: [
        ["measured", `${decimal(point.loss, 3)} nats`],
        ["the law", `${decimal(point.law, 3)} nats`],
        ["difference", `${signed(point.loss - point.law, 3)} nats`],
      ],
    }),
    key: ({ name }) => name,
    marks: (point) =>
      dot({
        ...{ x: point.parameters, y: y(point), r: 4.5 },
        color: colourOf(bands.findIndex(({ compute }) => compute === point.compute)),
      }),
  });
