// @ts-check
/**
 * Every method under one budget: a dot a seed, and what each trains, takes, learns and changes.
 *
 * @import { MethodFigure, MethodRow, MethodsCompared } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { ALIKE, seedSides } from "../../../kit/numbers/seed_verdict.js";
import { table as tabled } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { budget, more, nats, points, rate, settings, share, spread, verdict } from "./parts.js";

const ROW = 26;
const NAMES = 86;

/**
 * @typedef {object} Measure
 * @property {string} title
 * @property {(each: MethodRow) => MethodFigure} of
 * @property {(value: number) => string} format
 * @property {(data: MethodsCompared) => number} base
 */

/** @type {Record<string, Measure>} */
const MEASURES = {
  loss: { title: "held-out loss, nats", of: ({ loss }) => loss, format: nats, base: ({ base_loss }) => base_loss },
  exact: { title: "exact answers", of: ({ exact }) => exact, format: share, base: ({ base_exact }) => base_exact },
  changed: { title: "KL from the base, nats", of: ({ changed }) => changed, format: nats, base: () => 0 },
};

/** @type {View<MethodsCompared>} */
export function table(data, ctx) {
  const measure = String(ctx.controls.measure ?? "loss");
  return html`
    ${settings(ctx, "against", "measure")}
    <p class="readout lead">${said(data)}</p>
    ${chart(data, measure in MEASURES ? measure : "loss", ctx.width)}
    <p class="hint">${budget(data)}</p>
    ${tabled({
      label: "What each method trains, takes, learns and changes",
      columns: [
        { name: "method", cell: ({ title }) => title },
        { name: "trained", number: true, cell: ({ trained }) => whole(trained) },
        { name: "rate", number: true, cell: (each) => rate(each.rate) },
        { name: "weights", number: true, title: "Frozen and trained", cell: ({ weights }) => memory(weights) },
        { name: "gradients", number: true, cell: ({ gradients }) => memory(gradients) },
        { name: "optimizer", number: true, cell: ({ optimizer }) => memory(optimizer) },
        { name: "activations", number: true, cell: ({ activations }) => memory(activations) },
        {
          name: "a step, s",
          number: true,
          title: "Processor time of one thread",
          cell: ({ seconds }) => spread(seconds, (value) => decimal(value, 2)),
        },
        { name: "loss", number: true, cell: ({ loss }) => spread(loss, nats) },
        { name: "exact", number: true, cell: ({ exact }) => spread(exact, share) },
        { name: "KL from the base", number: true, cell: ({ changed }) => spread(changed, nats) },
      ],
      rows: [...data.methods],
    })}
    <h3 class="sub3">Seed by seed, less ${data.against}</h3>
    ${tabled({
      label: `Differences from ${data.against}`,
      columns: [
        { name: "method", cell: ({ title }) => title },
        { name: "loss, nats", cell: (each) => verdict(each.loss_difference, data, more) },
        { name: "exact answers", cell: (each) => verdict(each.exact_difference, data, points) },
        { name: "KL from the base, nats", cell: (each) => verdict(each.changed_difference, data, more) },
      ],
      rows: [...data.methods],
    })}
    <p class="hint">Bytes are measured from the tensors of a step; activations are what its forward pass keeps. QLoRA’s
      matrices are NF4 on the CPU here, its products in float32. Times are of the machine that trained. LoRA and its kin
      stand at every linear layer with rank 8 and α 16, LoRA+ with 16 times the rate for B; a prefix and a prompt
      have 20 virtual tokens, a bottleneck 8 neurons. Trained by <code>python -m explorer methods</code> from
      assets/sweeps/fine-tuning-methods/recipe.toml.</p>`;
}

/** @param {MethodsCompared} data */
function said(data) {
  const { methods, seeds, enough, against } = data;
  const base = html`The base has a held-out loss of <b>${nats(data.base_loss)}</b> nats a token and
    ${share(data.base_exact)} exact answers.`;
  const trained = methods.map(({ trained: count }) => count);
  const sizes = html` The methods train ${whole(Math.min(...trained))} to ${whole(Math.max(...trained))} numbers.`;
  const [most] = methods.toSorted((one, other) => other.exact.mean - one.exact.mean);
  const exact = most?.exact.mean
    ? html` Most answers are exact under ${most.title}: <b>${spread(most.exact, share)}</b>.`
    : html` No held-out answer is exact under any method: the budget is too small for that.`;
  if (seeds.length < enough) return html`${base}${sizes}${exact}`;
  const { below, above, alike } = seedSides(methods, ({ loss_difference: difference }) => difference);
  const names = (/** @type {MethodRow[]} */ some) => some.map(({ title }) => title).join(", ") || "none";
  return html`${base}${sizes} Loss below that of ${against}: <b>${names(below)}</b>; above: <b>${names(above)}</b>;
    ${ALIKE}: <b>${names(alike)}</b>.${exact}`;
}

/** @param {MethodsCompared} data @param {string} name @param {number} width */
function chart(data, name, width) {
  const { title, of, format, base } = MEASURES[name];
  const values = data.methods.flatMap((each) => of(each).each).filter(Number.isFinite);
  const at = base(data);
  const most = name === "exact" ? 1 : Math.max(...values, at) * 1.05;
  return picture({
    label: `${title}: base ${format(at)}; ${data.methods
      .map((each) => `${each.title} ${spread(of(each), format)}`)
      .join("; ")}`,
    width,
    height: data.methods.length * ROW + 48,
    margin: { left: NAMES, right: 18, top: 20, bottom: 40 },
    x: [0, most],
    y: [data.methods.length - 0.5, -0.5],
    bottom: { title, format },
    marks: [
      rule({ x: at, color: "ink3", label: [`base ${format(at)}`] }),
      ...data.methods.flatMap((each, row) => {
        const { mean, half, each: seeds } = of(each);
        const shown = Number.isFinite(mean);
        return [
          text({ x: 0, y: row, dx: -8, dy: 4, text: each.title, anchor: "end" }),
          shown &&
            half !== null &&
            rule({
              x: [Math.max(mean - half, 0), Math.min(mean + half, most)],
              y: row,
              color: "prob",
              stroke: 2,
            }),
          shown
            ? dot({ data: seeds, x: Number, y: row, r: 3, color: "prob" })
            : text({ x: 0, y: row, dx: 6, dy: 4, text: "no number" }),
        ];
      }),
    ],
  });
}

/** @param {MethodsCompared} data @returns {Row[]} */
export const rows = ({ methods, seeds }) =>
  methods.flatMap((each) =>
    seeds.map((seed, at) => ({
      method: each.title,
      seed,
      rate: each.rate,
      trained: each.trained,
      weights: each.weights,
      gradients: each.gradients,
      optimizer: each.optimizer,
      activations: each.activations,
      step_seconds: each.seconds.each[at],
      loss: each.loss.each[at],
      exact: each.exact.each[at],
      kl: each.changed.each[at],
    })),
  );
