// @ts-check
/**
 * What both twins lose on held-out text, as it was measured when they were trained.
 *
 * @import { TwinsHeldOut } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 240;
/** @type {Record<string, { name: string, color: string }>} */
const LOOKS = { masked: { name: "masked model", color: "prob" }, causal: { name: "causal twin", color: "ink2" } };

/** @type {View<TwinsHeldOut, any>} */
export function held_out(data, ctx) {
  const most = Math.max(...data.kinds.map(({ gap, half }) => gap + half));
  const least = Math.min(-0.25 * most, ...data.kinds.map(({ gap, half }) => gap - half));
  return html`
    <p class="readout lead">The masked model loses at most <b>${decimal(data.mean_bound)}</b> nats a token, the mean of
      six kinds of text; its causal twin loses <b>${decimal(data.mean_exact)}</b>. The difference is what any order
        costs,
      and how far the bound lies above the loss: the two cannot be told apart here.</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Bound and exact loss <small>nats a token</small></h3>
        ${table({
          label: "The masked model’s bound and its twin’s loss, of each kind of text",
          rows: data.kinds,
          columns: [
            { name: "kind", cell: ({ kind }) => kind },
            { name: "bound", number: true, cell: ({ bound }) => decimal(bound) },
            { name: "twin, exact", number: true, cell: ({ exact }) => decimal(exact) },
            { name: "difference", number: true, cell: ({ gap }) => decimal(gap) },
          ],
        })}
      </div>
      <div>
        <h3 class="sub3">Bound minus loss <small>interval of 95 % over ${data.windows} windows</small></h3>
        ${intervals({
          label: "The bound minus the twin’s loss, of each kind of text",
          width: ctx.width < 860 ? ctx.width : (ctx.width - 32) / 2,
          domain: [least, most * 1.08],
          format: (value) => decimal(value, 1),
          title: "nats a token",
          reference: 0,
          rows: data.kinds.map(({ kind, gap, half }) => ({
            name: kind,
            value: gap,
            low: gap - half,
            high: gap + half,
            words: `${decimal(gap)} ± ${decimal(half)}`,
            color: "prob",
          })),
        })}
      </div>
    </div>
    <h3 class="sub3">Held-out loss through the training <small>nats a token, on fewer windows</small></h3>
    ${plot({
      label: "Held-out loss of both twins over the steps",
      height: HEIGHT,
      traces: data.courses.map(({ name, curve }) => ({
        x: curve.map(([step]) => step + shift(data, name)),
        y: curve.map(([, loss]) => loss),
        mode: "lines+markers",
        size: 5,
        color: LOOKS[name].color,
        name: LOOKS[name].name,
      })),
      x: { title: "step", range: [0, Math.max(...data.courses.map(({ steps, begins }) => steps + begins))] },
      y: { title: "nats a token" },
    })}
    ${table({
      label: "How each twin was trained",
      rows: data.courses,
      columns: [
        { name: "model", cell: ({ name }) => LOOKS[name].name },
        { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
        {
          name: "steps, causal",
          number: true,
          cell: (each) => whole(each.name === "causal" ? each.steps : each.begins),
        },
        { name: "steps, masked", number: true, cell: (each) => whole(each.name === "causal" ? 0 : each.steps) },
        { name: "tokens read", number: true, cell: ({ tokens }) => `${decimal(tokens / 1e6)} M` },
        { name: "processor time", number: true, cell: (each) => `${whole(each.processor_seconds)} s` },
        {
          name: "weights",
          cell: ({ sha256 }) => html`<span class="mono" title=${sha256}>${sha256.slice(0, 8)}</span>`,
        },
      ],
    })}
    <p class="hint">Both were one causal model for ${begins(data)} steps. Then one went on${stopped(data)}, and the
      other took its weights,
      opened its mask and learnt to fill holes. Windows of ${data.tokens} tokens behind a given one; the bound is
      the mean of ${data.draws} draws a window. One seed (${data.seed}), little text and a small model: this says
        what these
      two lose, not which objective is better. The recipe and the weights lie in models/six-kinds-unmask.</p>`;
}

/** Steps that were taken before its own. @param {TwinsHeldOut} data @param {string} name */
const shift = ({ courses }, name) => courses.find((each) => each.name === name)?.begins ?? 0;

/** @param {TwinsHeldOut} data */
const begins = (data) => whole(shift(data, "masked"));

/** Where the twin stopped before the masked model. @param {TwinsHeldOut} data */
function stopped({ courses }) {
  const [masked, causal] = courses;
  const missing = masked.begins + masked.steps - causal.steps;
  return missing > 0 ? ` (for ${whole(missing)} steps fewer, and without the decay of the rate)` : "";
}

/** @param {TwinsHeldOut} data @returns {Row[]} */
export const rows = ({ kinds }) => kinds.map((each) => ({ ...each }));
