// @ts-check
/**
 * The perplexity at each distance, a line a scheme; a point opens its words.
 *
 * @import { PositionsReach } from "../../../types"
 * @import { Point } from "./words.js"
 */
import { whole } from "../../../kit/format.js";
import { figures } from "../../../kit/magnitude.js";
import { plot } from "../../../kit/plot.js";
import { max, min } from "../../../vendor/d3.js";
import { SCHEMES } from "./schemes.js";
import { perplexity } from "./words.js";

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
