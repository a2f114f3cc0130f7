// @ts-check
/**
 * Size against quality: every format of the whole model, its Pareto front, and what the text can tell apart.
 *
 * @import { QualityPoint, QuantizedBudget, QuantizedQuality } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ chosen?: string, by?: string, down?: boolean }} Kept
 * @typedef {ViewContext<Kept>} Context
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { both, pointThere, qualityThere } from "./quality_there.js";
import { scatter } from "./scatter.js";
import { nats } from "./words.js";

/** Standard errors from which on a difference counts as told. */
const TOLD = 2;
/** A prediction is kept within this share. */
const NEAR = 0.25;

/** @type {View<QuantizedQuality, Kept>} */
export function quality(data, ctx) {
  const chosen = chosenOf(data, ctx);
  return html`
    <div class="bar">
      ${control(ctx, "passages")}
    </div>
    <p class="readout">${lead(data)}</p>
    ${qualityThere(data, ctx)}
    ${scatter(data, mixes(data, ctx), ctx.width, chosen, (name) => ctx.keep({ chosen: name }))}
    <p class="hint">${mixesSaid(data, ctx)} Both axes are logarithmic. A thick bar is ± one standard error of the
      difference from the unchanged model on the same text. A thin bar is ± one standard error of the perplexity itself.
      The line joins the Pareto front: no other format is both smaller and of lower measured perplexity. It leaves
      the errors aside.</p>
    ${formats(data, ctx, chosen)}
    <h3 class="sub3">Predicted and measured</h3>
    <p class="readout">${finding(data)}</p>
    ${leftOut(data.refused.map(([title, reason]) => ({ title, reason })))}
    <p class="hint">All matrices take the format, also the embedding where it shares the unembedding’s table. Norms
    and a mixture’s router stay in float32. The numbers are means over ${counted(data.n, "prediction")} in
      ${counted(data.windows, "window")} of ${data.pos} tokens; the first ${data.context} tokens of a window are not
      scored. The standard errors treat predictions as independent, as in llama.cpp. ${data.baseline}</p>`;
}

/** @param {QuantizedQuality} data @param {Context} ctx */
function chosenOf(data, ctx) {
  const wanted = ctx.kept.chosen;
  return (
    (data.points.find(({ name }) => name === wanted) ?? data.points.find(({ name }) => name === "int4"))?.name ?? ""
  );
}

/**
 * What a budget chose and measured on this same text: one point a budget.
 * @param {QuantizedQuality} data
 * @param {Context} ctx
 * @returns {import("./scatter").Point[]}
 */
function mixes(data, ctx) {
  const measured = /** @type {QuantizedBudget | undefined} */ (ctx.payload("budget"));
  if (!measured || data.passages !== data.budget_passages) return [];
  const weights = sum(measured.weights.a);
  return measured.judged
    .filter(({ name }) => !name)
    .map((choice) => {
      const bits = (8 * choice.packed) / weights;
      return { ...choice, name: `budget of ${bits}`, title: `${decimal(bits, 2)} bits by budget`, bits, mix: true };
    })
    .map(({ whole: nbytes, other_text: kl, ...choice }) => ({ ...choice, nbytes, kl, front: false }));
}

/** @param {QuantizedQuality} data @param {Context} ctx */
function mixesSaid(data, ctx) {
  if (mixes(data, ctx).length) return "Rings show mixed formats, chosen under a budget in “Bits under a budget”.";
  return data.passages === data.budget_passages
    ? "Mixed formats appear here once “Bits under a budget” has measured them."
    : `Mixed formats were measured on ${data.budget_passages} passages per kind and appear only there.`;
}

/** @param {QuantizedQuality} data */
function lead(data) {
  const { points } = data;
  if (!points.length) return nothing;
  const told = points.filter(({ added, added_error }) => Math.abs(added) > TOLD * added_error);
  const alone = points.filter(
    ({ perplexity, perplexity_error }) =>
      Math.abs(perplexity - data.perplexity) > TOLD * Math.hypot(perplexity_error, data.perplexity_error),
  );
  const far =
    points.length < data.total ? html` ${points.length} of ${data.total} formats are measured so far.` : nothing;
  return html`The unchanged model takes ${memory(data.nbytes)} and has a perplexity of
      <b>${decimal(data.perplexity)}</b> ±
    ${decimal(data.perplexity_error)}. Paired on the same text, <b>${told.length} of ${points.length}</b> formats differ
    from it by more than ${TOLD} standard errors; compared by perplexity alone, ${alone.length} do.${far}`;
}

/** @param {QuantizedQuality} data @param {Context} ctx @param {string} chosen */
function formats(data, ctx, chosen) {
  const besides = both(ctx);
  /** @type {[keyof QualityPoint, string, string, (point: QualityPoint) => unknown][]} */
  const known = [
    ["bits", "bits", "per weight of the matrices, with scales", ({ bits }) => decimal(bits, 2)],
    ["nbytes", "model", "bytes of all weights", ({ nbytes }) => memory(nbytes)],
    ["perplexity", "perplexity", "", ({ perplexity }) => big(perplexity)],
    [
      "added",
      "loss added, paired",
      "nats per token, ± one standard error",
      (p) => html`${signed(p.added, 4)} ± ${decimal(p.added_error, 4)}`,
    ],
    ["kl", "KL, mean", "nats", (p) => besides(p, nats(p.kl), ({ kl }) => nats(kl))],
    ["kl99", "KL, 99 %", "nats; 99 % of the predictions lie below it", ({ kl99 }) => nats(kl99)],
    ["kl_most", "KL, largest", "nats", ({ kl_most }) => nats(kl_most)],
    ["rms_dp", "RMS Δp", "of the true token’s probability", ({ rms_dp }) => percent(rms_dp)],
    ["same", "same top token", "", (p) => besides(p, percent(p.same), ({ same }) => percent(same))],
  ];
  const by = /** @type {keyof QualityPoint} */ (known.find(([key]) => key === ctx.kept.by)?.[0] ?? "nbytes");
  const down = ctx.kept.down ?? true;
  const rows = data.points.toSorted((a, b) => (Number(a[by]) - Number(b[by])) * (down ? -1 : 1));
  return table({
    label: "Formats in numbers",
    className: "numbers",
    rows,
    selected: ({ name }) => name === chosen,
    select: ({ name }) => ctx.keep({ chosen: name }),
    columns: [
      {
        name: "Format",
        cell: ({ title, front }) =>
          html`<b>${title}</b>${front ? html` <small title="On the Pareto front">◆</small>` : nothing}`,
      },
      ...known.map(([key, name, title, cell]) => ({
        name,
        title,
        number: true,
        cell: (/** @type {QualityPoint} */ point) => /** @type {any} */ (cell(point)),
        sort: () => ctx.keep({ by: key, down: by === key ? !down : true }),
        sorted: by === key ? order(down) : undefined,
      })),
    ],
  });
}

/** @param {boolean} down @returns {"ascending" | "descending"} */
const order = (down) => (down ? "descending" : "ascending");

/** @param {number} perplexity */
const big = (perplexity) => (perplexity >= 1000 ? whole(Math.round(perplexity)) : decimal(perplexity));

/** What the squared error of the weights predicts, against what was measured. @param {QuantizedQuality} data */
function finding(data) {
  const others = data.points.flatMap((point) =>
    point.predicted !== null && point.title !== data.yardstick && point.kl > 1e-6 && point.predicted > 0
      ? [{ ...point, ratio: point.kl / point.predicted }]
      : [],
  );
  if (!others.length) return "No format is measured yet.";
  const near = others.filter(({ ratio }) => Math.abs(ratio - 1) <= NEAR);
  const high = others.reduce((a, b) => (a.ratio > b.ratio ? a : b));
  const low = others.reduce((a, b) => (a.ratio < b.ratio ? a : b));
  const said = (/** @type {typeof high} */ { title, predicted, kl, ratio }) =>
    html`${title}, ${nats(Number(predicted))} predicted and <b>${nats(kl)}</b> measured, ${decimal(ratio)} times`;
  return html`To second order, KL grows with the square of the weights’ error. So the KL of ${data.yardstick} predicts
    that of every other format. ${near.length} of ${others.length} lie within ${percent(NEAR, 0)} of the prediction. The
    furthest above is ${said(high)}. The furthest below is ${said(low)}.`;
}

/** @param {QuantizedQuality} data @param {Context} ctx @returns {Row[]} */
export function rows(data, ctx) {
  return data.points.map((point) => ({
    ...point,
    perplexity_unchanged: data.perplexity,
    predictions: data.n,
    ...(ctx.there ? { [`kl_in_${ctx.beside.column}`]: pointThere(point.name, ctx)?.kl ?? null } : {}),
  }));
}
