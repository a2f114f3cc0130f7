// @ts-check
/**
 * How far a few steps move what flows through decoders of several widths, and the factors that muP sets.
 *
 * @import { CoordinateSlope, WidthCoordinates } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { extent, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { LOOKS, middle, NAMED, power } from "./named.js";

const HEIGHT = 220;
const ROOM = 1.4;
/** @type {Record<string, string>} */
const PARTS = {
  embedding: "Token embedding",
  scores: "Scores of the last block",
  stream: "Stream after the last block",
  logits: "Logits",
};

/** @type {View<WidthCoordinates>} */
export function coordinates(data, ctx) {
  const half = halfWidth(ctx.width);
  return html`
    <div class="settings-row">${control(ctx, "exponent", { as: "segmented" })} ${control(ctx, "steps")}</div>
    ${data.slopes.length ? said(data) : ""}
    <div class="small-multiples">
      ${data.parts.map(
        (part) => html`<figure><figcaption>${PARTS[part]}</figcaption>${chart(data, part, half - 20)}</figure>`,
      )}
    </div>
    ${legend([
      [{ color: LOOKS.standard, shape: "line" }, NAMED.standard],
      [{ color: LOOKS.mup, shape: "line" }, NAMED.mup],
    ])}
    <p class="hint">Root mean square of how much a number changes in ${data.steps} steps of Adam at
      ${power(data.exponent, 0)},
      over the width: ${data.seeds} seeds as dots, a line through their medians. Both axes are logarithmic, so that the
      slope is the exponent of the width; below zero the change shrinks. At ${data.base} both are one. The paper expects
      level lines of muP for large widths: at these the random part of the first scores and logits still counts, which
      falls as 1 / √m for a width of m times the base.</p>
    ${data.slopes.length ? exponents(data) : ""}
    <h3 class="sub3">What muP sets at a width of ${data.at}</h3>
    ${table({
      label: `Factors at a width of ${data.at}`,
      columns: [
        { name: "weight", cell: ({ kind }) => kind },
        { name: "initial deviation", number: true, cell: ({ std }) => figures(std) },
        { name: "standard", number: true, cell: ({ std_standard }) => figures(std_standard) },
        { name: "multiplier", number: true, cell: ({ multiplier }) => figures(multiplier) },
        { name: "rate, times", number: true, cell: ({ rate }) => figures(rate) },
      ],
      rows: [...data.scales],
    })}
    <p class="hint">Yang, Hu et al. 2022, table 8, with a base of ${data.base}. Scores are multiplied by
      ${figures(data.scores)} besides: q·k / d_head instead of q·k / √d_head. In the standard parametrisation rates and
      multipliers are 1.</p>`;
}

/** @param {WidthCoordinates} data */
function said(data) {
  const of = (/** @type {string} */ name, /** @type {string} */ part) =>
    /** @type {CoordinateSlope} */ (data.slopes.find((each) => each.parametrisation === name && each.part === part));
  const exponent = (/** @type {CoordinateSlope} */ { middle: at }) => signed(at, 2);
  return html`<p class="readout lead">From width ${data.widths[0]} to ${data.at} the change of the stream goes as the
    width to the power <b>${exponent(of("standard", "stream"))}</b> in the standard parametrisation and
    <b>${exponent(of("mup", "stream"))}</b> in muP; that of the logits as
    ${exponent(of("standard", "logits"))} and ${exponent(of("mup", "logits"))}.</p>`;
}

/** @param {WidthCoordinates} data */
const exponents = (data) =>
  table({
    label: "The exponent of the width in the change of each part",
    columns: [
      { name: "what changes", cell: (part) => PARTS[part] },
      ...["standard", "mup"].map((name) => ({
        name: NAMED[name],
        number: true,
        title: "The median of the seeds, and their ends",
        cell: (/** @type {string} */ part) =>
          data.slopes
            .filter((each) => each.parametrisation === name && each.part === part)
            .map(({ middle: at, low, high }) => `${signed(at, 2)} (${signed(low, 2)} to ${signed(high, 2)})`)[0],
      })),
    ],
    rows: [...data.parts],
  });

/** @param {WidthCoordinates} data @param {string} part @param {number} width */
function chart(data, part, width) {
  const mine = data.sizes.filter((each) => each.part === part);
  const [least, most] = /** @type {[number, number]} */ (extent(mine, ({ change }) => change));
  const lines = ["standard", "mup"].map((name) => ({
    name,
    points: data.widths.map((at) => ({
      at,
      change: middle(
        mine.filter((each) => each.parametrisation === name && each.width === at).map(({ change }) => change),
      ),
    })),
  }));
  return picture({
    label: `${PARTS[part]}: change over the width, ${lines
      .map(({ name, points }) => `${NAMED[name]} ${points.map(({ change }) => decimal(change, 3)).join(", ")}`)
      .join("; ")}`,
    width,
    height: HEIGHT,
    margin: { left: 52, right: 14, top: 12, bottom: 44 },
    x: scaleLog([data.widths[0] / 1.2, 1.2 * data.widest], [0, 1]),
    y: scaleLog([least / ROOM, most * ROOM], [0, 1]),
    left: { format: figures, values: ticks(least / ROOM, most * ROOM) },
    bottom: { values: [...data.widths], format: whole, title: "width" },
    marks: lines.map(({ name, points }) => [
      line({ data: points, x: ({ at }) => at, y: ({ change }) => change, color: LOOKS[name], stroke: 2 }),
      dot({
        data: mine.filter((each) => each.parametrisation === name),
        ...{ x: ({ width: at }) => at, y: ({ change }) => change, r: 3, color: LOOKS[name] },
      }),
    ]),
  });
}

/** @param {number} least @param {number} most */
function ticks(least, most) {
  const all = scaleLog([least, most], [0, 1]).ticks();
  const round = all.filter((each) => /^[125]/.test(each.toExponential()));
  return round.length > 1 ? round : all.filter((_, at) => at % 3 === 0);
}

/** @param {WidthCoordinates} data @returns {Row[]} */
export const rows = ({ sizes }) => sizes.map((each) => ({ ...each }));
