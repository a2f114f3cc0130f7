// @ts-check
/**
 * Reading a text, one token behind it, and the bytes of both, up to 16,384 tokens: measured once and kept.
 *
 * @import { RecordedCost, RecordedLength, StateCostRecorded } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, range, verdict } from "../../../kit/numbers/timing.js";
import { html } from "../../../vendor/lit.js";

/** Of the axes of lengths. */
const TICKS = [100, 1000, 10000];

/** @typedef {"step" | "read"} What */

/** @type {View<StateCostRecorded>} */
export function recorded(data) {
  const { names, rows: measured } = data;
  const last = measured[measured.length - 1];
  return html`
    <p class="readout lead">
      ${verdict(
        last.read_times,
        ({ median }) => html`Reading ${whole(last.length)} tokens takes the twin <b>${decimal(median, 1)} times</b> as
          long as the model with a state.`,
      )}
      ${verdict(
        last.step_times,
        ({ median }) => html`One token behind them takes it <b>${decimal(median, 1)} times</b> as long.`,
      )}
      ${grows(data)}
    </p>
    <div class="side-by-side">
      ${curves(data, "read", "Reading the text", "seconds")}
      ${curves(data, "step", "One token behind it", "milliseconds")}
    </div>
    <h3 class="sub3">Reading, and the most memory at once</h3>
    ${table({
      label: "Reading the text: times and bytes by length",
      className: "snug",
      rows: measured,
      columns: [
        { name: "Tokens read", number: true, cell: ({ length }) => whole(length) },
        ...names.map((name, at) => time(name, "read", at)),
        ratio("read_times"),
        ...names.map((name, at) => ({
          name: `${name}, peak`,
          title: "The most bytes at once while the text is read, weights left out",
          number: true,
          cell: (/** @type {RecordedLength} */ row) => memory(side(row, at).peak),
        })),
      ],
    })}
    <h3 class="sub3">One token behind the text</h3>
    ${table({
      label: "One token behind the text: times by length",
      className: "snug",
      rows: measured,
      columns: [
        { name: "Tokens before", number: true, cell: ({ length }) => whole(length) },
        ...names.map((name, at) => time(name, "step", at)),
        ratio("step_times"),
      ],
    })}
    <p class="hint">${conditions(data)}</p>`;
}

/** @param {RecordedLength} row @param {number} at @returns {RecordedCost} */
const side = ({ state, cache }, at) => (at ? cache : state);

/**
 * @param {string} name
 * @param {What} what
 * @param {number} at
 */
const time = (name, what, at) => ({
  name,
  title: "The median, and the middle half of the rounds",
  number: true,
  cell: (/** @type {RecordedLength} */ row) => {
    const { ms, low, high } = side(row, at)[what];
    return html`${timed(ms)} <small>${timed(low)} to ${timed(high)}</small>`;
  },
});

/** @param {"read_times" | "step_times"} which */
const ratio = (which) => ({
  name: "times as long",
  number: true,
  cell: (/** @type {RecordedLength} */ row) =>
    cell(row[which], (times) => html`${decimal(times.median, 1)} <small>${range(times)}</small>`),
});

/** How the times grow over the last step of the lengths. @param {StateCostRecorded} data */
function grows({ names, rows: measured }) {
  const [before, last] = measured.slice(-2);
  const factor = (/** @type {number} */ at) => decimal(side(last, at).read.ms / side(before, at).read.ms, 1);
  return html`A text ${whole(last.length / before.length)} times as long takes ${names[0]} ${factor(0)} times as long to
    read, ${names[1]} ${factor(1)} times.`;
}

/**
 * @param {StateCostRecorded} data
 * @param {What} what
 * @param {string} title
 * @param {"seconds" | "milliseconds"} unit
 */
function curves({ names, rows: measured }, what, title, unit) {
  const scale = unit === "seconds" ? 1000 : 1;
  const trace = (/** @type {string} */ name, /** @type {number} */ at) => {
    const values = (/** @type {"ms" | "low" | "high"} */ of) => measured.map((row) => side(row, at)[what][of] / scale);
    return {
      ...{ name, color: at ? "river-deep" : "prob", width: 2, mode: "lines+markers" },
      x: measured.map(({ length }) => length),
      y: values("ms"),
      whiskers: { low: values("low"), high: values("high") },
    };
  };
  return html`<div><h3 class="sub3">${title} <small>${unit}</small></h3>
    ${plot({
      label: `${title}: ${unit} of ${names[0]} and ${names[1]}, by length`,
      height: 260,
      traces: names.map(trace),
      x: { title: "tokens", type: "log", tickvals: TICKS, ticktext: TICKS.map(whole) },
      y: { title: unit, type: "log" },
    })}</div>`;
}

/** @param {StateCostRecorded} data */
function conditions({ machine, cores, load, date, seconds, rows: measured }) {
  const { rounds } = measured[measured.length - 1];
  const [before, after] = load.map((each) => decimal(each, 1));
  return html`Both take turns, ${rounds[0]} rounds of one token and, at the longest text, ${rounds[1]} of reading;
    medians and middle halves. Both run this project’s own code: a compiled scan a layer, and the decoder on the
    faster of its attention kernels. Peak leaves the weights out; it grows with the text in both, since all of it is
    read at once. Measured on ${date} in ${whole(Math.round(seconds / 60))} minutes (${machine}). Other work ran on
    the ${whole(cores)} cores: a load of ${before} before and ${after} after. Made anew by
    <code>python -m explorer.experiments.frontier.state_cost_recording</code>.`;
}

/** @param {StateCostRecorded} data @returns {Row[]} */
export const rows = ({ names, rows: measured }) =>
  measured.flatMap((row) =>
    names.map((name, at) => {
      const { read, step, carried, peak } = side(row, at);
      return {
        ...{ model: name, tokens: row.length, read_ms: read.ms, read_low: read.low, read_high: read.high },
        ...{ step_ms: step.ms, step_low: step.low, step_high: step.high, carried_bytes: carried, peak_bytes: peak },
      };
    }),
  );
