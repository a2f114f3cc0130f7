// @ts-check
/**
 * How the visits fall on the experts, layer by layer: this text against a corpus, and the loss that uneven work costs.
 *
 * @import { RoutingLoad } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<object, RoutingLoad>} Context
 */

import { row } from "../../../kit/cells/tensor.js";
import { bars } from "../../../kit/drawing/bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { nearby } from "../../../kit/nearby.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { parted } from "../../../kit/runs/beside.js";
import { max, mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Pixels of a layer's column: the least that it reads well at, the most, and what lies between two. */
const COLUMN = { least: 290, most: 400, gap: 36 };
/** Layers that are shown at once; fewer where each has many experts. */
const LAYERS = { few: 24, many: 6 };
const MANY = 16;
/** A share that differs from the unchanged run's by less is drawn as the same. */
const SAME = 5e-4;

/** @type {View<RoutingLoad>} */
export function load(data, ctx) {
  const most = 1.04 * Math.max(largest(data, ctx.there), 1.3 / data.n_experts);
  const part = nearby(data.layers.length, data.n_experts > MANY ? LAYERS.many : LAYERS.few, chosenRow(data, ctx));
  const shown = data.layers.map((_, at) => at).slice(part.first, part.first + part.shown);
  const width = columnWidth(ctx.width, shown.length);
  return html`
    <div class="bar">
      <p class="readout lead">${balance(data)} ${unlike(data)}</p>
      ${legend([
        ["value", "this text, f"],
        ["tick", "corpus"],
        ["dot", "mean probability P"],
        ctx.there && ["ghost", ctx.beside.name],
      ])}
    </div>
    ${ctx.changed ? html`<p class="readout basenote">${compared(ctx)}</p>` : nothing}
    <div class="small-multiples">${shown.map((at) => layerLoad(data, ctx, { at, width, most }))}</div>
    <p class="hint">${shownOf(data, shown)}${method(data)}</p>`;
}

/**
 * The shares of each layer's experts.
 * @param {RoutingLoad} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.layers.flatMap((layer, at) =>
    Array.from(row(data.share, at), (share, expert) => ({
      layer,
      expert,
      share,
      corpus: row(data.corpus, at)[expert],
      probability: row(data.P, at)[expert],
      [ctx.beside.column]: ctx.there && row(ctx.there.share, at)[expert],
    })),
  );
}

/**
 * @param {RoutingLoad} data
 * @param {Context} ctx
 * @param {{ at: number, width: number, most: number }} place
 */
function layerLoad(data, ctx, { at, width, most }) {
  const layer = data.layers[at];
  const chosen = ctx.focus.layer === layer;
  const probability = row(data.P, at);
  const corpus = row(data.corpus, at);
  const before = ctx.there && row(ctx.there.share, at);
  const experts = Array.from(row(data.share, at), (f, expert) => ({
    name: String(expert),
    title: `Block ${layer} expert ${expert}`,
    value: f,
    tick: corpus[expert],
    dot: probability[expert],
    ghost: before && Math.abs(before[expert] - f) > SAME ? before[expert] : undefined,
    details: told({ f, corpus: corpus[expert], probability: probability[expert], before: before?.[expert] }, ctx),
    selected: chosen && ctx.focus.expert === expert,
    select: () => ctx.select({ layer, expert }),
  }));
  return html`
    <figure aria-current=${chosen}>
      <figcaption>Block ${layer}</figcaption>
      ${bars({
        bars: experts,
        width,
        most,
        format: (share) => percent(share, 1),
        reference: { value: 1 / data.n_experts, name: `even share ${percent(1 / data.n_experts)}` },
        label: `Block ${layer}: share of visits of each expert`,
      })}
      <p class="hint">
        balance ${decimal(data.balance.a[at])};
        <span class=${isUnlike(data, at) ? "strong" : ""}>
          ${percent(data.distance.a[at])} of visits differ, by chance ${percent(data.chance.a[at])}
        </span>
      </p>
    </figure>`;
}

/**
 * @param {{ f: number, corpus: number, probability: number, before: number | undefined }} shares
 * @param {Context} ctx
 * @returns {[string, string][]}
 */
function told({ f, corpus, probability, before }, { beside }) {
  /** @type {[string, string][]} */
  const lines = [
    ["this text", percent(f)],
    ["corpus", percent(corpus)],
    ["mean probability", percent(probability)],
  ];
  return before === undefined ? lines : [...lines, [beside.short, percent(before)]];
}

/**
 * @param {number} room
 * @param {number} count
 */
function columnWidth(room, count) {
  const columns = Math.max(1, Math.min(count, Math.floor((room + COLUMN.gap) / (COLUMN.least + COLUMN.gap))));
  return Math.min(COLUMN.most, Math.floor((room - (columns - 1) * COLUMN.gap) / columns));
}

/**
 * @param {RoutingLoad} data
 * @param {Context} ctx
 */
const chosenRow = (data, ctx) => Math.max(0, data.layers.indexOf(ctx.focus.layer ?? -1));

/** @param {RoutingLoad} data */
function balance(data) {
  const average = decimal(mean(data.balance.a) ?? Number.NaN);
  return html`Balance loss n Σ f P, mean of the blocks: <b>${average}</b> (${data.k} for an even load, ${data.n_experts}
    at worst).`;
}

/** @param {RoutingLoad} data */
function unlike(data) {
  const layers = data.layers.filter((_, at) => isUnlike(data, at)).length;
  const where = layers ? `In ${layers} of ${counted(data.layers.length, "block")}` : "In no block";
  return html`<b>${where}</b> the load of this text differs more from the corpus than in 19 of 20 random samples of
    as many corpus tokens.`;
}

/** @param {Context} ctx */
function compared(ctx) {
  const { there } = ctx;
  if (!there) return parted(ctx);
  const average = decimal(mean(there.balance.a) ?? Number.NaN);
  const text = `over the ${counted(there.n, "token")} of its own text. The unchanged model reads the corpus.`;
  return html`The balance loss of ${ctx.beside.the} is <b>${average}</b> ${text}`;
}

/**
 * Whether a layer's load differs from the corpus' more than chance explains.
 * @param {RoutingLoad} data
 * @param {number} at
 */
const isUnlike = (data, at) => data.distance.a[at] > data.seldom.a[at];

/** @param {RoutingLoad} data @param {RoutingLoad | null} there */
function largest(data, there) {
  const shown = [data.share, data.corpus, data.P, ...(there ? [there.share] : [])];
  return max(shown, (shares) => max(shares.a)) ?? 0;
}

/**
 * @param {RoutingLoad} data
 * @param {number[]} rows
 */
function shownOf(data, rows) {
  if (rows.length === data.layers.length) return "";
  const [first, last] = [data.layers[rows[0]], data.layers[rows[rows.length - 1]]];
  const shown = rows.length > 1 ? `Blocks ${first} to ${last}` : `Block ${first}`;
  return `${shown} of ${data.layers.length}, around the selected one. `;
}

/** @param {RoutingLoad} data */
const method = (data) =>
  `Corpus: ${counted(data.corpus_tokens, "token")} of ${whole(data.passages)} passages of ` +
  `${data.kinds.length} kinds: ${data.kinds.join(", ")}. ` +
  (data.held_out
    ? "This model was not trained on them. "
    : "It is not known whether this model was trained on them. ") +
  `Visits that differ: the share that would have to go to another expert to make both loads equal; by chance: the ` +
  `mean over ${data.draws} random samples of ${counted(data.n, "token")}. The f of the balance loss is the share ` +
  `shown times ${data.k}, the visits of a token.`;
