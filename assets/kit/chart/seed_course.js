// @ts-check
/**
 * Two kinds of training over a few seeds: their difference step by step with its interval, the band that seeds alone
 * make, and what both say.
 *
 * @import { SeedCourse } from "../../types/pretraining"
 * @typedef {{ first: string, second: string }} Kinds what is compared, as said within a sentence
 */
import { html } from "../../vendor/lit.js";
import { counted, decimal, signed } from "../numbers/format.js";
import { plot } from "./plot.js";

const HEIGHT = 300;

/**
 * @param {SeedCourse} course
 * @param {Kinds & { steps: number, unit: string, at?: number, from?: number }} options `from`: where a fork begins
 */
export function seedCourse(course, { first, second, steps, unit, from }) {
  const x = course.steps;
  const half = Array.from(course.by_seeds.a, (each) => (Number.isFinite(each) ? each : 0));
  const edge = { x, mode: "lines", width: 0, hoverinfo: "skip" };
  const banded = course.seeds > 1;
  const seeds = banded
    ? [
        { ...edge, y: half.map((each) => -each), color: "ink3" },
        { ...edge, y: half, color: "ink3", fill: "tonexty", name: "what seeds alone do, 95 %" },
      ]
    : [];
  const own = banded
    ? [
        { ...edge, y: course.low, color: "prob" },
        { ...edge, y: course.high, color: "prob", fill: "tonexty", name: "95 % interval of the mean" },
      ]
    : [];
  const mean = {
    x,
    y: course.mean,
    mode: "lines+markers",
    size: 6,
    color: "prob",
    name: banded ? "mean of the seeds" : "one seed",
    hover: "%{y:+.4f} after %{x} steps<extra></extra>",
  };
  const fork = from ? [{ x: from, label: "fork", color: "ink3", dash: "dot" }] : [];
  return plot({
    label: `Held-out loss of ${second} less that of ${first}, step by step; arrow keys walk the times of measurement`,
    height: HEIGHT,
    traces: [...seeds, ...own, mean],
    x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
    y: { title: unit, range: reach(course) },
    marks: [{ y: 0, dash: "solid", color: "ink3" }, ...fork],
    margin: { r: 14, t: 34 },
  });
}

/**
 * The mean and its interval are seen whole; of the band of the seeds so much as belongs there.
 * @param {SeedCourse} course
 */
function reach({ mean, low, high, by_seeds }) {
  const all = [...mean.a, ...low.a, ...high.a].filter(Number.isFinite);
  const ends = [Math.min(0, ...all), Math.max(0, ...all)];
  const last = by_seeds.a[by_seeds.a.length - 1];
  const [least, most] = Number.isFinite(last) ? [Math.min(ends[0], -last), Math.max(ends[1], last)] : ends;
  const room = 0.06 * (most - least) || 0.1;
  return [least - room, most + room];
}

/**
 * What the last step says: nothing is called better or worse where the seeds' spread exceeds the effect.
 * @param {SeedCourse | null} course
 * @param {Kinds & { seeds: number, unit: string }} options
 */
export function courseVerdict(course, { first, second, seeds, unit }) {
  if (!course) return html`The first seed is being trained.`;
  const done = course.seeds;
  const each = course.ends.map((one) => signed(one, 4)).join(", ");
  const end = course.mean.a.length - 1;
  const gap = course.mean.a[end];
  const after = `After ${course.steps[end]} steps`;
  if (done < seeds || !course.enough)
    return html`<span data-verdict="open">${after}, ${second} less ${first}: ${each} ${unit}. ${counted(done, "seed")}
      ${done < seeds ? `of ${seeds} so far` : "says nothing about chance"}; a verdict needs 3.</span>`;
  const half = (course.high.a[end] - course.low.a[end]) / 2;
  const interval = `mean ${signed(gap, 4)} ± ${decimal(half, 4)} ${unit}, ${counted(done, "seed")}`;
  if (!course.clear)
    return html`<span data-verdict="none">${after}, <b>no clear difference</b> between ${second} and ${first}
      (${interval}; seed by seed ${each}): the spread over the seeds exceeds the effect.</span>`;
  return html`<span data-verdict=${gap < 0 ? "lower" : "higher"}>${after}, ${second} loses
    <b>${decimal(Math.abs(gap), 4)}</b> ${unit} ${gap < 0 ? "less" : "more"} than ${first} (${interval}). ${
      course.seen
        ? "Two single runs would show it as well."
        : "Two single runs of other seeds differ by more: only seeds that are paired show it."
    }</span>`;
}
