// @ts-check
/**
 * A text drawn under top-p: the ratio at each token, and the mass that the sampler kept.
 *
 * @import { SamplerCut } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 240;

/** @type {View<SamplerCut>} */
export function truncated(data, ctx) {
  const hot = data.temperature !== 1;
  return html`
    <div class="settings-row">
      ${control(ctx, "top_p")} ${control(ctx, "temperature")} ${control(ctx, "tokens")} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">The mean ratio is <b>${decimal(data.mean, 4)}</b>, the mean kept mass
      <b>${decimal(data.mean_mass, 4)}</b>; <b>${percent(data.outside)}</b> of the ratios are outside 0.8 to 1.2.
      ${
        hot
          ? html`Where the trainer does not divide its logits by ${data.temperature}, the mean ratio is
            <b>${decimal(data.mean_plain, 3)}</b> and <b>${percent(data.outside_plain)}</b> are outside.`
          : ""
      }</p>
    ${course(data, ctx.width, hot)}
    ${legend([
      [{ color: "prob", shape: "dot" }, "ratio: trainer’s probability divided by the sampler’s"],
      [{ color: "ink", shape: "line" }, "kept mass"],
      hot && [{ color: "neg", shape: "dot", hollow: true }, "the same with a trainer at temperature 1"],
    ])}
    <p class="hint">${counted(data.ids.length, "token")} drawn after the run’s text through a cache; then the trainer
      reads all of it at once.</p>`;
}

/** @param {SamplerCut} data @returns {Row[]} */
export const rows = (data) =>
  data.ids.map((id, at) => ({
    token: tokenText(id),
    ratio: data.ratios.a[at],
    ratio_at_temperature_1: data.plain.a[at],
    kept_mass: data.mass.a[at],
  }));

/** @param {SamplerCut} data @param {number} width @param {boolean} hot */
function course(data, width, hot) {
  const most = Math.max(1.25, ...data.ratios.a, ...(hot ? data.plain.a : []));
  const place = (/** @type {number} */ _, /** @type {number} */ at) => at;
  return picture({
    label: "Ratio and kept mass at each token drawn",
    width,
    height: HEIGHT,
    margin: { left: 40, right: 10, top: 10, bottom: 34 },
    x: [0, Math.max(1, data.ids.length - 1)],
    y: [0, most],
    left: { format: (/** @type {number} */ each) => decimal(each, 1) },
    bottom: { title: "token drawn" },
    marks: [
      rule({ y: 1, color: "line2" }),
      line({ data: Array.from(data.mass.a), x: place, y: Number, color: "ink" }),
      hot && dot({ data: Array.from(data.plain.a), x: place, y: Number, color: "neg", hollow: true, r: 3 }),
      dot({ data: Array.from(data.ratios.a), x: place, y: Number, color: "prob", r: 3 }),
    ],
  });
}
