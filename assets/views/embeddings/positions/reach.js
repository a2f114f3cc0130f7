// @ts-check
/**
 * One passage read twice, the second time from ever further away, under each scheme: how much it surprises the model.
 *
 * @import { PositionsReach } from "../../../types"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Point } from "./words.js"
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { figures } from "../../../kit/magnitude.js";
import { plot } from "../../../kit/plot.js";
import { rove } from "../../../kit/roving.js";
import { tokenText } from "../../../kit/tokens.js";
import { max, min } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { perplexities } from "./perplexities.js";
import { TWO } from "./scaling.js";
import { factorChoice, limitName, named, openScheme, SCHEMES } from "./schemes.js";
import { perplexity, secondReading } from "./words.js";

const TOKENS = ["16", "24", "48"];
const HEIGHT = 340;
/** Share of the axis that is left free at its ends, for the points. */
const EDGE = 0.02;
/** Shares of the axis that are left free below, and above for the name of the limit. */
const BELOW = 0.06;
const ABOVE = 0.16;

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
    <div class="bar">${factorChoice(ctx, data.factor)} ${textChoice(data, ctx)} ${tokensChoice(data, ctx)}</div>
    <div class="columns ${ctx.width >= TWO.from ? "two" : ""}">
      <div>
        <h3 class="sub3">Perplexity of the second reading <small>by distance from the first, log scale</small></h3>
        ${lines(data, point, select)}
      </div>
      <div>
        <h3 class="sub3">The second reading, token by token <small>bar: probability given to the token; hair: at the
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
function textChoice({ text, texts }, ctx) {
  const choose = (/** @type {Event} */ event) =>
    ctx.control("text", /** @type {HTMLSelectElement} */ (event.target).value);
  return named(
    "Text",
    html`
      <select aria-label="Text" @change=${choose}>
        ${Object.entries(texts).map(
          ([key, name]) => html`<option value=${key} .selected=${key === text}>${name}</option>`,
        )}
      </select>`,
  );
}

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
const tokensChoice = ({ tokens }, ctx) =>
  named(
    "Tokens",
    segmented({
      label: "Tokens",
      choices: TOKENS.map((count) => [count, count]),
      chosen: String(tokens),
      choose: (key) => ctx.control("tokens", key),
    }),
  );

/**
 * @param {PositionsReach} data
 * @param {Point} point
 * @param {(point: Point) => void} select
 */
function lines(data, point, select) {
  const schemes = data.names.map((_, scheme) => scheme).filter((scheme) => scheme !== point.scheme);
  const order = [...schemes, point.scheme];
  const last = data.distances[data.distances.length - 1];
  const known = [...data.perplexity.a.filter(Number.isFinite), data.first_perplexity];
  const [least, most] = [min(known) ?? 1, max(known) ?? 1].map(Math.log10);
  const span = most - least || 1;
  const [low, high] = [Math.max(0, least - BELOW * span), most + ABOVE * span];
  return plot({
    label: "Perplexity of the second reading by distance, one line a scheme",
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
        hover: "the words at the right<extra></extra>",
      },
    ],
    x: {
      title: "positions between a token and its first mention",
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

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
function method(data, ctx) {
  return (
    `Measured: the first ${data.ids.a.length} tokens of “${data.texts[data.text]}”, not of this prompt, at ` +
    "positions 0 and up, and again at each distance with the first reading in view; the positions between " +
    "are skipped, so a token can be copied only by attention over that distance. Left out: thousands of " +
    "tokens between would also take their share of the attention. This model was not trained further with " +
    "any scheme; interpolation and YaRN are meant for that. Crossed out: worse than a first reading. Ruled " +
    `columns lie past ${limitName(data)}.` +
    (ctx.interventions.some(({ on }) => on) ? " The interventions of this run are not applied here." : "")
  );
}
