// @ts-check
/**
 * The largest activation and weight of every channel, before and after scaling; the exponent is a slider.
 *
 * @import { AwareRanges } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Method } from "./scales"
 *
 * @typedef {{ order?: "channel" | "size" }} Kept
 */

import { plot } from "../../../kit/chart/plot.js";
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, median, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { namedSeams, scales } from "./scales.js";

/** @param {AwareRanges} data @param {ViewContext<Kept>} ctx */
export function ranges(data, ctx) {
  const [method, alpha] = settings(ctx);
  const s = scales(data, method, alpha);
  const order = ctx.kept.order ?? "size";
  const places = range(s.length);
  if (order === "size") places.sort((a, b) => data.x_largest.a[b] - data.x_largest.a[a]);
  return html`
    <div class="bar">
      <p class="readout lead">${found(data, s)}</p>
      <div class="go">
        ${control(ctx, "seam", { choices: namedSeams(data.roles), own: data.role })}
        ${control(ctx, "method")} ${control(ctx, "exponent", { live: true })}
        ${segmented({
          label: "Order of the channels",
          choices: /** @type {["channel" | "size", string][]} */ ([
            ["size", "By size"],
            ["channel", "Channel order"],
          ]),
          chosen: order,
          choose: (next) => ctx.keep({ order: next }),
        })}
      </div>
    </div>
    <p class="formula mono">${
      method === "smooth" ? "s = max|x|^α ÷ max|w|^(1 − α)" : "s = mean|x|^α, divided by √(max s · min s)"
    } <span class="hint">x ÷ s, W · s</span></p>
    <div class="halves">
      <div>
        <h3 class="sub3">Largest activation of each channel <small>log scale</small></h3>
        ${both("activations", data.x_largest.a, (at) => data.x_largest.a[at] / s[at], places, order)}
      </div>
      <div>
        <h3 class="sub3">Largest weight of each channel <small>log scale</small></h3>
        ${both("weights", data.w_largest.a, (at) => data.w_largest.a[at] * s[at], places, order)}
      </div>
    </div>
    <h3 class="sub3">The largest channels, and the tokens at which they are largest</h3>
    ${outliers(data, s)}
    <p class="hint">The text has ${counted(data.tokens, "token")} in windows of ${whole(data.window)}. Some channels
    have nearly all of their squares at the windows’ first tokens, the attention sinks that many heads read. Other
    channels are large at many tokens, or at the named one.</p>`;
}

/** @param {AwareRanges} data @param {ViewContext<Kept>} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const [method, alpha] = settings(ctx);
  return scales(data, method, alpha).map((s, channel) => ({
    channel,
    x_mean: data.x_mean.a[channel],
    x_largest: data.x_largest.a[channel],
    w_largest: data.w_largest.a[channel],
    method,
    alpha,
    s,
  }));
}

/** @param {ViewContext<Kept>} ctx @returns {[Method, number]} */
const settings = ({ controls }) => [controls.method === "awq" ? "awq" : "smooth", Number(controls.exponent)];

/** The largest by the median. @param {ArrayLike<number>} values */
const spread = (values) => {
  const all = Array.from(values);
  return (max(all) ?? 0) / Math.max(median(all) ?? 1, 1e-12);
};

/** @param {AwareRanges} data @param {number[]} s */
function found(data, s) {
  const scaled = (/** @type {ArrayLike<number>} */ values, /** @type {1 | -1} */ power) =>
    Array.from(values, (each, at) => each * s[at] ** power);
  const times = (/** @type {number} */ each) => `${decimal(each, 1)} ×`;
  return html`In the activations the largest channel is <b>${times(spread(data.x_largest.a))}</b> the median channel
    before scaling and <b>${times(spread(scaled(data.x_largest.a, -1)))}</b> after it. In the weights it is
    ${times(spread(data.w_largest.a))} before and <b>${times(spread(scaled(data.w_largest.a, 1)))}</b> after.`;
}

/**
 * @param {string} what
 * @param {ArrayLike<number>} before
 * @param {(channel: number) => number} after
 * @param {number[]} places
 * @param {string} order
 */
function both(what, before, after, places, order) {
  const x = range(1, places.length + 1);
  const shown = (/** @type {(channel: number) => number} */ of) => places.map((at) => Math.max(of(at), 1e-9));
  const hover = `channel %{customdata}: %{y:.4g}<extra></extra>`;
  return plot({
    label: `Largest of each channel of the ${what}, before and after scaling`,
    height: 250,
    traces: [
      { x, y: shown((at) => before[at]), name: "before", color: "river-deep", width: 1.5, customdata: places, hover },
      { x, y: shown(after), name: "after", color: "prob", width: 1.5, customdata: places, hover },
    ],
    x: { title: order === "size" ? "channels, the largest activations first" : "channel" },
    y: { type: "log", dtick: "D2" },
  });
}

/** @param {AwareRanges} data @param {number[]} s */
function outliers(data, s) {
  return table({
    label: "The channels with the largest activations",
    columns: [
      { name: "channel", number: true, cell: ({ channel }) => whole(channel) },
      { name: "largest |x|", number: true, cell: ({ largest }) => figures(largest) },
      { name: "× median channel", number: true, cell: ({ times }) => decimal(times, 1) },
      { name: "at token", cell: ({ token }) => tokenText(token), className: "mono" },
      { name: "place in window", number: true, cell: ({ at }) => whole(at) },
      { name: "squares from first tokens", number: true, cell: ({ first_share }) => percent(first_share) },
      { name: "largest |w|", number: true, cell: ({ channel }) => figures(data.w_largest.a[channel]) },
      { name: "s", number: true, cell: ({ channel }) => figures(s[channel]) },
    ],
    rows: data.outliers,
  });
}
