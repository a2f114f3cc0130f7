// @ts-check
/**
 * Euler's step and the exact one: what each writes into a state, and what a text costs by each.
 *
 * @import { EulerOrExact } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const FIELD = { name: "text", lines: /** @type {[number, number]} */ ([2, 4]), plain: true, named: true };
const HEIGHT = 240;

/** @type {View<EulerOrExact, Drafts>} */
export function steps(data, ctx) {
  const { layer, layers, states, mean, same, dt, tokens } = data;
  const fastest = states[states.length - 1];
  const [euler, exact] = mean;
  return html`
    ${typed({ ...FIELD, value: typedText("text", data.text, ctx) }, ctx)}
    <div class="settings-row">${control(ctx, "layer", { as: "slider", value: layer, most: layers - 1 })}</div>
    <p class="readout lead">Of what Euler’s step writes into layer ${layer}’s fastest state, the exact step writes
      <b>${percent(fastest.mean, 0)}</b>, into its slowest <b>${percent(states[0].mean, 0)}</b>. With the exact step in
      every layer the text costs <b>${decimal(exact)}</b> nats a token instead of <b>${decimal(euler)}</b>
      (${signed(exact - euler)}); at ${whole(same)} of ${whole(tokens.length)} positions the likeliest next token stays.</p>
    <div class="side-by-side">
      <div><h3 class="sub3">What is written <small>share of Euler’s, by how fast the state fades</small></h3>
        ${plot({
          label: `Share of Euler’s step that the exact step writes, by the speed of the ${states.length} states`,
          height: HEIGHT,
          traces: [
            {
              ...{ color: "prob", width: 2, mode: "lines+markers", size: 5, legend: false },
              x: states.map(({ speed }) => speed),
              y: states.map((each) => each.median),
              whiskers: { low: states.map(({ low }) => low), high: states.map(({ high }) => high) },
              hover: "speed %{x:.1f}: %{y:.0%}<extra></extra>",
            },
          ],
          x: { title: "−A: the state’s speed" },
          y: { title: "of Euler’s", range: [0, 1.03], tickformat: ".0%" },
          marks: [{ y: 1, color: "ink3", dash: "dot", label: "Euler’s step", side: "right", below: true }],
        })}</div>
      <div><h3 class="sub3">What each token costs <small>nats, by both steps in every layer</small></h3>
        ${plot({
          label: "Nats of each token, by Euler’s step and by the exact one",
          height: HEIGHT,
          traces: ["Euler’s step", "exact step"].map((name, rule) => ({
            ...{ name, color: rule ? "prob" : "ink2", width: 2, dash: rule ? "6px,4px" : undefined },
            x: range(1, tokens.length),
            y: row(data.nats, rule),
          })),
          x: { title: "position" },
          y: { title: "nats", rangemode: "tozero" },
        })}</div>
    </div>
    <p class="hint">Medians and middle halves over all tokens and channels; half of this layer’s steps dt lie between
      ${decimal(dt[0], 3)} and ${decimal(dt[2], 3)}. What fades is the same by both. The weights were trained with
      Euler’s step: another rule is another model, so that the difference says nothing of which to train with.</p>`;
}

/** @param {EulerOrExact} data @returns {Row[]} */
export const rows = ({ tokens, nats }) =>
  tokens.slice(1).map((token, at) => ({
    ...{ position: at + 1, token },
    euler_nats: nats.a[at],
    exact_nats: nats.a[tokens.length - 1 + at],
  }));
