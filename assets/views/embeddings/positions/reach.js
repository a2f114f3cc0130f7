// @ts-check
/**
 * One passage read twice, the second time from ever further away, under each scheme: how much it surprises the model.
 *
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { PositionsReach } from "../../../types/embeddings"
 *
 * @typedef {{ scheme: number, far: number }} Point row and column of the perplexities
 */

import { plot } from "../../../kit/chart/plot.js";
import { limitName, openScheme, SCHEMES } from "../../../kit/chart/rope_schemes.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, min } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
export function reach(data, ctx) {
  const point = pointOf(data, ctx);
  const select = (/** @type {Point} */ { scheme, far }) => {
    ctx.control("scheme", data.names[scheme]);
    ctx.control("far", data.distances[far]);
  };
  return html`
    <div class="bar">${control(ctx, "factor")} ${control(ctx, "text")} ${control(ctx, "tokens")}</div>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Perplexity of the second reading <small>by distance from the first, log scale</small></h3>
        ${lines(data, point, select)}
      </div>
      <div>
        <h3 class="sub3">The second reading, token by token <small>bar: probability of the token; line: at the
            first reading</small></h3>
        ${secondReading(data, point)}
      </div>
    </div>
    <div data-rove=${data.distances.length} @keydown=${rove}>${perplexities(data, point, select)}</div>
    <p class="hint">${method(data, ctx)}</p>`;
}

/**
 * The loss of each token of the second reading, under each scheme and at each distance.
 * @param {PositionsReach} data
 * @returns {Row[]}
 */
export function rows(data) {
  const tokens = Array.from(data.ids.a).slice(1);
  return data.names.flatMap((name, scheme) =>
    data.distances.flatMap((distance, far) =>
      tokens.map((id, at) => ({
        scheme: SCHEMES[name].name,
        distance,
        perplexity: perplexity(data, { scheme, far }),
        token: tokenText(id),
        nats: data.second.a[(scheme * data.distances.length + far) * tokens.length + at],
        nats_first: data.first.a[at],
      })),
    ),
  );
}

/**
 * What the words at the side are of: the link's scheme and distance, else the first distance past the limit.
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 * @returns {Point}
 */
function pointOf(data, ctx) {
  const asked = data.distances.indexOf(Number(ctx.controls.far));
  const past = data.distances.findIndex((distance) => distance > data.n_ctx);
  return { scheme: data.names.indexOf(openScheme(ctx, data.names)), far: asked >= 0 ? asked : past };
}

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
function method(data, ctx) {
  const title = ctx.declared("text").choices?.find(([name]) => name === data.text)?.[1];
  return (
    `The model reads the first ${data.ids.a.length} tokens of “${title}” (not this prompt) from ` +
    "position 0 on, and again at each distance with the first reading in view. The positions between are empty, so " +
    "only attention over that distance can copy a token. In a real text thousands of tokens between would also take " +
    "attention. The model is not trained further with any scheme, as interpolation and YaRN intend. A crossed-out " +
    `perplexity is worse than that of the first reading. Columns after the rule lie past ${limitName(data)}.` +
    (ctx.interventions.some(({ on }) => on) ? " This view ignores the interventions of this run." : "")
  );
}

// The perplexity at each distance, a line a scheme; a point opens its words.

const HEIGHT = 340;

/** Share of the axis that is left free at its ends, for the points. */
const EDGE = 0.02;

/** Shares of the axis that are left free below, and above for the name of the limit. */
const BELOW = 0.06;
const ABOVE = 0.16;

/**
 * @param {PositionsReach} data
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
export function lines(data, point, select) {
  const schemes = data.names.map((_, scheme) => scheme).filter((scheme) => scheme !== point.scheme);
  const order = [...schemes, point.scheme];
  const last = data.distances[data.distances.length - 1];
  const known = [...data.perplexity.a.filter(Number.isFinite), data.first_perplexity];
  const [least, most] = [min(known) ?? 1, max(known) ?? 1].map(Math.log10);
  const span = most - least || 1;
  const [low, high] = [Math.max(0, least - BELOW * span), most + ABOVE * span];
  return plot({
    label: "Perplexity of the second reading by distance, one line per scheme",
    height: HEIGHT,
    traces: [
      ...order.map((scheme) => schemeLine(data, scheme, scheme === point.scheme)),
      {
        x: [data.distances[point.far]],
        y: [perplexity(data, point)],
        mode: "markers",
        size: 13,
        color: "prob",
        hollow: true,
        legend: false,
        hover: "shown token by token at the right<extra></extra>",
      },
    ],
    x: {
      title: "positions from a token back to its first occurrence",
      tickformat: ",d",
      nticks: 5,
      range: [-EDGE * last, (1 + EDGE) * last],
    },
    y: { type: "log", dtick: high - low < 1.5 ? "D2" : 1, tickformat: ",d", range: [low, high] },
    marks: [
      {
        x: data.n_ctx,
        color: "ink",
        label: `${data.trained ? "trained" : "config’s limit"}, ${whole(data.n_ctx)}`,
      },
      {
        y: data.first_perplexity,
        dash: "dash",
        color: "ink2",
        label: `first reading, ${figures(data.first_perplexity)}`,
        side: "left",
      },
    ],
    onClick: (at) => {
      if (at && at.trace < order.length) select({ scheme: order[at.trace], far: at.index });
    },
  });
}

/**
 * @param {PositionsReach} data
 * @param {number} scheme
 * @param {boolean} open
 */
function schemeLine(data, scheme, open) {
  const key = data.names[scheme];
  const { name, dash, symbol } = SCHEMES[key];
  const unmarked = key === "own" ? "ink" : "ink3";
  return {
    x: data.distances,
    y: data.distances.map((_, far) => perplexity(data, { scheme, far })),
    name,
    labelled: true,
    mode: "lines+markers",
    size: 7,
    symbol,
    dash: open ? undefined : dash,
    color: open ? "prob" : unmarked,
    width: open ? 2.6 : 1.5,
    hover: `%{x:,} positions: %{y:.2f}<extra>${name}</extra>`,
  };
}

// The perplexity of every second reading: a row a scheme, a column a distance; a press opens one.

/**
 * @param {PositionsReach} data
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
function perplexities(data, point, select) {
  return table({
    label: "Perplexity of the second reading",
    className: "perplexities",
    rows: data.names.map((_, scheme) => scheme),
    selected: (scheme) => scheme === point.scheme,
    columns: [
      { name: "Positions later", cell: (scheme) => SCHEMES[data.names[scheme]].name },
      ...data.distances.map((distance, far) => ({
        name: whole(distance),
        number: true,
        className: distance > data.n_ctx ? "past" : "",
        cell: (/** @type {number} */ scheme) => cell(data, { scheme, far }, point, select),
      })),
    ],
  });
}

/**
 * @param {PositionsReach} data
 * @param {Point} here
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
function cell(data, here, point, select) {
  const value = perplexity(data, here);
  if (!Number.isFinite(value)) return html`<span class="muted">…</span>`;
  const on = here.scheme === point.scheme && here.far === point.far;
  const name =
    `${SCHEMES[data.names[here.scheme]].name}, ${whole(data.distances[here.far])} ` +
    `positions: perplexity ${figures(value)}`;
  return html`
    <button type="button" class=${value > data.first_perplexity ? "lost" : ""} aria-pressed=${on} aria-label=${name}
      tabindex=${on ? 0 : -1} @click=${() => select(here)}>${figures(value)}</button>`;
}

// The tokens of the second reading, each with the probability that the model gave it, and at the first reading.

const LETTERS = 16;

/**
 * NaN where it has not been read yet.
 * @param {PositionsReach} data
 * @param {Point} point
 */
const perplexity = (data, { scheme, far }) => data.perplexity.a[scheme * data.distances.length + far];

/**
 * @param {PositionsReach} data
 * @param {Point} point
 */
function secondReading(data, point) {
  const { name } = SCHEMES[data.names[point.scheme]];
  const found = perplexity(data, point);
  if (!Number.isFinite(found)) return html`<p class="readout"><b>${name}</b> is not measured yet.</p>`;
  const count = data.first.a.length;
  const from = (point.scheme * data.distances.length + point.far) * count;
  const losses = data.second.a.subarray(from, from + count);
  return html`
    <p class="readout"><b>${name}</b>, the second reading starts <b>${whole(data.distances[point.far])}</b> positions
      later: perplexity <b>${figures(found)}</b>; the first reading has <b>${figures(data.first_perplexity)}</b>.</p>
    <div class="words" role="group" aria-label="Tokens of the passage" data-rove @keydown=${rove}>
      ${Array.from(data.ids.a, (id, at) => (at ? word(id, losses[at - 1], data.first.a[at - 1], at) : given(id)))}
    </div>`;
}

/** The first token: nothing comes before it. @param {number} id */
const given = (id) => html`<span class="word given">${token(id, { most: LETTERS, className: "mono" })}</span>`;

/**
 * @param {number} id
 * @param {number} loss in nats
 * @param {number} first the loss at the first reading
 * @param {number} at
 */
function word(id, loss, first, at) {
  const [now, then] = [Math.exp(-loss), Math.exp(-first)];
  const tip = tooltip(cut(tokenText(id), 2 * LETTERS), [
    ["second reading", percent(now)],
    ["first reading", percent(then)],
  ]);
  return html`
    <span class="word" role="img" tabindex=${at === 1 ? 0 : -1}
      style=${styleMap({ "--now": now.toFixed(4), "--first": then.toFixed(4) })}
      aria-label="${tokenText(id)}: ${percent(now)}, at the first reading ${percent(then)}"
      @pointermove=${tip.show} @pointerleave=${tip.hide}>${token(id, { most: LETTERS, className: "mono" })}<i
          class="chance"></i></span>`;
}
