// @ts-check
/**
 * The loss along a text under three caches, averaged over stretches, and each block's attention on the first tokens.
 *
 * @import { SinksLosses, SinksPolicy } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** Stretches of the text. */
const BINS = 32;

/** @type {Record<string, { name: string, color: string, dash?: string, symbol: string }>} */
const LOOK = {
  full: { name: "everything", color: "ink", dash: "4px,3px", symbol: "circle" },
  window: { name: "newest tokens", color: "neg", symbol: "square" },
  sinks: { name: "first and newest tokens", color: "prob", symbol: "diamond" },
};

/** @type {View<SinksLosses>} */
export function losses(data, ctx) {
  return html`
    <div class="settings-row ruled">${control(ctx, "length")} ${control(ctx, "window")} ${control(ctx, "sinks")}</div>
    <p class="readout lead">${lead(data)}</p>
    ${course(data)}
    ${table({
      label: "Perplexity under each cache",
      className: "keeps-names",
      rows: [...data.policies],
      columns: [
        { name: "The cache holds", cell: ({ name }) => html`<b>${LOOK[name].name}</b>` },
        { name: "tokens", number: true, cell: ({ held }) => whole(held) },
        { name: `perplexity of the first ${whole(data.window)}`, number: true, cell: ({ before }) => figures(before) },
        { name: "perplexity from there on", number: true, cell: ({ after }) => figures(after) },
        { name: "attention on the first 4", number: true, cell: (each) => percent(mean(each.on_first.a)) },
      ],
    })}
    <p class="hint">Perplexity over stretches of ${counted(stretch(data), "token")}. Positions are counted inside the
      cache: a kept token stays at the distance that it has when the cache is full. Attention is a mean over heads and
      blocks, from the tokens behind the first ${whole(data.window)}. What has left the window is gone: such a cache
      reads on without end, and does not remember more.</p>`;
}

/** @param {SinksLosses} data */
function lead(data) {
  const of = (/** @type {string} */ name) => data.policies.find((each) => each.name === name);
  const [full, window, sinks] = [of("full"), of("window"), of("sinks")];
  if (!full || !window || !sinks) return `${data.policies.length} of ${data.total} caches are read.`;
  return html`Once the first tokens have left, the window’s perplexity is <b>${figures(window.after)}</b>. With
    ${counted(sinks.sinks, "first token")} kept, in a cache of the same size, it is <b>${figures(sinks.after)}</b>; with
    everything kept ${figures(full.after)}.`;
}

/** @param {ArrayLike<number>} values */
const mean = (values) => Array.from(values).reduce((total, each) => total + each, 0) / values.length;

/** @param {SinksLosses} data */
const stretch = ({ ids }) => Math.max(1, Math.round(ids.length / BINS));

/** @param {SinksLosses} data */
function course(data) {
  const step = stretch(data);
  return plot({
    label: "Perplexity along the text, one line per cache",
    height: 320,
    traces: data.policies.map((each) => {
      const { name, ...look } = LOOK[each.name];
      const points = averaged(each, step);
      return {
        x: points.map(({ end }) => end),
        y: points.map(({ loss }) => Math.exp(loss)),
        ...look,
        name,
        mode: "lines+markers",
        size: 6,
        width: 2,
        hover: `up to token %{x:,}: %{y:.1f}<extra>${name}</extra>`,
      };
    }),
    x: { title: "tokens from the start", tickformat: ",d" },
    y: { title: "perplexity", type: "log", tickformat: ",d" },
    marks: [{ x: data.window, color: "ink2", dash: "dash", label: `the cache is full, ${whole(data.window)}` }],
  });
}

/** @param {SinksPolicy} policy @param {number} step */
function averaged({ loss }, step) {
  const all = Array.from(loss.a);
  return Array.from({ length: Math.floor(all.length / step) }, (_, at) => ({
    end: (at + 1) * step,
    loss: mean(all.slice(at * step, (at + 1) * step)),
  }));
}

/** @param {SinksLosses} data @returns {Row[]} */
export const rows = ({ ids, policies }) =>
  ids.slice(1).map((id, at) => ({
    position: at + 1,
    token: tokenText(id),
    ...Object.fromEntries(policies.map(({ name, loss }) => [`nats_${name}`, loss.a[at]])),
  }));
