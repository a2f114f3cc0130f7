// @ts-check
/**
 * The flows between the experts of one layer and the next, and what of them one expert's tokens make.
 *
 * @import { RoutingLanes } from "../../../types/architectures"
 * @import { Visit } from "./wording.js"
 *
 * @typedef {object} Flow
 * @property {number} row of the layer that it leaves
 * @property {number} from expert
 * @property {number} to expert of the next layer
 * @property {number} weight tokens' worth
 * @property {number} tokens that visited both
 *
 * @typedef {{ row: number, expert: number }} At
 */
import { greatest, range, rollup, sum } from "../../../vendor/d3.js";
import { visitsOf, weightOf } from "./routes.js";

/** @param {RoutingLanes} data @returns {Flow[]} */
export function flowsOf(data) {
  const [gaps, ribbons] = data.source.shape;
  return range(gaps * ribbons)
    .map((at) => ({
      row: Math.floor(at / ribbons),
      from: data.source.a[at],
      to: data.target.a[at],
      weight: data.weight.a[at],
      tokens: data.tokens.a[at],
    }))
    .filter(({ weight }) => weight > 0);
}

/**
 * The weight on an expert, in tokens' worth.
 * @param {RoutingLanes} data
 * @param {At} at
 */
export const loadOf = (data, { row, expert }) => data.load.a[row * data.n_experts + expert];

/**
 * The share of all weight that would flow if the two layers chose independently.
 * @param {RoutingLanes} data
 * @param {Flow} flow
 */
export function independent(data, { row, from, to }) {
  return (loadOf(data, { row, expert: from }) * loadOf(data, { row: row + 1, expert: to })) / data.n ** 2;
}

/** @param {Pick<Flow, "row" | "from" | "to">} flow */
export const nameOf = ({ row, from, to }) => `${row}.${from}.${to}`;

/**
 * What the tokens of one expert do elsewhere, each by its weight there: between any two layers it sums to that expert's
 * load.
 * @param {RoutingLanes} data
 * @param {At} at
 * @returns {Map<string, number>} by the name of the flow
 */
export function through(data, { row: own, expert }) {
  const gaps = range(data.layers.length - 1);
  const visits = tokensOf(data, { row: own, expert }).flatMap(({ token, weight }) => {
    /** @param {number} row @returns {Visit[]} */
    const there = (row) => (row === own ? [[expert, 1]] : visitsOf(data, row, token));
    return gaps.flatMap((row) =>
      there(row).flatMap(([from, one]) =>
        there(row + 1).map(([to, other]) => ({ row, from, to, weight: weight * one * other })),
      ),
    );
  });
  return rollup(visits, (same) => sum(same, ({ weight }) => weight), nameOf);
}

/**
 * The tokens that visit an expert, with their weights there.
 * @param {RoutingLanes} data
 * @param {At} at
 */
export function tokensOf(data, { row, expert }) {
  return range(data.n)
    .map((token) => ({ token, weight: weightOf(visitsOf(data, row, token), expert) }))
    .filter(({ weight }) => weight > 0);
}

/**
 * Where most of an expert's weight is in another layer.
 * @param {RoutingLanes} data
 * @param {At} at
 * @param {number} other row
 * @returns {{ expert: number, share: number } | undefined}
 */
export function mostly(data, at, other) {
  const visits = tokensOf(data, at).flatMap(({ token, weight }) =>
    visitsOf(data, other, token).map(([expert, there]) => ({ expert, weight: weight * there })),
  );
  const sums = rollup(
    visits,
    (same) => sum(same, ({ weight }) => weight),
    ({ expert }) => expert,
  );
  const best = greatest(sums, ([, weight]) => weight);
  return best && { expert: best[0], share: best[1] / loadOf(data, at) };
}
