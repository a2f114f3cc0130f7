// @ts-check
/**
 * The charts over the offered load: throughput with its knee, latency, goodput.
 *
 * @import { ServedLoad, ServingWay, ThroughputByLoad } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {"first" | "per_token" | "between" | "whole"} Latency
 */

import { plot } from "../../../kit/chart/plot.js";
import { named } from "../../../kit/controls/declared.js";
import { max, min } from "../../../vendor/d3.js";

const HEIGHT = 270;
/** @type {Record<string, string>} */
export const NAMES = { static: "static", continuous: "continuous", chunked: "chunked prefill" };
/** @type {Record<string, { color: string, symbol: string }>} */
const LOOKS = {
  static: { color: "ink3", symbol: "diamond" },
  continuous: { color: "river-deep", symbol: "circle" },
  chunked: { color: "prob", symbol: "square" },
};
const STEP = 1000;

/**
 * The service level objectives, in milliseconds.
 * @param {ThroughputByLoad} data
 * @param {ViewContext} ctx
 */
export function objectives({ step }, ctx) {
  return { ttft: step * Number(ctx.controls.slo_ttft), tpot: step * Number(ctx.controls.slo_tpot) };
}

/**
 * The share of the requests that met both objectives.
 * @param {ServedLoad} point
 * @param {{ ttft: number, tpot: number }} limits in milliseconds
 */
export function ok({ ttft, tpot }, limits) {
  const met = ttft.a.reduce(
    (count, first, at) => count + Number(STEP * first <= limits.ttft && STEP * tpot.a[at] <= limits.tpot),
    0,
  );
  return met / ttft.a.length;
}

/**
 * The load whose numbers stand in the table: the knee of continuous batching, where none is chosen.
 * @param {ThroughputByLoad} data
 * @param {ViewContext} ctx
 */
export function chosenLoad({ ways, loads }, ctx) {
  const knee = ways.find(({ name }) => name === "continuous")?.knee ?? 0;
  return Math.min(loads - 1, (ways[0]?.points.length ?? 1) - 1, Number(ctx.controls.load ?? knee));
}

/** @param {ServingWay} way */
function line({ name, points }) {
  return { x: points.map(({ offered }) => offered), mode: "lines+markers", name: NAMES[name], ...LOOKS[name] };
}

/** @param {ThroughputByLoad} data */
function offered({ ways }) {
  const most = max(ways, ({ points }) => max(points, (point) => point.offered)) ?? 1;
  return { title: "offered, new tokens a second", range: [0, 1.06 * most], nticks: 7 };
}

/** @param {ViewContext} ctx */
const choose = (ctx) => (/** @type {{ index: number } | undefined} */ point) =>
  point && ctx.control("load", point.index);

/** @param {ThroughputByLoad} data @param {ViewContext} ctx */
export function throughput(data, ctx) {
  const x = offered(data);
  const knees = data.ways.filter(({ points, knee }) => knee !== null && points.length === data.loads);
  return plot({
    label: "New tokens a second: served, by offered",
    height: HEIGHT,
    traces: [
      ...data.ways.map((way) => ({
        ...line(way),
        y: way.points.map(({ served }) => served),
        hover: `%{x:.0f} offered, %{y:.0f} served<extra>${NAMES[way.name]}</extra>`,
      })),
      {
        x: [0, x.range[1]],
        y: [0, x.range[1]],
        color: "ink3",
        dash: "dot",
        width: 1,
        hover: "all that is offered<extra></extra>",
      },
      ...knees.map(({ name, points, knee }, at) => ({
        name: at === 0 ? "knee" : undefined,
        x: [points[knee ?? 0].offered],
        y: [points[knee ?? 0].served],
        mode: "markers",
        color: LOOKS[name].color,
        symbol: "circle-open",
        size: 17,
        hover: `knee: %{x:.0f} offered<extra>${NAMES[name]}</extra>`,
      })),
    ],
    x,
    y: { rangemode: "tozero", nticks: 6 },
    margin: { t: 34 },
    onClick: choose(ctx),
  });
}

/**
 * @param {ThroughputByLoad} data
 * @param {ViewContext} ctx
 * @param {Latency} of
 */
export function latency(data, ctx, of) {
  const all = data.ways.flatMap(({ points }) => points.flatMap((point) => [point[of].p50, point[of].p99]));
  const [low, high] = [(min(all) ?? 0.01) / 1.3, (max(all) ?? 1) * 1.3];
  const ticks = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000].filter((tick) => tick >= low && tick <= high);
  return plot({
    label: `${named(ctx, "latency")[of].title}, by offered load`,
    height: HEIGHT - 32,
    traces: data.ways.flatMap((way) =>
      /** @type {const} */ (["p99", "p50"]).map((which) => ({
        ...line(way),
        y: way.points.map((point) => point[of][which]),
        ...(which === "p50" ? { dash: "dash", width: 1.2, size: 4, legend: false } : {}),
        hover: `%{x:.0f} offered: ${which} %{y:.2f} s<extra>${NAMES[way.name]}</extra>`,
      })),
    ),
    x: offered(data),
    y: { type: "log", range: [Math.log10(low), Math.log10(high)], tickvals: ticks, ticktext: ticks.map(String) },
    margin: { t: 30 },
    onClick: choose(ctx),
  });
}

/**
 * @param {ThroughputByLoad} data
 * @param {ViewContext} ctx
 * @param {{ ttft: number, tpot: number }} limits
 */
export function goodput(data, ctx, limits) {
  return plot({
    label: "Requests a second that meet both objectives, by offered load",
    height: HEIGHT - 40,
    traces: data.ways.map((way) => ({
      ...line(way),
      y: way.points.map((point) => point.rate * ok(point, limits)),
      customdata: way.points.map((point) => `${Math.round(100 * ok(point, limits))} %`),
      hover: `%{x:.0f} offered: %{y:.2f} requests a second, %{customdata} of all<extra>${NAMES[way.name]}</extra>`,
    })),
    x: offered(data),
    y: { rangemode: "tozero", nticks: 5 },
    margin: { t: 30 },
    onClick: choose(ctx),
  });
}
