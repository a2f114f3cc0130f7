// @ts-check
/**
 * What is stored against what one token uses: published mixtures and the running model, and one of them opened.
 *
 * @import { MoeRow, MoeSizes } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Settings } from "./arithmetic.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { dots } from "../../../kit/drawing/dots.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { max, min } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { costs, gpuNamed, gpuOf, provedFlops, settings } from "./arithmetic.js";
import { compared, ownOf, withThere } from "./compared.js";
import { models } from "./models.js";
import { parts } from "./parts.js";
import { sums } from "./sums.js";

/** Room at both ends of the scale, as a factor. */
const MARGIN = 1.6;

/** @type {View<MoeSizes>} */
export function sizes(own, ctx) {
  const data = withThere(own, ctx);
  const other = ctx.there && ownOf(ctx.there);
  const now = settings(data, ctx);
  return html`
    <div class="bar">
      <p class="readout lead">${said(now.row)}</p>
      ${legend([
        ["used", "a token uses"],
        ["stored", "the model stores"],
      ])}
    </div>
    ${other ? html`<p class="readout lead basenote">${compared(own, other, now, ctx.beside)}</p>` : nothing}
    <div class="figure">${usedAndStored(data, ctx, now)}</div>
    <div class="settings-row">
      ${control(ctx, "weights")}
      ${control(ctx, "memory", { as: "slider", live: true, format: (step) => gpuNamed(gpuOf(data, step)) })}
      ${control(ctx, "context", { as: "slider", live: true, format: whole })}
      ${control(ctx, "sequences", { as: "slider", live: true, format: whole })}
    </div>
    <h3 class="sub3">${now.row.name}</h3>
    <div class="figure">${parts(now.row, ctx.width)}</div>
    ${sums(data, now)} ${models(data, ctx, now)}`;
}

/**
 * @param {MoeSizes} own
 * @param {ViewContext<any, MoeSizes>} ctx
 * @returns {Row[]}
 */
export function rows(own, ctx) {
  const data = withThere(own, ctx);
  const now = settings(data, ctx);
  return data.rows.map((row) => {
    const { stored, cache, gpus, token, keysAndValues } = costs(data, row, now);
    return {
      model: row.name,
      ...(ctx.there ? { run: row === ownOf(own) ? "this" : row.own ? "other" : "" } : {}),
      experts: row.n_experts,
      k: row.k,
      shared: row.n_shared,
      parameters: row.total,
      stated_billions: row.stated,
      used: row.active,
      weights: now.weights,
      weight_bytes: stored,
      gpu: now.gpu.name,
      gpu_bytes: now.gpu.memory,
      sequences: now.sequences,
      cache_bytes: cache,
      overhead_bytes: data.overhead,
      gpus,
      context: now.context,
      flops: token,
      kv_bytes_16_bit: keysAndValues,
    };
  });
}

/** @param {MoeSizes} data @param {ViewContext<any, MoeSizes>} ctx */
export const checks = (data, ctx) => provedFlops(withThere(data, ctx));

/** @param {MoeRow} row */
function said({ name, n_experts, active, total }) {
  const used = html`<b>${parameters(active)}</b>`;
  if (!n_experts) return html`<b>${name}</b>: a token uses all of ${used} parameters.`;
  const all = html`<b>${parameters(total)}</b>`;
  return html`<b>${name}</b>: a token uses ${used} of ${all} parameters. It computes as much as a dense model of
    ${used} and needs the memory of one of ${all}.`;
}

/**
 * @param {MoeSizes} data
 * @param {ViewContext} ctx
 * @param {Settings} now
 */
function usedAndStored(data, ctx, now) {
  const low = min(data.rows, ({ active }) => active) ?? 1;
  const high = max(data.rows, ({ total }) => total) ?? 1;
  return dots({
    rows: data.rows.map((row) => ({
      key: row.name,
      name: `${row.name}${row === ownOf(data) ? ", this model" : row.own ? `, ${ctx.beside.name}` : ""}`,
      dots: [
        { value: row.total, mark: "hollow" },
        { value: row.active, mark: "used" },
      ],
      words: row.n_experts
        ? `${parameters(row.active)} of ${parameters(row.total)}, ${percent(row.active / row.total)}`
        : `${parameters(row.total)}, dense`,
      strong: row === now.row,
      details: [
        ["a token uses", whole(row.active)],
        ["stored", whole(row.total)],
        ["share", percent(row.active / row.total)],
      ],
      selected: row === now.row,
      select: () => ctx.control("model", row.name),
    })),
    width: ctx.width,
    domain: [low / MARGIN, high * MARGIN],
    format: (value) => parameters(value).replace(/\.0+(?= |$)/, ""),
    title: "parameters",
    label: "Parameters used and stored, by model",
  });
}
