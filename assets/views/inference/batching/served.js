// @ts-check
/**
 * The round that is drawn in numbers, and the chosen request in tokens.
 *
 * @import { BatchingContest, ServingTimeline } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { max, mean, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { answered, seconds } from "./ways.js";

/** @type {{ name: string, note?: string, of: (served: ServingTimeline, data: BatchingContest) => string }[]} */
const LINES = [
  { name: "Requests a second", of: (served, { requests }) => decimal(requests.length / served.seconds) },
  {
    name: "Latency, mean",
    note: "from the arrival until the whole answer is returned",
    of: ({ latency }) => seconds(mean(answered(latency)) ?? 0),
  },
  { name: "Latency, longest", of: ({ latency }) => seconds(max(answered(latency)) ?? 0) },
  {
    name: "First token, mean",
    note: "until the first token is computed",
    of: ({ first }) => seconds(mean(answered(first)) ?? 0),
  },
  { name: "Rows computed", of: ({ rows }) => whole(rows) },
  { name: "Rows thrown away", of: ({ wasted }) => whole(wasted) },
  { name: "Useful time of the slots", of: ({ useful }) => percent(useful) },
  { name: "Preemptions", of: ({ preempted }) => whole(preempted.length) },
  { name: "Tokens read again", of: (served) => whole(readAgain(served)) },
];

/** @param {BatchingContest} data @param {ViewContext} ctx */
export function compared(data, { beside }) {
  const { base } = data;
  const cell =
    (/** @type {"static" | "continuous"} */ way) =>
    (/** @type {typeof LINES[number]} */ { of }) =>
      under(of(data[way], data), beside, base ? of(base[way], data) : undefined);
  const numbers = table({
    label: "Both ways in numbers",
    columns: [
      {
        name: "In the round of the picture",
        cell: ({ name, note }) => html`${name}${note ? html` <small>${note}</small>` : nothing}`,
      },
      { name: "static", cell: cell("static"), number: true },
      { name: "continuous", cell: cell("continuous"), number: true },
    ],
    rows: LINES,
    className: "compared",
  });
  return base ? html`<div>${legend([["dot", `${beside.name}: ${base.model}`]])} ${numbers}</div>` : numbers;
}

/**
 * Tokens of prompts that were read a second time, after a preemption.
 * @param {ServingTimeline} served
 */
function readAgain({ cells, preempted }) {
  const again = cells.filter(
    ([request, pass, kind]) => kind === "prefill" && preempted.some(([of, at]) => of === request && at < pass),
  );
  return sum(again, ([, , , , read]) => read);
}

/**
 * @param {BatchingContest} data
 * @param {number} request
 */
export function chosenRequest(data, request) {
  const { arrives, prompt, answer } = data.requests[request];
  const after = (/** @type {ServingTimeline} */ { latency }) => seconds(latency[request] ?? 0);
  const waits = `after ${after(data.static)} in its static batch and ${after(data.continuous)} in continuous batching`;
  const load =
    "Its prompt is a piece of this run’s text, and decoding is greedy. " +
    `Arrivals are a Poisson process with seed ${data.seed}.`;
  return html`
    <div class="chosen-request">
      <h3 class="sub3">Request ${request + 1}</h3>
      <p class="exchange">
        ${prompt.map((id) => token(id, { className: "mono tok" }))}
        <span class="muted">writes</span>
        ${answer.map((id) => token(id, { className: "mono tok gen" }))}
      </p>
      <p class="hint">
        The request arrives at ${seconds(arrives)} and is answered ${waits}. ${load} A request writes its first token
        when its
        whole prompt is read. Running requests wait while the prompt of a new one is read.
      </p>
    </div>`;
}
