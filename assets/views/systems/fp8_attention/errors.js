// @ts-check
/**
 * What eight bits cost every head: a map of all heads, the four ways on the selected one, outliers against what the
 * rotation changes.
 *
 * @import { Fp8Errors } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { dots } from "../../../kit/drawing/dots.js";
import { counted, decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { max, median, min, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { errorsBeside, errorThere } from "./errors_beside.js";
import { heads } from "./heads.js";
import { reason, reasons } from "./reasons.js";
import { blockRows, cell, chosen, errorOf, measuredHeads, ratioOf, WAYS } from "./ways.js";

/** Measured by itself for each run: a second or so. */
export const follows = true;

/** @type {View<Fp8Errors>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${lead(data)}</p>
      ${blockRows(data, ctx)}
    </div>
    ${errorsBeside(data, ctx)}
    <div class="thirds">
      ${heads(data, ctx)}
      <div>
        <h3 class="sub3">
          ${chosenName(data, ctx)}, four ways <small>RMS error as a share of the output’s RMS</small></h3>
        ${fourWays(data, ctx)}
        <p class="hint">${verdict(data, ctx)} bfloat16 also rounds the output; the FP8 ways keep it in float32.</p>
        <h3 class="sub3">Where the rotation helps, and why <small>one point is one head</small></h3>
        ${reasons(data, ctx)}
        <p class="hint">${reason(data)}</p>
      </div>
    </div>
    <p class="hint">Here ${counted(data.rows, "row")} share a scale, because the text has
      ${counted(data.n_tokens, "token")}; a GPU’s blocks have 64 to 176 rows. The page simulates the rounding only; sums
      are float32. ${
        data.spread < data.d_head ? `The rotation turns ${data.d_head} coordinates in parts of ${data.spread}.` : ""
      } The page drew the rotation ${data.n_draws} times, the same for all heads.</p>`;
}

/** @param {Fp8Errors} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  return measuredHeads(data).map(([layer, head]) => ({
    layer,
    head,
    ...Object.fromEntries(WAYS.map(({ key }, way) => [key, errorOf(data, way, layer, head)])),
    ...Object.fromEntries(
      ctx.there
        ? WAYS.map(({ key }, way) => [`${key}_in_${ctx.beside.column}`, errorThere(data, ctx, way, layer, head)])
        : [],
    ),
    outlier_q: cell(data, data.outlier, 0, layer, head),
    outlier_k: cell(data, data.outlier, 1, layer, head),
    predicted: cell(data, data.predicted, 0, layer, head),
  }));
}

/** @param {Fp8Errors} data */
function lead(data) {
  const all = measuredHeads(data);
  const middle = (/** @type {number} */ way) =>
    percent(median(all, ([layer, head]) => errorOf(data, way, layer, head)) ?? 0);
  return html`The median error of ${whole(all.length)} heads is <b>${middle(0)}</b> in bfloat16. In FP8 it is
      ${middle(1)} with one scale per tensor, ${middle(2)} with one scale per block, and <b>${middle(3)}</b> with
      blocks and the rotation. In every draw the rotation helps <b>${counted(data.helped, "head")}</b> and harms
      <b>${whole(data.hurt)}</b>.`;
}

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function chosenName(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  return headName(layer, head);
}

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function fourWays(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  if (layer >= data.measured) return html`<p class="hint">This block is not measured yet.</p>`;
  const others = WAYS.map((_, way) => errorThere(data, ctx, way, layer, head) ?? Number.NaN).filter(
    (value) => value > 0,
  );
  const all = [...others, ...measuredHeads(data).flatMap(([l, h]) => WAYS.map((_, way) => errorOf(data, way, l, h)))];
  const domain = /** @type {[number, number]} */ ([0.8 * (min(all) ?? 1e-3), 1.2 * (max(all) ?? 1)]);
  return dots({
    rows: WAYS.map(({ key, name }, way) => {
      const error = errorOf(data, way, layer, head);
      const drawn = way === 3 ? range(data.n_draws).map((draw) => cell(data, data.draws, draw, layer, head)) : [error];
      return {
        key,
        name,
        dots: [
          ...drawn.map((value) => ({ value, mark: way === 0 ? "dot" : "value" })),
          ...(others.length ? [{ value: others[way], mark: "hollow" }] : []),
        ],
        words: percent(error),
        strong: way === 3,
        details: /** @type {[string, string][]} */ ([
          ...drawn.map((value, at) => [drawn.length > 1 ? `draw ${at + 1}` : "error", percent(value)]),
          ...(others.length ? [[ctx.beside.name, percent(others[way])]] : []),
        ]),
        select: () => {},
      };
    }),
    width: columnOf(ctx.width),
    domain,
    format: (value) => percent(value),
    title: "error, log scale",
    label: `Error of ${headName(layer, head)} in four ways`,
  });
}

/** @param {number} width */
const columnOf = (width) => (width < 860 ? width : Math.round(0.55 * width));

/** @param {Fp8Errors} data @param {ViewContext} ctx */
function verdict(data, ctx) {
  const { layer, head } = chosen(data, ctx);
  if (layer >= data.measured) return "";
  const block = errorOf(data, 2, layer, head);
  const drawn = range(data.n_draws).map((draw) => cell(data, data.draws, draw, layer, head));
  const ratio = decimal(ratioOf(data, layer, head));
  if (drawn.every((each) => each < block))
    return html`Every draw of the rotation helps this head: the error is <b>${ratio}</b> times as large.`;
  if (drawn.every((each) => each > block))
    return html`<b>Every draw of the rotation harms this head</b>: the error is ${ratio} times as large.`;
  return html`<b>The draws disagree on this head</b>: some help and some harm. On average the error is ${ratio}
    times as large.`;
}
