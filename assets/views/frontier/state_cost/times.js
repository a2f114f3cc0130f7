// @ts-check
/**
 * Milliseconds of one token, by how many were read before.
 *
 * @import { StateTimes } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, verdict } from "../../../kit/numbers/timing.js";
import { html } from "../../../vendor/lit.js";

/** The ends of the axis: the first length, less a little, and what the last one is multiplied by. */
const [FIRST, EDGE] = [50, 1.3];

/** @type {View<StateTimes>} */
export function times(data, ctx) {
  const { names, rows: measured } = data;
  const last = measured[measured.length - 1];
  const trace = (/** @type {"state" | "cache"} */ of, /** @type {string} */ name, /** @type {string} */ color) => ({
    ...{ name, color, width: 2, mode: "lines+markers" },
    x: measured.map(({ length }) => length),
    y: measured.map((each) => each[of].ms),
    whiskers: { low: measured.map((each) => each[of].low), high: measured.map((each) => each[of].high) },
  });
  return html`
    <div class="settings-row">${control(ctx, "longest")} ${control(ctx, "rounds")}</div>
    <p class="readout lead">${
      last
        ? verdict(
            last.times,
            (found) => html`After ${whole(last.length)} tokens, the twin with its cache takes
              <b>${decimal(found.median, 2)} times</b> as long to write one more as the model with a state.`,
          )
        : "Nothing is measured yet."
    }</p>
    ${plot({
      label: `Milliseconds of one token of ${names[0]} and ${names[1]}, by the tokens read before`,
      height: 260,
      traces: [trace("state", names[0], "prob"), trace("cache", names[1], "river-deep")],
      x: { title: "tokens read before", type: "log", range: [Math.log10(FIRST), Math.log10(data.longest * EDGE)] },
      y: { title: "ms a token", rangemode: "tozero" },
    })}
    ${table({
      label: "Milliseconds of one token by length",
      className: "snug",
      rows: measured,
      columns: [
        { name: "Tokens before", number: true, cell: ({ length }) => whole(length) },
        { name: `${names[0]}, ms`, number: true, cell: ({ state }) => decimal(state.ms, 2) },
        { name: `${names[1]}, ms`, number: true, cell: ({ cache }) => decimal(cache.ms, 2) },
        {
          name: "times as long",
          number: true,
          cell: (each) => cell(each.times, ({ median }) => decimal(median, 2)),
        },
      ],
    })}
    <p class="hint">Medians and middle halves of rounds in which the two take turns. Each runs this project’s own
      code: a compiled step a layer for the state, the decoder with a contiguous cache for the twin. At short lengths
      the difference is that of two codes; how the times grow is that of the two kinds of memory.</p>`;
}

/** @param {StateTimes} data @returns {Row[]} */
export const rows = ({ rows: measured }) =>
  measured.map(({ length, state, cache, times: found }) => ({
    ...{ length, state_ms: state.ms, state_low: state.low, state_high: state.high },
    ...{ cache_ms: cache.ms, cache_low: cache.low, cache_high: cache.high, times_as_long: found.median },
  }));
