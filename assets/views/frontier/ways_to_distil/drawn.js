// @ts-check
/**
 * What both views show: each way's held-out loss over the steps, and its end against text alone with an interval.
 *
 * @import { WayCourse, WayEnd, WaysToDistil } from "../../../types/frontier"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 300;
/** @type {Record<string, { name: string, color: string, dash?: string, compares: string }>} */
export const WAYS = {
  text: { name: "text alone", color: "ink", dash: "5px,4px", compares: "the text’s own next tokens" },
  forward: { name: "forward KL", color: "prob", compares: "KL(teacher ‖ student) on the text" },
  reverse: { name: "reverse KL", color: "neg", compares: "KL(student ‖ teacher) on the text" },
  jsd: { name: "JSD, beta 0.5", color: "pos", compares: "both against their mean, on the text" },
  features: { name: "features", color: "ok", compares: "the teacher’s streams, and the text’s tokens" },
  own: { name: "own samples", color: "bad", compares: "KL(student ‖ teacher) on what the student writes" },
  written: { name: "teacher’s samples", color: "river-deep", compares: "tokens that the teacher draws" },
  likeliest: {
    name: "teacher’s likeliest",
    color: "ink2",
    dash: "1px,3px",
    compares: "the teacher’s likeliest tokens",
  },
};

/** @param {WaysToDistil} data @param {ViewContext<any>} ctx @param {string} label of its table */
export function drawn(data, ctx, label) {
  const compared = data.ends.filter(({ way, mean }) => way !== "text" && mean !== null);
  return html`
    <div class="side-by-side">
      <div><h3 class="sub3">Held-out loss <small>nats a token, mean of the seeds so far</small></h3>
        ${curves(data)}
        ${legend(
          data.ends.map(({ way }) => [
            { color: WAYS[way].color, shape: "line", dash: Boolean(WAYS[way].dash) },
            WAYS[way].name,
          ]),
        )}</div>
      <div><h3 class="sub3">At the end, against text alone <small>95 % interval over the seeds</small></h3>
        ${compared.length ? against(compared, ctx) : html`<p class="hint">Not at the end yet.</p>`}</div>
    </div>
    <h3 class="sub3">In numbers <small>means of the seeds, nats</small></h3>
    ${numbers(data, label)}
    <p class="hint">All students have ${whole(data.parameters)} parameters; the teacher has
      ${whole(data.teacher_parameters)} and loses ${decimal(data.teacher_loss, 3)} nats on the same
      ${whole(data.held_tokens)} held-out tokens. A step reads ${whole(data.tokens_per_step)} tokens. Ways that ask the
      teacher take longer for a step, so equal steps are not equal work.</p>`;
}

/** @param {WaysToDistil} data @returns {Row[]} */
export const written = ({ courses }) =>
  courses.flatMap(({ way, seed, step, held }) => step.map((at, point) => ({ way, seed, step: at, held: held[point] })));

/** The mean over the seeds that have come as far. @param {WayCourse[]} own */
function averaged(own) {
  const steps = own[0]?.step ?? [];
  return steps.map((_, at) => {
    const there = own.filter(({ held }) => held.length > at);
    return there.reduce((sum, { held }) => sum + held[at], 0) / there.length;
  });
}

/** @param {WaysToDistil} data */
function curves({ courses, ends, steps }) {
  return plot({
    label: "Held-out loss over the steps, one line a way to teach; arrow keys walk the times of measurement",
    height: HEIGHT,
    traces: ends.map(({ way }) => {
      const own = courses.filter((each) => each.way === way);
      return {
        x: own[0].step,
        y: averaged(own),
        mode: "lines+markers",
        size: 5,
        color: WAYS[way].color,
        dash: WAYS[way].dash,
        legend: false,
        name: WAYS[way].name,
        hover: `%{y:.3f} after %{x} steps<extra>${WAYS[way].name}</extra>`,
      };
    }),
    x: { title: "steps", range: [-steps / 40, steps * (1 + 1 / 40)] },
    y: { title: "nats a token" },
    margin: { r: 14, t: 12 },
  });
}

/** @param {WayEnd[]} ends @param {ViewContext<any>} ctx */
function against(ends, ctx) {
  const all = ends.flatMap(({ mean, low, high }) => [0, mean ?? 0, low ?? 0, high ?? 0]);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least) * 0.06 || 0.1;
  return intervals({
    label: "Held-out loss of each way less that of text alone",
    width: halfWidth(ctx.width),
    domain: [least - room, most + room],
    format: (value) => signed(value, 1),
    title: "nats; left is lower than text alone",
    reference: 0,
    rows: ends.map(({ way, mean, low, high }) => ({
      ...{ name: WAYS[way].name, value: mean, low, high, color: WAYS[way].color },
      words: mean === null ? "" : signed(mean, 3),
    })),
  });
}

/** @param {WayEnd} end */
const apart = ({ way, mean, low, high }) =>
  html`${WAYS[way].name} <b>${signed(mean ?? 0, 3)}</b>${
    low === null || high === null ? "" : ` ± ${decimal((high - low) / 2, 3)}`
  }`;

/** @param {string} what @param {WayEnd[]} ends */
const group = (what, ends) =>
  ends.length ? html`${what}: ${ends.map((end, at) => html`${at ? ", " : ""}${apart(end)}`)}. ` : nothing;

/** @param {WaysToDistil} data */
export function verdict({ ends }) {
  const others = ends.filter(({ way, mean }) => way !== "text" && mean !== null);
  if (!others.length) return html`The first seed is not at its end yet.`;
  if (others.some(({ low }) => low === null)) return group("One seed so far, nats against text alone", others);
  const below = (/** @type {WayEnd} */ { mean }) => Number(mean) < 0;
  return html`Held-out loss against the same student on text alone, in nats (${counted(others[0].seeds, "seed")}).
    ${group(
      "Lower",
      others.filter((end) => end.known && below(end)),
    )}
    ${group(
      "Higher",
      others.filter((end) => end.known && !below(end)),
    )}
    ${group(
      "No clear difference",
      others.filter((end) => !end.known),
    )}`;
}

/** @param {WaysToDistil} data @param {string} label */
function numbers({ ends }, label) {
  const nats = (/** @type {number | null} */ value) => (value === null ? "" : decimal(value, 3));
  return table({
    label,
    rows: ends,
    columns: [
      { name: "way", cell: ({ way }) => WAYS[way].name },
      { name: "its loss compares", cell: ({ way }) => WAYS[way].compares },
      { name: "held out", number: true, cell: ({ held }) => nats(held) },
      { name: "KL(teacher ‖ student)", number: true, cell: ({ forward }) => nats(forward) },
      { name: "KL(student ‖ teacher)", number: true, cell: ({ reverse }) => nats(reverse) },
      { name: "seeds", number: true, cell: ({ seeds }) => whole(seeds) },
    ],
  });
}
