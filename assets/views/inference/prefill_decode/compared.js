// @ts-check
/**
 * The two phases side by side, a pass of each.
 *
 * @import { PhasesPicture, TimedPass } from "../../../types/inference"
 * @import { BesideWords } from "../../../kit/view"
 */

import { whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { median, prefillOf, stepsOf } from "./fed.js";
import { bytesASecond, computed, flopsASecond, half, moved, operations } from "./passes.js";

/** @type {{ name: string, note?: string, of: (pass: TimedPass) => string }[]} */
const LINES = [
  { name: "Tokens read", of: ({ tokens }) => whole(tokens) },
  { name: "Time", of: ({ ms }) => timed(ms) },
  { name: "Time a token", of: ({ ms, tokens }) => timed(ms / tokens) },
  { name: "Middle half of the rounds", note: "a token", of: (pass) => half(pass, pass.tokens) },
  { name: "Tokens a second", of: ({ ms, tokens }) => figures((1000 * tokens) / ms) },
  { name: "Operations", of: ({ flops }) => operations(flops) },
  { name: "Bytes from memory", of: (pass) => memory(pass.bytes) },
  { name: "Intensity", note: "FLOPs a byte", of: ({ intensity }) => figures(intensity) },
  { name: "Operations a second", of: (pass) => computed(flopsASecond(pass)) },
  { name: "Bytes a second", of: (pass) => moved(bytesASecond(pass)) },
];

/**
 * @param {PhasesPicture} data
 * @param {BesideWords} beside
 */
export function compared(data, beside) {
  const here = valuesOf(data);
  const there = data.base && valuesOf(data.base);
  const lines = [{ name: "Passes", note: undefined }, ...LINES].map(({ name, note }, at) => ({
    name,
    note,
    values: here[at].map((value, phase) => under(value, beside, there?.[at][phase])),
  }));
  return table({
    label: "Prefill and decode in numbers",
    columns: [
      { name: "A pass", cell: ({ name, note }) => html`${name}${note ? html` <small>${note}</small>` : nothing}` },
      { name: "prefill", cell: ({ values }) => values[0], number: true },
      { name: "decode, median", cell: ({ values }) => values[1], number: true },
    ],
    rows: lines,
    className: "compared",
  });
}

/**
 * The lines' numbers, of prefill and of decode.
 * @param {import("./fed").Passes} data
 */
function valuesOf(data) {
  const steps = stepsOf(data);
  const [prefill, decode] = [prefillOf(data), typical(steps)];
  return [["1", whole(steps.length)], ...LINES.map(({ of }) => [of(prefill), decode ? of(decode) : "none"])];
}

/**
 * The step in the middle, with the medians of all steps' times.
 * @param {TimedPass[]} steps
 * @returns {TimedPass | null}
 */
function typical(steps) {
  if (!steps.length) return null;
  const middle = steps.toSorted((one, other) => one.ms - other.ms)[steps.length >> 1];
  const low = median(steps, (pass) => pass.low);
  return { ...middle, ms: median(steps), low, high: median(steps, (pass) => pass.high) };
}
