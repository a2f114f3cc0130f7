// @ts-check
/**
 * The two phases side by side, a pass of each.
 *
 * @import { PhasesPicture, TimedPass } from "../../../types"
 */
import { bytes, figures, timed, whole } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { median, prefillOf, stepsOf } from "./fed.js";
import { bytesASecond, computed, flopsASecond, half, moved, operations } from "./passes.js";

/** @type {{ name: string, note?: string, of: (pass: TimedPass) => string }[]} */
const LINES = [
  { name: "Tokens read", of: ({ tokens }) => whole(tokens) },
  { name: "Time", of: ({ ms }) => timed(ms) },
  { name: "Time a token", of: ({ ms, tokens }) => timed(ms / tokens) },
  { name: "Half of the rounds", note: "a token", of: (pass) => half(pass, pass.tokens) },
  { name: "Tokens a second", of: ({ ms, tokens }) => figures((1000 * tokens) / ms) },
  { name: "Operations", of: ({ flops }) => operations(flops) },
  { name: "Bytes from memory", of: (pass) => bytes(pass.bytes) },
  { name: "Intensity", note: "FLOPs a byte", of: ({ intensity }) => figures(intensity) },
  { name: "Operations a second", of: (pass) => computed(flopsASecond(pass)) },
  { name: "Bytes a second", of: (pass) => moved(bytesASecond(pass)) },
];

/** @param {PhasesPicture} data */
export function compared(data) {
  const steps = stepsOf(data);
  const [prefill, decode] = [prefillOf(data), typical(steps)];
  const lines = [
    { name: "Passes", note: undefined, values: ["1", whole(steps.length)] },
    ...LINES.map(({ name, note, of }) => ({ name, note, values: [of(prefill), decode ? of(decode) : "none"] })),
  ];
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
