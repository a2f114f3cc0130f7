// @ts-check
/**
 * Bytes of a state and of a cache, by length.
 *
 * @import { StateBytes } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const KILO = 1000;

/** @type {View<StateBytes>} */
export function carried(data) {
  const { names, length, state, cache, even, parameters } = data;
  const last = length.length - 1;
  const times = cache[last] / state[last];
  return html`
    <p class="readout lead">${names[0]} carries <b>${memory(state[0])}</b> at any length. The cache of
      ${names[1]} reaches that after <b>${whole(even)} tokens</b>; after ${whole(length[last])} it is
      <b>${whole(Math.round(times))} times</b> as large.</p>
    ${plot({
      label: `Bytes that ${names[0]} and ${names[1]} carry, by length`,
      height: 280,
      traces: [
        { name: names[0], color: "prob", x: length, y: state.map((each) => each / KILO), width: 2 },
        { name: names[1], color: "river-deep", x: length, y: cache.map((each) => each / KILO), width: 2 },
      ],
      x: { title: "tokens read", type: "log" },
      y: { title: "kB, float32", type: "log" },
    })}
    ${table({
      label: "Bytes carried by length",
      className: "snug",
      rows: length.map((_, at) => at),
      columns: [
        { name: "Tokens", number: true, cell: (at) => whole(length[at]) },
        { name: names[0], number: true, cell: (at) => memory(state[at]) },
        { name: names[1], number: true, cell: (at) => memory(cache[at]) },
      ],
    })}
    <p class="hint">${names[0]} has ${whole(parameters[0])} parameters, ${names[1]} ${whole(parameters[1])}. The twin
      shares each key and value between two query heads already; without that its cache would be twice as large.</p>`;
}

/** @param {StateBytes} data @returns {Row[]} */
export const rows = ({ length, state, cache }) =>
  length.map((tokens, at) => ({ tokens, state_bytes: state[at], cache_bytes: cache[at] }));
