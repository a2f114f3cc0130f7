// @ts-check
/**
 * The text read through every format: a row a format with its bits, its bytes and what it changes, its tokens below.
 *
 * @import { QuantizationEffectFormats } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ chosen?: string }} Kept
 * @typedef {ViewContext<Kept>} Context
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { columns, there } from "./format_columns.js";
import { at, nats } from "./shade.js";
import { isOn } from "./stack_button.js";
import { text } from "./text.js";

/** A format takes a second: it is measured by itself for each text. */
export const follows = true;

/** @type {View<QuantizationEffectFormats, Kept>} */
export function formats(data, ctx) {
  const chosen = chosenOf(data, ctx);
  return html`
    <div class="bar">
      ${places(data, ctx)} ${cut(data)} ${data.base ? legend([["dot", ctx.beside.name]]) : nothing}
    </div>
    ${compared(data, chosen, ctx)}
    ${table({
      label: "Formats, and what each changes in this text",
      className: "formats",
      columns: columns(data, ctx),
      rows: data.formats,
      selected: (_, row) => row === chosen,
      select: ({ name }) => ctx.keep({ chosen: name }),
    })}
    ${chosen >= 0 ? text(data, chosen, ctx) : nothing}
    ${leftOut(data.refused)}`;
}

/** @param {QuantizationEffectFormats} data @param {Context} ctx @returns {Row[]} */
export function rows(data, ctx) {
  return data.formats.flatMap((format, row) =>
    range(data.read).map((position) => ({
      format: format.name,
      bits_a_weight: format.bits,
      bytes: format.nbytes,
      position,
      kl: at(data.kl, row, position),
      likeliest: tokenText(at(data.ids, row, position)),
      probability: at(data.p, row, position),
      likeliest_unchanged: tokenText(data.plain_ids.a[position]),
      its_probability: data.plain_p.a[position],
      its_probability_now: at(data.kept, row, position),
      ...(data.base ? { [`mean_kl_in_${ctx.beside.column}`]: there(data, format)?.mean_kl } : {}),
    })),
  );
}

/**
 * The chosen format on the run beside this one, in words.
 * @param {QuantizationEffectFormats} data
 * @param {number} chosen
 * @param {Context} ctx
 */
function compared(data, chosen, { beside }) {
  const format = data.formats[chosen];
  const other = format && there(data, format);
  if (data.base && other)
    return html`<p class="readout basenote">${beside.start}, over ${counted(data.base.read, "token")}, ${format.title}
      changes a prediction by a mean KL of <b data-kl=${other.mean_kl}>${nats(other.mean_kl)}</b> nats; here by
      <b>${nats(format.mean_kl)}</b>. Another token becomes the most likely at ${percent(other.flips / data.base.read)}
      of the positions there and at ${percent(format.flips / data.read)} here.</p>`;
  return nothing;
}

/**
 * The row whose tokens are shown: the chosen one, the one on the stack, or the one that changes most.
 * @param {QuantizationEffectFormats} data
 * @param {Context} ctx
 */
function chosenOf(data, ctx) {
  const names = data.formats.map(({ name }) => name);
  const kept = names.indexOf(ctx.kept.chosen ?? "");
  if (kept >= 0) return kept;
  const stacked = data.formats.findIndex((format) => isOn(data, format, ctx));
  if (stacked >= 0) return stacked;
  const flips = data.formats.map((format) => format.flips);
  return flips.indexOf(Math.max(...flips));
}

/** @param {QuantizationEffectFormats} data @param {Context} ctx */
function places(data, ctx) {
  const layer = ctx.focus.layer ?? 0;
  /** @type {[string, string][]} */
  const choices = [
    ["all", "All weights"],
    [String(layer), `Block ${layer}`],
    ["unembed", "Unembedding"],
  ];
  if (!choices.some(([key]) => key === data.where)) choices.push([data.where, data.matrices]);
  return control(ctx, "where", { choices, own: data.where });
}

/** @param {QuantizationEffectFormats} data */
function cut({ n_tokens, read }) {
  return read < n_tokens
    ? html`<p class="hint">The page reads the first ${whole(read)} of ${counted(n_tokens, "token")}.</p>`
    : nothing;
}
