// @ts-check
/**
 * The text read through every format: a row a format with its bits, its bytes and what it changes, its tokens below.
 *
 * @import { EffectOfFormat, QuantizationEffectFormats } from "../../../types"
 * @import { Content } from "../../../kit/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ chosen?: string }} Kept
 * @typedef {ViewContext<Kept>} Context
 */
import { under } from "../../../kit/beside.js";
import { segmented } from "../../../kit/controls.js";
import { counted, decimal, percent, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { memory } from "../../../kit/magnitude.js";
import { picture } from "../../../kit/matrix.js";
import { table } from "../../../kit/table.js";
import { tokenText } from "../../../kit/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { at, nats, shadeOf } from "./shade.js";
import { isOn, stackButton } from "./stack_button.js";
import { text } from "./text.js";

/** A format takes a second: it is measured by itself for each text. */
export const follows = true;
/** Pixels of the strip of a format's tokens: of one token at most, of all at most. */
const STRIP = { token: 14, all: 280, height: 18 };

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
    ${data.refused.length > 0 ? refused(data) : nothing}`;
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
 * The same format on the run beside this one.
 * @param {QuantizationEffectFormats} data
 * @param {EffectOfFormat} format
 */
const there = ({ base }, { name }) => base?.formats.find((each) => each.name === name);

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
      moves a prediction by <b data-kl=${other.mean_kl}>${nats(other.mean_kl)}</b> nats in the mean, here by
      <b>${nats(format.mean_kl)}</b>, and another word becomes the likeliest at ${percent(other.flips / data.base.read)}
      of the positions, here at ${percent(format.flips / data.read)}.</p>`;
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
  return segmented({
    label: "Weights that take the format",
    choices,
    chosen: data.where,
    choose: (where) => ctx.control("where", where),
  });
}

/** @param {QuantizationEffectFormats} data */
function cut({ n_tokens, read }) {
  return read < n_tokens
    ? html`<p class="hint">The first ${whole(read)} of ${counted(n_tokens, "token")} are read.</p>`
    : nothing;
}

/** @param {QuantizationEffectFormats} data @param {Context} ctx */
function columns(data, ctx) {
  const shade = shadeOf();
  const width = Math.min(STRIP.all, STRIP.token * data.read);
  const both = (/** @type {string} */ here, /** @type {string | undefined} */ other) => under(here, ctx.beside, other);
  return [
    { name: "Format", cell: (/** @type {EffectOfFormat} */ { title }) => html`<b>${title}</b>` },
    { name: "bits", title: "Bits a weight of the changed matrices, scales included", number: true, cell: bits },
    { name: "model", title: "Bytes of all weights, changed or not", number: true, cell: bytes },
    {
      name: "KL, mean",
      title: "From the prediction with unchanged weights, in nats",
      number: true,
      cell: mean(data, both),
    },
    {
      name: "other word",
      title: "Positions at which another token becomes the likeliest",
      number: true,
      cell: (/** @type {EffectOfFormat} */ format) => both(flips(format, data.read), otherFlips(data, format)),
    },
    {
      name: "KL at each token",
      cell: (/** @type {EffectOfFormat} */ _, /** @type {number} */ row) =>
        picture({
          rows: 1,
          columns: data.read,
          width,
          height: STRIP.height,
          colour: (_row, position) => shade(at(data.kl, row, position)),
          of: [data, row],
        }),
    },
    {
      name: "stack",
      className: "wide",
      cell: (/** @type {EffectOfFormat} */ format) => stackButton(data, format, ctx),
    },
  ];
}

const bits = (/** @type {EffectOfFormat} */ format) => decimal(format.bits);
const bytes = (/** @type {EffectOfFormat} */ { nbytes }) => memory(nbytes);

/**
 * @param {QuantizationEffectFormats} data
 * @param {(here: string, other: string | undefined) => Content} both
 */
const mean = (data, both) => (/** @type {EffectOfFormat} */ format) => {
  const other = there(data, format);
  return both(nats(format.mean_kl), other && nats(other.mean_kl));
};

/** @param {{ flips: number }} format @param {number} read */
const flips = ({ flips }, read) => `${whole(flips)} of ${whole(read)}`;

/** @param {QuantizationEffectFormats} data @param {EffectOfFormat} format */
function otherFlips(data, format) {
  const other = there(data, format);
  return data.base && other ? flips(other, data.base.read) : undefined;
}

/** @param {QuantizationEffectFormats} data */
function refused({ refused }) {
  return html`
    <p class="hint">Do not suit these matrices: ${refused.map(
      ({ title, reason }, place) =>
        html`${place ? "; " : ""}${title} <span class="why">(${reason.replace(/\.$/, "")})</span>`,
    )}.</p>`;
}
