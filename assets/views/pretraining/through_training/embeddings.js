// @ts-check
/**
 * The embeddings of frequent tokens on two directions that stay the same, step by step.
 *
 * @import { EmbeddingsThrough } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { dotted } from "./next_token.js";
import { choice, chosen } from "./steps.js";

const HEIGHT = 460;
/** As in the map of the vocabulary: kinds that are set apart by colour; all others are grey. */
const COLOURS = new Map([
  ["space and letters", "river-deep"],
  ["letters", "prob"],
  ["digits", "pos"],
  ["signs", "neg"],
]);
const EDGE = 1.08;

/** @type {View<EmbeddingsThrough>} */
export function embeddings(data, ctx) {
  const at = chosen(data, ctx);
  return html`
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, at)}</p>
    ${plot({
      label: `${whole(data.tokens.length)} tokens after ${whole(data.steps[at])} steps, on two fixed directions`,
      height: HEIGHT,
      traces: data.classes.map((name, kind) => {
        const some = data.tokens.map((_, token) => token).filter((token) => data.kinds.a[token] === kind);
        return {
          x: some.map((token) => data.x.a[at * data.tokens.length + token]),
          y: some.map((token) => data.y.a[at * data.tokens.length + token]),
          mode: "markers",
          size: 6,
          name,
          color: COLOURS.get(name) ?? "line2",
          text: some.map((token) => dotted(data.tokens[token])),
          hover: "%{text}<extra></extra>",
        };
      }),
      x: { title: "first direction", range: span(data.x.a) },
      y: { title: "second direction", range: span(data.y.a) },
    })}
    <p class="hint">The directions are the first two principal components of these rows after the last step. All
      checkpoints are drawn on the same two, each with its mean at the origin: what moves is the table, not the axes.
      ${decimal(Number(data.d_model) - 2, 0)} other directions are not drawn.</p>`;
}

/** @param {EmbeddingsThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.flatMap((step, at) =>
    data.tokens.map((token, column) => ({
      step,
      token: dotted(token),
      x: data.x.a[at * data.tokens.length + column],
      y: data.y.a[at * data.tokens.length + column],
    })),
  );

/** The same for all checkpoints. @param {ArrayLike<number>} values */
function span(values) {
  const most = Array.from(values).reduce((largest, each) => Math.max(largest, Math.abs(each)), 0) * EDGE;
  return [-most, most];
}

/** @param {EmbeddingsThrough} data @param {number} at */
function said(data, at) {
  return html`After <b>${whole(data.steps[at])}</b> steps the plane holds <b>${percent(data.share.a[at])}</b> of the
    variance of these ${whole(data.tokens.length)} rows; two directions of noise would hold about
    ${percent(2 / data.d_model)}. The rows’ variance is <b>${decimal(data.variance.a[at] / data.variance.a[0])}</b>
    times
    that of the start.`;
}
