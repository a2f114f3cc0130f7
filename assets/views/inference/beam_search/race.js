// @ts-check
/**
 * The running total of the best text and of greedy's.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { BesideWords } from "../../../kit/view"
 * @import { BestThere } from "./texts.js"
 */
import { plot } from "../../../kit/chart/plot.js";

const HEIGHT = 230;
/** Ends nearer than this share of their size would write their names over one another. */
const CLOSE = 0.06;
const LONG = 14;

/**
 * @param {BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }} data
 * @param {BestThere | null} other
 * @param {BesideWords} beside
 */
export function race({ texts, nodes, greedy, max_new_tokens }, other, beside) {
  const [best] = texts;
  const same = best.ids.join() === greedy.ids.join();
  const apart = Math.abs(best.logprob - greedy.totals[greedy.totals.length - 1]);
  const labelled = !other && (same || apart >= CLOSE * Math.max(1, -best.logprob));
  const line = { mode: "lines+markers", size: 5 };
  const steps = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => at + 1);
  const greedys = {
    ...line,
    x: steps(greedy.totals.length),
    y: greedy.totals,
    name: same ? "" : "greedy",
    color: "ink",
    dash: "dot",
    labelled: labelled && !same,
    hover: "greedy, token %{x}: %{y:.2f}<extra></extra>",
  };
  const bests = {
    ...line,
    x: steps(best.nodes.length),
    y: best.nodes.map((index) => nodes.total.a[index]),
    name: same ? "best = greedy" : "best text",
    color: "prob",
    labelled,
    hover: "best text, token %{x}: %{y:.2f}<extra></extra>",
  };
  const there = other && {
    ...line,
    x: steps(other.totals.length),
    y: other.totals,
    name: `best text, ${beside.name}`,
    color: "prob",
    dash: "dot",
    hollow: true,
    hover: `${beside.name}, token %{x}: %{y:.2f}<extra></extra>`,
  };
  return plot({
    label: "Running total log-probability of the best and the greedy text; arrow keys walk the greedy one",
    height: HEIGHT,
    traces: [greedys, bests, ...(there ? [there] : [])],
    x: {
      title: "tokens",
      dtick: max_new_tokens > LONG ? 4 : 2,
      range: [0.6, Math.max(best.nodes.length, greedy.totals.length, other?.totals.length ?? 0) + 0.4],
    },
    margin: { l: 44, r: labelled ? 96 : 14, b: 40, ...(other ? {} : { t: labelled ? 8 : 30 }) },
  });
}
