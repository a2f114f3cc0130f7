// @ts-check
/**
 * The same requests served by the model of the run beside this one: up to which load each way keeps up, in tokens a
 * second, and in tokens for each decode step of the model, which says what batching gains whatever the model's size.
 *
 * @import { KneeBeside, ServingWay, ThroughputByLoad } from "../../../types/inference"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { clause, unpaired } from "../../../kit/numbers/timing.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { NAMES } from "./loads.js";

const MILLI = 1000;

/** @typedef {NonNullable<ThroughputByLoad["base"]>} Base */

/** @param {ThroughputByLoad} data @param {ViewContext} ctx */
export function besideWords(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  const [there, here] = [base.ways.find(continuous), data.ways.map(kneeOf).find(continuous)];
  const gains =
    there?.offered && here?.offered
      ? html` Its continuous batching keeps up with <b data-offered=${there.offered}>${decimal(there.offered, 0)}</b>
          tokens a second, here ${decimal(here.offered, 0)}: ${decimal(aStep(there, base.step.ms) ?? 0)} in the time of
          one of its decode steps, here ${decimal(aStep(here, data.step) ?? 0)}.`
      : nothing;
  return html`<p class="readout basenote">${beside.start} ${base.model} decodes a token of one request in
    <b data-step=${base.step.ms}>${timed(base.step.ms)}</b>, ${stepTimes(data, base)}. Both were timed in turns, round
    by round.${gains}</p>`;
}

/** @param {KneeBeside} knee */
const continuous = ({ name }) => name === "continuous";

/** No verdict where the middle halves of the rounds overlap. @param {ThroughputByLoad} data @param {Base} base */
function stepTimes({ decode, step }, { step: there }) {
  const times = unpaired({ ...there, median: there.ms }, { ...decode[0].time, median: step });
  return html`here ${timed(step)}: ${clause(times, ({ median }) => html`<b>${figures(median)} times</b> as long`)}`;
}

/** Of this run's way. @param {ServingWay} way @returns {KneeBeside} */
function kneeOf({ name, points, knee }) {
  const at = knee === null ? null : points[knee];
  const [ttft, tpot, whole] = at ? [at.first.p99, at.per_token.p99, at.whole.p99] : [0, 0, 0];
  return { name, offered: at?.offered ?? null, last: knee === points.length - 1, ttft, tpot, whole };
}

/** Tokens in the time of a decode step. @param {KneeBeside} knee @param {number} step in milliseconds */
const aStep = ({ offered }, step) => (offered === null ? null : (offered * step) / MILLI);

/** Both models' knees. @param {ThroughputByLoad} data @param {ViewContext} ctx */
export function knees(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  const both = (
    /** @type {string} */ name,
    /** @type {(knee: KneeBeside, step: number) => string} */ say,
    title = "",
  ) => ({
    ...{ name, title, number: true },
    cell: (/** @type {KneeBeside} */ here, /** @type {number} */ at) =>
      under(
        here.offered ? say(here, data.step) : "–",
        beside,
        base.ways[at].offered ? say(base.ways[at], base.step.ms) : "–",
      ),
  });
  const least = (/** @type {KneeBeside} */ { last }) => (last ? "≥ " : "");
  return html`
    <h3 class="sub3">The heaviest load that each way keeps up with</h3>
    ${legend([["dot", `${beside.name}: ${base.model}`]])}
    ${table({
      label: "The last load that each way keeps up with, in both models",
      columns: [
        { name: "Batching", cell: ({ name }) => NAMES[name] },
        both("tokens a second", (knee) => `${least(knee)}${decimal(knee.offered ?? 0, 0)}`),
        both(
          "a decode step",
          (knee, step) => `${least(knee)}${decimal(aStep(knee, step) ?? 0)}`,
          "tokens in the time of one decode step of one request",
        ),
        both("TTFT, p99", ({ ttft }) => timed(MILLI * ttft)),
        both("TPOT, p99", ({ tpot }) => timed(MILLI * tpot)),
        both("end to end, p99", ({ whole }) => timed(MILLI * whole)),
      ],
      rows: data.ways.map(kneeOf),
    })}`;
}

/** That model's knees. @param {ThroughputByLoad} data @param {ViewContext} ctx @returns {Row[]} */
export function kneesThere({ base }, { beside }) {
  return (base?.ways ?? []).map(({ name, offered, ttft, tpot, whole }) => ({
    ...{ run: beside.name, way: NAMES[name], offered_tokens_per_s: offered, knee: true },
    ...{ TTFT_p99_s: offered && ttft, TPOT_p99_s: offered && tpot, "end to end_p99_s": offered && whole },
  }));
}
