// @ts-check
/**
 * Losses of a sweep in groups of equal compute, a parabola through each, and the curve of the run that is chosen.
 *
 * @import { ScalingGroup, ScalingGroups, ScalingRun } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ run: string }} Kept
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items } from "../../../kit/drawing/picture.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { colourOf, curve, flat, nameOf, overSizes, spent } from "./runs.js";

/** @type {View<ScalingGroups, Kept>} */
export function groups(data, ctx) {
  const all = data.groups.flatMap(({ runs }) => [...runs]);
  const chosen = all.find(({ name }) => name === ctx.kept.run) ?? all[all.length - 1];
  const choose = (/** @type {ScalingRun} */ run) => ctx.keep({ run: run.name });
  const at = data.groups.findIndex(({ runs }) => runs.includes(chosen));
  return html`
    <p class="readout lead">${said(data)}</p>
    ${chart(data.groups, all, chosen, choose, ctx.width)}
    ${legend([
      ...data.groups.map(
        ({ compute }, each) =>
          /** @type {[{ color: string, shape: "dot" }, string]} */ ([
            { color: colourOf(each), shape: "dot" },
            spent(compute),
          ]),
      ),
      [{ color: "ink", shape: "dot", hollow: true }, "lowest point of the parabola"],
    ])}
    <h3 class="sub3">How the chosen run trained</h3>
    ${curve(chosen, colourOf(at), ctx.width)}
    <h3 class="sub3">All runs <small>choose one</small></h3>
    ${table({
      label: "The runs of the sweep; choose one to see its curve",
      columns: [
        { name: "group", cell: ({ compute }) => spent(compute) },
        { name: "parameters", number: true, cell: (run) => parameters(run.parameters) },
        { name: "of them embeddings", number: true, cell: (run) => percent(run.embedding / run.parameters, 0) },
        { name: "blocks × width", number: true, cell: ({ layers, width }) => `${layers} × ${width}` },
        { name: "seed", number: true, cell: ({ seed }) => seed },
        { name: "tokens", number: true, cell: ({ tokens }) => parameters(tokens) },
        { name: "tokens a parameter", number: true, cell: (run) => decimal(run.tokens / run.parameters, 1) },
        { name: "times read", number: true, cell: ({ epochs }) => decimal(epochs, 2) },
        { name: "held-out loss", number: true, cell: ({ loss }) => decimal(loss, 3) },
      ],
      rows: all,
      selected: (run) => run === chosen,
      select: choose,
    })}
    ${rates(data)} ${texts(data)}`;
}

export const follows = true;

/** @param {ScalingGroups} data @returns {Row[]} */
export const rows = ({ groups: all, rates: tried }) => [
  ...all.flatMap(({ runs }) => runs.map((run) => ({ part: "group", ...flat(run) }))),
  ...tried.map((run) => ({ part: "learning rate", ...flat(run) })),
];

/** @param {ScalingGroups} data */
function said({ groups: all, exponent, low, high, unusable, noise, seeds }) {
  const outside = all.filter(({ inside }) => !inside);
  const where = outside.length
    ? html`In ${outside.map(({ compute }) => spent(compute)).join(" and ")} the lowest point does not lie between the
        sizes that were trained: it is a guess there. `
    : "";
  const spread = seeds ? html`The same model with ${seeds} seeds: standard deviation ${decimal(noise, 3)} nats.` : "";
  if (exponent === null)
    return html`The parabolas have no lowest point: these runs give no best size. ${where}${spread}`;
  return html`The best size grows as compute to the power <b>${decimal(exponent, 2)}</b>. Parabolas whose points are
    shaken by their residuals give ${decimal(low, 2)} to ${decimal(high, 2)} in 90 of 100 cases${
      unusable > 0.005 ? html`, and no lowest point in ${percent(unusable, 0)} of the cases` : nothing
    }. ${where}${spread}`;
}

/**
 * @param {readonly ScalingGroup[]} all
 * @param {ScalingRun[]} runs
 * @param {ScalingRun} chosen
 * @param {(run: ScalingRun) => void} choose
 * @param {number} width
 */
function chart(all, runs, chosen, choose, width) {
  return overSizes(runs, width, {
    label: "Held-out loss by parameters, a curve for each compute; arrow keys walk the runs",
    marks: [
      ...all.map(({ sizes, curve: low }, at) =>
        line({ data: low.a, x: (_, each) => sizes.a[each], y: Number, color: colourOf(at), dash: "4 3" }),
      ),
      ...all.map(({ inside, best, loss }) => inside && dot({ x: best, y: loss, r: 5, color: "ink", hollow: true })),
      items({
        data: runs,
        told: (run) => ({
          title: nameOf(run),
          lines: [
            ["held-out loss", `${decimal(run.loss, 3)} nats`],
            ["tokens", parameters(run.tokens)],
            ["spent", spent(run.compute)],
          ],
        }),
        key: ({ name }) => name,
        press: choose,
        chosen: (run) => run === chosen,
        marks: (run) =>
          dot({
            ...{ x: run.parameters, y: run.loss, r: run === chosen ? 6 : 4.5 },
            color: colourOf(all.findIndex(({ compute }) => compute === run.compute)),
          }),
      }),
    ],
  });
}

/** Which learning rates were tried. @param {ScalingGroups} data */
function rates({ rates: tried }) {
  if (!tried.length) return nothing;
  return html`
    <h3 class="sub3">Which learning rate</h3>
    ${table({
      label: "Learning rates that were tried",
      columns: [
        { name: "model", cell: nameOf },
        { name: "highest rate", number: true, cell: ({ rate }) => rate.toPrecision(2) },
        { name: "held-out loss", number: true, cell: ({ loss }) => decimal(loss, 3) },
      ],
      rows: [...tried],
    })}
    <p class="hint">One seed each, at ${spent(tried[0].compute)}. The recipe takes the rate by width that these runs
      say,
      a cosine down to a tenth of it, and 5 % of the steps to warm up. At other budgets nobody looked.</p>`;
}

/** What was read, and whose it is. @param {ScalingGroups} data */
function texts({ texts: read, machine }) {
  return html`
    <h3 class="sub3">What was read</h3>
    ${table({
      label: "The texts of the sweep",
      columns: [
        { name: "text", cell: ({ title }) => title },
        { name: "tokens", number: true, cell: ({ tokens }) => whole(tokens) },
        { name: "licence", className: "from", cell: ({ licence }) => licence },
      ],
      rows: [...read],
    })}
    <p class="hint">The loss is on 64 windows of 128 tokens of each text’s last 5 %, every text with an equal say.
      Trained
      on one core (${machine}), by <code>python -m explorer sweep assets/sweeps/small-decoders/recipe.toml</code>.</p>`;
}
