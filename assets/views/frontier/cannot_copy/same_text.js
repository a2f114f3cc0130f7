// @ts-check
/**
 * Kinds of model trained once on the same text: losses by tokens, by kind of text, and of what is read twice.
 *
 * @import { SameText } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { intervals, reach } from "../../../kit/drawing/intervals.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { color: string, dash?: string }>} */
const LOOKS = {
  attention: { color: "river-deep" },
  Mamba: { color: "prob" },
  "Mamba-2": { color: "neg", dash: "3px,4px" },
  "gated linear attention": { color: "ink2", dash: "6px,3px" },
  hybrid: { color: "pos", dash: "8px,4px" },
  "dense twin": { color: "ink3", dash: "2px,2px" },
};

/** @typedef {SameText["arms"][number]} Arm */

/** @type {View<SameText, any>} */
export function same_text(data, ctx) {
  const { arms, base, windows, steps, steps_a_point: each, tokens, twice } = data;
  const width = ctx.width < 860 ? ctx.width : (ctx.width - 32) / 2;
  const others = arms.filter(({ name }) => name !== base);
  return html`
    <p class="readout lead">After ${decimal(tokens / 1e6, 1)} M tokens a held-out token costs, in nats: ${arms.map(
      ({ name, mean }, at) => html`${at ? ", " : ""}${name} <b>${decimal(mean)}</b>`,
    )}. Each was trained once, so a small difference may be the seed’s.</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Loss against tokens read <small>windows before they are learnt from</small></h3>
        ${plot({
          label: "Loss of each kind of model against the tokens that it has read",
          height: 300,
          traces: arms.map(({ name, loss }) => ({
            ...LOOKS[name],
            ...{ name, width: 2, mode: "lines" },
            x: loss.map((_, at) => ((at + 0.5) * each * tokens) / steps / 1e6),
            y: loss,
            hover: `${name}: %{y:.2f} nats at %{x:.2f} M<extra></extra>`,
          })),
          x: { title: "tokens read, M" },
          y: { title: "nats a token" },
        })}
      </div>
      <div>
        <h3 class="sub3">Held-out loss less attention’s <small>95 % over ${6 * windows} windows</small></h3>
        ${bars(others, width, ({ less_attention: less }) => less, {
          label: "Held-out loss of each kind of model, less attention’s on the same windows",
          title: "nats a token",
          least: 0.1,
        })}
        <h3 class="sub3">What the second reading saves <small>the first ${twice} tokens, read twice</small></h3>
        ${bars(arms, width, ({ saved }) => saved, {
          label: "By how much a token costs less when it is read a second time, of each kind of model",
          title: "nats a token",
          least: 0.1,
        })}
      </div>
    </div>
    ${table({
      label: "Held-out loss of each kind of model, by kind of text",
      className: "keeps-names",
      rows: arms,
      columns: [
        { name: "Model", cell: ({ name }) => name[0].toUpperCase() + name.slice(1) },
        { name: "layers", cell: ({ layers }) => layersOf(layers) },
        { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
        {
          name: "carried",
          title: `Behind ${data.length} tokens, in float32`,
          number: true,
          cell: ({ carried }) => memory(carried),
        },
        ...arms[0].kinds.map(({ kind }, at) => ({
          name: kind,
          number: true,
          title: `Nats a token; less attention’s, with the interval of 95 % over ${windows} windows`,
          cell: (/** @type {Arm} */ { name, kinds }) => {
            const { loss, less_attention: less } = kinds[at];
            const from = html`<small>${signed(less.low)} to ${signed(less.high)}</small>`;
            return html`${decimal(loss)} ${name === base ? "" : from}`;
          },
        })),
      ],
    })}
    <p class="hint">${conditions(data)}</p>`;
}

/**
 * @param {Arm[]} arms
 * @param {number} width
 * @param {(arm: Arm) => Arm["saved"]} of
 * @param {{ label: string, title: string, least: number }} what
 */
function bars(arms, width, of, { least, ...what }) {
  const found = arms.map((arm) => ({ name: arm.name, ...of(arm) }));
  return intervals({
    ...what,
    width,
    domain: reach(
      found.map((each) => ({ ...each, value: each.mean })),
      least,
    ),
    format: (value) => decimal(value, 1),
    reference: 0,
    rows: found.map(({ name, mean, low, high }) => ({
      ...{ name, value: mean, low, high, color: LOOKS[name].color },
      words: `${signed(mean)} (${signed(low)} to ${signed(high)})`,
    })),
  });
}

/** @type {Record<string, string>} */
const KINDS = { mamba: "Mamba", mamba2: "Mamba-2", gla: "gated linear", attention: "attention", mlp: "feed-forward" };

/** @param {Arm["layers"]} layers */
const layersOf = (layers) =>
  Object.entries(layers)
    .map(([kind, count]) => `${count} ${KINDS[kind]}`)
    .join(", ");

/** @param {SameText} data */
const conditions = (data) => html`One training each: seed ${data.seed}, ${whole(data.steps)} steps, a peak rate of
  ${data.peak} that was tuned for none of them, as the recipe of six-kinds-mamba says. Another rate, seed or length of
  training may change the order. Intervals are over held-out windows, ${data.windows} of each kind of text: they say how
  much the text matters, not the seed. The dense twin has the sizes of six-kinds-dense, so more parameters than the
  others. What is read twice are the first ${data.twice} tokens of a window; a model that copies would save most of
  their cost. Recorded by <code>python -m explorer.experiments.frontier.same_text</code> (${data.machine},
  ${whole(Math.round(data.seconds / 60))} minutes of its processor); the losses are kept, and of the weights the
  Mamba’s.`;

/** @param {SameText} data @returns {Row[]} */
export const rows = ({ arms }) =>
  arms.flatMap(({ name, parameters, carried, kinds, saved }) =>
    kinds.map(({ kind, loss, less_attention: less }) => ({
      ...{ model: name, parameters, carried_bytes: carried, kind, loss, less_attention: less.mean },
      ...{ less_low: less.low, less_high: less.high, saved: saved.mean, saved_low: saved.low, saved_high: saved.high },
    })),
  );
