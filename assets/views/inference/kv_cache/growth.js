// @ts-check
/**
 * Bytes and time of each step, with a cache and without.
 *
 * @import { CacheGrowth, CachePolicies } from "../../../types/inference"
 * @import { Milliseconds } from "../../../types/shared"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { found, half, rounds } from "./findings.js";
import { bytesBeside, growthBeside, rowsBeside, timesBeside, topOf } from "./growth_beside.js";
import { chosenPolicy, measuredPolicies, stepAt } from "./held.js";
import { HEIGHT, lineOf, NAMES, selectedStep, selectStep, stepAxis } from "./steps.js";

const MEGA = 1e6;

/** @type {View<CacheGrowth>} */
export function growth(data, ctx) {
  return html`
    ${data.base ? html`<p class="readout basenote">${growthBeside(data, data.base, ctx.beside)}</p>` : nothing}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Bytes held <small>MB</small></h3>
        ${bytesHeld(data, ctx)} ${counting(data, ctx)}
      </div>
      <div>
        <h3 class="sub3">Time a step <small>${rounds(data)}</small></h3>
        ${timeTaken(data, ctx)}
        <p class="hint">${
          data.rounds < data.of_rounds ? `${data.rounds} of ${data.of_rounds} rounds are measured.` : found(data)
        }</p>
      </div>
    </div>`;
}

/**
 * Bytes and times of each step.
 * @param {CacheGrowth} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { base } = data;
  const own = data.bytes.map((bytes, step) => {
    const position = data.start + step - 1;
    const time = step ? data.steps[step - 1] : data.prefill;
    const without = data.uncached[data.uncached_at.indexOf(position)];
    const fed = step ? tokenText(ctx.run.ids[position]) : "prompt";
    return {
      ...(base ? { run: "this" } : {}),
      position,
      fed,
      bytes,
      formula: data.formula[step],
      ms: time?.ms,
      ms_low: time?.low,
      ms_high: time?.high,
      uncached_ms: without?.ms,
    };
  });
  return base ? [...own, ...rowsBeside(base)] : own;
}

/**
 * @param {CacheGrowth} data
 * @param {ViewContext} ctx
 */
function bytesHeld(data, ctx) {
  const steps = range(data.bytes.length);
  const mega = (/** @type {number[]} */ bytes) => bytes.map((count) => count / MEGA);
  const there = bytesBeside(data, ctx.beside);
  const most = Math.max((max(data.formula) ?? 0) / MEGA, topOf(there));
  const full = { name: "full", labelled: true, color: "ink" };
  return plot({
    label: "Bytes held after each step, formula and measurement",
    height: HEIGHT,
    traces: [
      {
        x: steps,
        y: mega(data.formula),
        color: "line2",
        width: 8,
        hover: "formula: %{y:.3f} MB<extra></extra>",
      },
      { x: steps, y: mega(data.bytes), ...full, hover: "measured: %{y:.3f} MB<extra></extra>" },
      ...smaller(data, ctx).map(({ policy, line }) => ({
        x: range(policy.bytes.length),
        y: mega(policy.bytes),
        ...line,
        hover: `${policy.label}: %{y:.3f} MB<extra></extra>`,
      })),
      ...there,
    ],
    x: stepAxis(data),
    y: { range: [0, 1.06 * most], nticks: 5 },
    marks: selectedStep(data, ctx),
    margin: { r: NAMES },
    onClick: selectStep(data, ctx),
  });
}

/**
 * The lines of the policies, where they were measured on the same steps.
 * @param {CacheGrowth} data
 * @param {ViewContext} ctx
 */
function smaller(data, ctx) {
  const measured = sameSteps(data, measuredPolicies(ctx));
  if (!measured) return [];
  const chosen = chosenPolicy(measured, ctx);
  return measured.policies
    .filter(({ name }) => name !== "full")
    .map((policy) => ({ policy, line: lineOf(policy.name, policy === chosen) }));
}

/**
 * @param {CacheGrowth} data
 * @param {CachePolicies | undefined} measured
 */
const sameSteps = ({ start }, measured) => (measured?.start === start ? measured : null);

/**
 * @param {CacheGrowth} data
 * @param {ViewContext} ctx
 */
function counting(data, ctx) {
  const step = Math.min(data.bytes.length - 1, Math.max(0, stepAt(data, ctx.focus.position ?? 0)));
  const sizes = `2 · L ${data.n_layers} · H_kv ${data.n_kv_heads} · d ${data.d_head} · T ${data.start + step}`;
  const policies = sameSteps(data, measuredPolicies(ctx))
    ? ""
    : " The lines of the policies appear once they are measured.";
  return html`<p class="hint mono bytes-formula">${sizes} · 4 bytes + T · 8 = ${whole(data.formula[step])} bytes</p>
    <p class="hint">
      ${whole(data.bytes[step])} bytes were written into the tensors; each place held NaN before, so unwritten
      places do not count. The wide pale line shows the formula, the thin line on it shows the count.${policies}
    </p>`;
}

/**
 * @param {CacheGrowth} data
 * @param {ViewContext} ctx
 */
function timeTaken(data, ctx) {
  const { steps, uncached, uncached_at, prefill, start } = data;
  const there = timesBeside(data, ctx.beside);
  const most = Math.max(max([...steps, ...uncached, prefill], ({ high }) => high) ?? 0, topOf(there));
  const measured = { labelled: true, legend: false, mode: "lines+markers", size: 5 };
  const cached = { ...times(steps, "cached"), ...measured, name: "cached", color: "ink" };
  const none = {
    ...times(uncached, "no cache"),
    ...measured,
    name: "no cache",
    color: "river-deep",
    width: 1.5,
    size: 7,
  };
  const prompt = {
    x: [0],
    y: [prefill.ms],
    mode: "markers",
    color: "ink",
    size: 9,
    hover: "%{y:.1f} ms<extra>prompt</extra>",
  };
  return plot({
    label: "Milliseconds of each step, with and without a cache",
    height: HEIGHT,
    traces: [
      { x: steps.map((_, at) => at + 1), ...cached },
      { x: uncached_at.map((position) => position - start + 1), ...none },
      prompt,
      ...there,
    ],
    x: stepAxis(data),
    y: { range: [0, 1.12 * most], nticks: 5 },
    marks: selectedStep(data, ctx),
    margin: { r: NAMES },
    onClick: selectStep(data, ctx),
  });
}

/**
 * Medians with the middle half of their rounds.
 * @param {Milliseconds[]} list
 * @param {string} name
 */
const times = (list, name) => ({
  y: list.map(({ ms }) => ms),
  whiskers: { low: list.map(({ low }) => low), high: list.map(({ high }) => high) },
  customdata: list.map(half),
  hover: `%{y:.1f} ms (%{customdata})<extra>${name}</extra>`,
});
