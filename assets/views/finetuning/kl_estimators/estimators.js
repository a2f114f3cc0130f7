// @ts-check
/**
 * Estimators of KL on two real policies: what each is worth, how far its means scatter, and where its gradient points.
 *
 * @import { KlEstimator, KlEstimators } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { picture, sweep } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, scientific, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 220;
/** Nats a token: two policies that are nearer are one. */
const EQUAL = 1e-12;
/** @type {Record<string, { formula: string, color: string }>} */
const KINDS = {
  k1: { formula: "ln π/ref", color: "ink3" },
  k2: { formula: "½ (ln π/ref)²", color: "pos" },
  k3: { formula: "ref/π − 1 + ln π/ref", color: "prob" },
  "inverted k3": { formula: "π/ref − 1 − ln π/ref", color: "neg" },
};

/** @type {View<KlEstimators>} */
export function estimators(data, ctx) {
  const flip = coin();
  return html`
    <div class="settings-row">
      ${control(ctx, "policy", { choices: data.offered, value: data.policy })} ${control(ctx, "draws")}
      ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Estimators over samples of the policy",
      columns: [
        { name: "estimator", cell: (/** @type {KlEstimator} */ { name }) => name },
        { name: "of one sample", cell: ({ name }) => html`<span class="mono">${KINDS[name].formula}</span>` },
        { name: "on average, nats", number: true, cell: ({ value }) => nats(data)(value) },
        { name: "off the KL by", number: true, cell: ({ value }) => off(value, data.mean) },
        { name: "deviation of a sample, nats", number: true, cell: ({ deviation }) => nats(data)(deviation) },
        {
          name: "cosine to ∇KL(π‖ref)",
          number: true,
          cell: ({ cosine }) => (cosine === null ? "no gradient" : decimal(cosine, 3)),
        },
        { name: "cosine to ∇KL(ref‖π)", number: true, cell: ({ other }) => (other === null ? "–" : decimal(other, 3)) },
        {
          name: "length, times ∇KL(π‖ref)",
          number: true,
          cell: ({ length }) => (length < 1e-6 ? "0" : decimal(length, 3)),
        },
      ],
      rows: [...data.each],
    })}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">After each token <small>nats, on average</small></h3>
        ${positions(data, halfWidth(ctx.width))}
      </div>
      <div>
        <h3 class="sub3">Means of drawn samples</h3>
        ${means(data)}
      </div>
    </div>
    ${legend([
      [{ color: "ink", shape: "dot" }, "KL(π‖ref), exact"],
      ...data.each.map(
        ({ name }) =>
          /** @type {[{ color: string, shape: "line" }, string]} */ ([
            { color: KINDS[name].color, shape: "line" },
            name,
          ]),
      ),
    ])}
    <p class="hint">π is ${data.reference} ${data.policy === "in NF4" ? "" : "with the adapter "}${data.policy}, ref is
      ${data.reference}; both read ${counted(data.ids.length, "token")} of the run’s text. Averages, deviations and
      gradients are sums over the whole vocabulary. A mean is of ${counted(data.draws, "sample")} at each token.
      Lines that are higher than the picture run along its top; k1 lies under k3.</p>
    <p class="hint">Gradients are with respect to the policy’s logits, where the estimator is a term of a loss: k1’s is
      0 there on average. In the reward, k1 is what ∇ ln π is multiplied by, and that is k2’s gradient.</p>
    <p class="hint">Inverted k3: the code of the RLHF Book (rlhf-book, code/policy_gradients/loss.py, commit 0c2ba9c)
      has the ratio of k3 upside down. From samples of π that is χ² − KL. For π = (0.5, 0.5) and ref = (0.9, 0.1) it
      says ${decimal(flip.inverted, 6)}, and the KL is ${decimal(flip.exact, 6)}.</p>`;
}

/** @param {KlEstimators} data @returns {Row[]} */
export const rows = (data) =>
  data.each.map(({ name, value, deviation, spread, cosine, other, length }) => ({
    estimator: name,
    exact: data.mean,
    ...{ value, deviation, spread, cosine, other, length },
  }));

/** Of nats, as many digits as the KL needs. @param {KlEstimators} data @returns {(value: number) => string} */
const nats =
  ({ mean }) =>
  (value) =>
    Math.abs(value) < 100 ? decimal(value, mean < 0.01 ? 6 : 4) : scientific(value);

/** The inverted k3 of a coin of halves against one of 0.9 and 0.1, and the KL. */
function coin() {
  const [p, q] = [
    [0.5, 0.5],
    [0.9, 0.1],
  ];
  const mean = (/** @type {(ratio: number) => number} */ f) => sum(p, (share, at) => share * f(share / q[at]));
  return { exact: mean(Math.log), inverted: mean((ratio) => ratio - 1 - Math.log(ratio)) };
}

/** @param {number} value @param {number} mean */
function off(value, mean) {
  if (mean < EQUAL) return "–";
  const by = value / mean - 1;
  return Math.abs(by) < 1e-6 ? "0 %" : `${signed(100 * by, 1)} %`;
}

/** @param {KlEstimators} data */
function said(data) {
  if (data.mean < EQUAL)
    return html`The two policies say the same: KL(π‖ref) is <b>${scientific(data.mean)}</b> nats a token.`;
  const [k1, k2, k3, inverted] = data.each;
  const noisy = k1.deviation / k3.deviation;
  return html`KL(π‖ref) is <b>${nats(data)(data.mean)}</b> nats a token. k1 and k3 are that on average, and one sample
    of ${noisy > 1 ? "k1" : "k3"} scatters <b>${decimal(Math.max(noisy, 1 / noisy), 1)}</b> times as far as one of
    ${noisy > 1 ? "k3" : "k1"}. k2 says
    <b>${nats(data)(k2.value)}</b>. As a term of a loss k2 has the gradient of KL(π‖ref), k3 that of KL(ref‖π): cosine
    <b>${k3.cosine === null ? "–" : decimal(k3.cosine, 3)}</b> between the two here. k3 with the ratio inverted says
    <b>${nats(data)(inverted.value)}</b>.`;
}

/** @param {KlEstimators} data @param {number} width */
function positions(data, width) {
  const most = Math.max(...data.exact.a, ...data.each.slice(0, 3).flatMap(({ by_position: by }) => [...by.a]), 1e-9);
  return picture({
    label: "KL and the averages of the estimators at each token",
    width,
    height: HEIGHT,
    margin: { left: 46, right: 10, top: 10, bottom: 32 },
    x: [0, Math.max(1, data.ids.length - 1)],
    y: [0, most],
    left: { format: (/** @type {number} */ each) => decimal(each, most < 0.1 ? 3 : 2) },
    bottom: { title: "token" },
    marks: [
      ...data.each.map(({ name, by_position: by }) =>
        line({
          data: Array.from(by.a, (value) => Math.min(value, most)),
          x: (/** @type {number} */ _, /** @type {number} */ at) => at,
          y: Number,
          color: KINDS[name].color,
        }),
      ),
      dot({
        data: Array.from(data.exact.a),
        x: (/** @type {number} */ _, /** @type {number} */ at) => at,
        y: Number,
        color: "ink",
        r: 2.5,
      }),
      sweep({
        at: (place) => Math.max(0, Math.min(data.ids.length - 1, Math.round(place))),
        told: (at) => ({
          title: `after ${tokenText(data.ids[at])}`,
          lines: [
            ["KL, nats", nats(data)(data.exact.a[at])],
            ...data.each.map(
              ({ name, by_position: by }) => /** @type {[string, string]} */ ([name, nats(data)(by.a[at])]),
            ),
          ],
        }),
      }),
    ],
  });
}

/** @param {KlEstimators} data */
function means(data) {
  return plot({
    label: "Means of drawn samples by each estimator, sorted",
    height: HEIGHT,
    traces: data.each.slice(0, 3).map(({ name, means: all }) => ({
      x: Array.from(all.a, (_, at) => (at + 0.5) / all.a.length),
      y: Array.from(all.a).sort((one, other) => one - other),
      name,
      color: KINDS[name].color,
    })),
    x: { title: `share of ${data.each[0].means.a.length} means`, tickformat: ".0%" },
    y: { title: "nats a token" },
  });
}
