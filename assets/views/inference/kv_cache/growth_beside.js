// @ts-check
/**
 * The steps of the run beside this one: what a token of its text takes in bytes, and how long its steps take.
 *
 * @import { CacheGrowth } from "../../../types/inference"
 * @import { BesideWords, Row } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { clause } from "../../../kit/numbers/timing.js";
import { max, median } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { half } from "./findings.js";

/** @typedef {NonNullable<CacheGrowth["base"]>} Base */

/** Bytes that one step adds. @param {readonly number[]} bytes */
const added = (bytes) => (bytes.length > 1 ? bytes[1] - bytes[0] : bytes[0]);

/** The middle step. @param {Base["steps"]} steps */
const middle = (steps) => median(steps, ({ ms }) => ms) ?? Number.NaN;

/**
 * @param {CacheGrowth} data
 * @param {Base} base
 * @param {BesideWords} words
 */
export function growthBeside(data, base, { start }) {
  const [here, there] = [added(data.bytes), added(base.bytes)];
  const tokens = base.start + base.bytes.length - 1;
  const sizes = `2 · L ${base.n_layers} · H_kv ${base.n_kv_heads} · d ${base.d_head} · 4 + 8`;
  const last = base.steps[base.steps.length - 1];
  return html`${start}, ${base.model}, a token takes <b data-bytes=${there}>${whole(there)}</b> bytes (${sizes}),
    ${there === here ? "as many as here" : `${figures(there / here)} times as many as here (${whole(here)})`}; its
    ${counted(tokens, "token")} take ${memory(base.bytes[base.bytes.length - 1])}. Its prompt
    took ${timed(base.prefill.ms)}
    (${half(base.prefill)}), its last step ${timed(last.ms)} (${half(last)}), the middle one
    <b data-ms=${middle(base.steps)}>${timed(middle(base.steps))}</b>, here ${timed(middle(data.steps))}:
    ${times(data, base)}`;
}

/**
 * No verdict where the rounds disagree.
 * @param {CacheGrowth} data
 * @param {Base} base
 */
function times({ rounds, of_rounds }, { times }) {
  if (!times || rounds < of_rounds) return "still being measured.";
  return html`${clause(times, ({ median }) => html`<b>${figures(median)} times</b> as long`)}, measured in turns.`;
}

/** How it is drawn. */
const OTHER = { mode: "lines", color: "ink2", dash: "dash", width: 1.5, labelled: true };

/**
 * Its bytes after each step, in MB, as a trace of the chart; as many steps as there are here.
 * @param {CacheGrowth} data
 * @param {BesideWords} words
 */
export const bytesBeside = ({ base, n_steps }, { short }) =>
  base
    ? [
        {
          x: base.bytes.slice(0, n_steps + 1).map((_, step) => step),
          y: base.bytes.slice(0, n_steps + 1).map((count) => count / 1e6),
          ...OTHER,
          name: short,
          hover: `${short}: %{y:.3f} MB<extra></extra>`,
        },
      ]
    : [];

/**
 * Its steps' times.
 * @param {CacheGrowth} data
 * @param {BesideWords} words
 */
export const timesBeside = ({ base, n_steps }, { short }) =>
  base
    ? [
        {
          x: base.steps.slice(0, n_steps).map((_, at) => at + 1),
          y: base.steps.slice(0, n_steps).map(({ ms }) => ms),
          customdata: base.steps.slice(0, n_steps).map(half),
          ...OTHER,
          legend: false,
          name: short,
          hover: `%{y:.1f} ms (%{customdata})<extra>${short}</extra>`,
        },
      ]
    : [];

/** The highest of some traces. @param {{ y: number[] }[]} traces */
export const topOf = (traces) => max(traces, ({ y }) => max(y) ?? 0) ?? 0;

/** @param {Base} base @returns {Row[]} */
export const rowsBeside = ({ start, bytes, formula, prefill, steps }) =>
  bytes.map((count, step) => {
    const time = step ? steps[step - 1] : prefill;
    const times = { ms: time?.ms, ms_low: time?.low, ms_high: time?.high };
    return { run: "other", position: start + step - 1, bytes: count, formula: formula[step], ...times };
  });
