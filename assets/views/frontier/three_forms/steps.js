// @ts-check
/**
 * Euler's step and the exact one: what each writes into a state, and what a text costs by each.
 *
 * @import { EulerOrExact } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 240;

/** @type {View<EulerOrExact>} */
export function steps(data) {
  const { layer, states, mean, same, dt, tokens } = data;
  const fastest = states[states.length - 1];
  const [euler, exact] = mean;
  return html`
    <p class="readout lead">Of what Euler’s step writes into layer ${layer}’s fastest state, the exact step writes
      <b>${percent(fastest.mean, 0)}</b>, into its slowest <b>${percent(states[0].mean, 0)}</b>. With the exact step in
      every layer the text costs <b>${decimal(exact)}</b> nats a token instead of <b>${decimal(euler)}</b>
      (${signed(exact - euler)}); at ${whole(same)} of ${whole(tokens.length)} positions the likeliest next token
      stays.</p>
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
          y: { title: "of Euler’s", range: [0, 1.15], tickvals: [0, 0.25, 0.5, 0.75, 1], tickformat: ".0%" },
          marks: [{ y: 1, color: "ink3", dash: "dot", label: "Euler’s step", side: "right" }],
        })}</div>
      <div><h3 class="sub3">What the exact step changes <small>nats of each token, less those by Euler’s</small></h3>
        ${plot({
          label: "Nats of each token by the exact step in every layer, less those by Euler’s",
          height: HEIGHT,
          traces: [
            {
              ...{ type: /** @type {"bar"} */ ("bar"), color: "prob", legend: false },
              x: range(1, tokens.length),
              y: Array.from(row(data.nats, 1), (nats, at) => nats - data.nats.a[at]),
              hover: "position %{x}: %{y:+.3f} nats<extra></extra>",
            },
          ],
          x: { title: "position" },
          y: { title: "nats" },
        })}</div>
    </div>
    <p class="hint">Text and layer are those above. Medians and middle halves over all tokens and channels; half of
      this layer’s steps dt lie between
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
