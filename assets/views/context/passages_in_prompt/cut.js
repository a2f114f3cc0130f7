// @ts-check
/**
 * What is left of the passages' gain when only a share of their tokens is kept, three ways.
 *
 * @import { CutPassages } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { curves, progress, said, settings, unclear } from "./curves.js";

/** @type {Record<string, [color: string, name: string]>} */
const WAYS = {
  surprising: ["prob", "least expected kept"],
  random: ["ink3", "random ones kept"],
  expected: ["river-deep", "most expected kept"],
};
/** Nats from which on the colour is full. */
const MOST = 8;

/** @type {View<CutPassages>} */
export function cut(data, ctx) {
  return html`
    ${settings(ctx)}
    <p class="readout lead">${lead(data)}</p>
    ${legend(data.ways.map(({ name }) => [{ color: WAYS[name][0] }, WAYS[name][1]]))}
    ${curves(
      {
        label: "Gain over no passage by the share of tokens kept, in nats",
        title: "share of the passages’ tokens that is kept",
        xs: data.shares,
        format: (value) => percent(value, 0),
        curves: data.ways.map(({ name, points }) => ({ color: WAYS[name][0], points })),
      },
      ctx.width,
    )}
    <h3 class="sub3">How surprising each token is <small>${data.questions[0].title}</small></h3>
    <p class="surprised" dir="auto">${data.ids.map(
      (id, at) =>
        html`<span style=${styleMap(shaded(ramp("prob")(0.8 * Math.min(1, data.surprisal.a[at] / MOST))))}
          title="${decimal(data.surprisal.a[at])} nats">${token(id)}</span>`,
    )}</p>
    <p class="hint">Gain: log-probability of the answer with the passages minus without any. The model that answers also
      says what is surprising. Question and frame stay whole.</p>`;
}

/** @param {CutPassages} data */
function lead({ questions, asked, tokens, better, ways, shares }) {
  const at = shares.findIndex((share) => share > 0.5);
  const [surprising, random] = ways.map(({ points }) => points[at]);
  const outcome = unclear(better)
    ? "The interval holds 0: on these questions surprisal is no better than chance."
    : better.mean > 0
      ? "Surprisal is better than chance."
      : "Surprisal is worse than chance: what it leaves is no text that this model reads well.";
  return html`Of ${counted(tokens, "token")} in the passages of ${counted(questions.length, "question")},
    ${percent(shares[at], 0)} keep a gain of <b>${said(surprising)}</b> nats by surprisal and <b>${said(random)}</b> at
    random. Over all shares: <b>${said(better)}</b>. ${outcome} ${progress(questions, asked)}`;
}

/** @param {CutPassages} data @returns {Row[]} */
export const rows = ({ ways, shares }) =>
  ways.flatMap(({ name, points }) =>
    points.map(({ mean, low, high }, at) => ({ kept_by: name, share: shares[at], gain: mean, low, high })),
  );
