// @ts-check
/**
 * The perplexity along a long text under every scheme, on one axis; a press sets a scheme apart.
 *
 * @import { PastLengthCourse } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { limitName, openScheme, SCHEMES } from "../../../kit/chart/rope_schemes.js";
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<PastLengthCourse>} */
export function course(data, ctx) {
  const open = openScheme(ctx, data.names);
  return html`
    <div class="settings-row">${control(ctx, "reader")}</div>
    <div class="settings-row ruled">${control(ctx, "times")}</div>
    <p class="readout lead">${lead(data)}</p>
    ${lines(data, open, (name) => ctx.control("scheme", name))}
    ${perplexities(data, open, ctx)}
    <p class="hint">${data.reader} reads ${whole(data.length)} tokens of held-out excerpts, one behind the other, once
      under each scheme; the model is not trained further. Each point is a stretch of ${whole(data.edges[1])} tokens. A
      scheme is asked to reach the whole length; dynamic NTK has the base of the last token throughout.</p>`;
}

/** @param {PastLengthCourse} data */
function lead(data) {
  const known = data.names
    .map((name, at) => ({ name, past: data.past.a[at], within: data.within.a[at] }))
    .filter(({ past }) => Number.isFinite(past));
  if (!known.length) return "The first scheme is being read.";
  const own = known[0];
  const first = html`Up to ${limitName(data)} of ${whole(data.n_ctx)} tokens the unchanged rotation has perplexity
    <b>${figures(own.within)}</b>, behind it <b>${figures(own.past)}</b>.`;
  if (known.length < data.names.length) return html`${first} ${known.length} of ${data.names.length} schemes are read.`;
  const best = known.reduce((a, b) => (b.past < a.past ? b : a));
  if (best.name === "own") return html`${first} No scheme does better behind it.`;
  return html`${first} ${SCHEMES[best.name].name} does best there: <b>${figures(best.past)}</b>, and
    ${figures(best.within)} before.`;
}

/** @param {PastLengthCourse} data @param {string} open @param {(name: string) => void} choose */
function lines(data, open, choose) {
  const order = [...data.names.filter((name) => name !== open), open];
  const bins = data.edges.length - 1;
  return plot({
    label: "Perplexity along the text, one line per scheme",
    height: 340,
    traces: order.map((name) => {
      const row = data.names.indexOf(name);
      const chosen = name === open;
      const unmarked = name === "own" ? "ink" : "ink3";
      return {
        x: data.edges.slice(1),
        y: Array.from({ length: bins }, (_, at) => Math.exp(data.loss.a[row * bins + at])),
        name: SCHEMES[name].name,
        mode: "lines+markers",
        symbol: SCHEMES[name].symbol,
        dash: chosen ? undefined : SCHEMES[name].dash,
        color: chosen ? "prob" : unmarked,
        width: chosen ? 2.6 : 1.5,
        size: 6,
        hover: `up to token %{x:,}: %{y:.1f}<extra>${SCHEMES[name].name}</extra>`,
      };
    }),
    x: { title: "tokens from the start", tickformat: ",d" },
    y: { title: "perplexity", type: "log", tickformat: ",d" },
    marks: [
      { x: data.n_ctx, color: "ink", label: `${data.trained ? "trained" : "config’s limit"}, ${whole(data.n_ctx)}` },
    ],
    onClick: (at) => {
      if (at) choose(order[at.trace]);
    },
  });
}

/** @param {PastLengthCourse} data @param {string} open @param {ViewContext} ctx */
function perplexities(data, open, ctx) {
  const said = (/** @type {number} */ value) => (Number.isFinite(value) ? figures(value) : "…");
  return table({
    label: "Perplexity before and behind the length",
    className: "keeps-names",
    rows: data.names.map((name, at) => ({ name, at })),
    selected: ({ name }) => name === open,
    select: ({ name }) => ctx.control("scheme", name),
    columns: [
      {
        name: "Scheme",
        cell: ({ name }) => html`<b>${SCHEMES[name].name}</b> <small>${SCHEMES[name].formula}</small>`,
      },
      { name: `up to ${whole(data.n_ctx)}`, number: true, cell: ({ at }) => said(data.within.a[at]) },
      { name: `from there to ${whole(data.length)}`, number: true, cell: ({ at }) => said(data.past.a[at]) },
    ],
  });
}

/** @param {PastLengthCourse} data @returns {Row[]} */
export const rows = (data) =>
  data.names.flatMap((name, row) =>
    data.edges.slice(1).map((end, at) => ({
      scheme: SCHEMES[name].name,
      from: data.edges[at],
      to: end,
      nats: data.loss.a[row * (data.edges.length - 1) + at],
    })),
  );
