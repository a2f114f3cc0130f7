// @ts-check
/**
 * The neurons that write most, from the gate to the tokens that they raise.
 *
 * @import { FeedForwardGates } from "../../../types/transformer"
 * @import { Column } from "../../../kit/numbers/table.js"
 *
 * @typedef {{ neuron: number, at: number }} Listed
 */
import { decimal, signed, tone } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** Below `slim` only what is written stands there, below `wide` all but the activation function. */
const WIDTHS = { slim: 420, wide: 470 };
const BAR = { wide: 46, narrow: 26 };

/**
 * @param {FeedForwardGates} data
 * @param {{ width: number, chosen: number, there: FeedForwardGates | null, said: string,
 *   open: (neuron: number) => void }} options `said`: how the other run is called
 */
export function strongest(data, { width, chosen, there, said, open }) {
  return table({
    label: "Neurons that write most",
    className: "strongest",
    columns: columnsOf(data, width, (neuron) => (there ? `${said} ${signed(there.hidden.a[neuron])}` : nothing)),
    rows: Array.from(data.listed.a, (neuron, at) => ({ neuron, at })),
    selected: ({ neuron }) => neuron === chosen,
    select: ({ neuron }) => open(neuron),
  });
}

/**
 * @param {FeedForwardGates} data
 * @param {number} width
 * @param {(neuron: number) => unknown} before its activation in the other run
 * @returns {Column<Listed>[]}
 */
function columnsOf(data, width, before) {
  const [slim, wide] = [width < WIDTHS.slim, width > WIDTHS.wide];
  const most = data.lengths.a[data.listed.a[0]] || 1;
  const bar = wide ? BAR.wide : BAR.narrow;
  /** @type {(name: string, values: Float32Array) => Column<Listed>} */
  const number = (name, values) => ({ name, number: true, cell: ({ neuron }) => decimal(values[neuron]) });
  const { up } = data;
  return [
    { name: "Neuron", cell: ({ neuron }) => neuron },
    ...(slim ? [] : [number("gate", data.gate_pre.a)]),
    ...(up && wide ? [number(data.activation, data.gate.a)] : []),
    ...(up && !slim ? [number("× branch", up.a)] : []),
    {
      name: slim ? "activation" : "= activation",
      number: true,
      cell: ({ neuron }) => active(data, neuron, before(neuron)),
    },
    {
      name: "length",
      title: "length of what the neuron writes",
      cell: ({ neuron }) => {
        const length = data.lengths.a[neuron];
        return html`${lengthBar((length / most) * bar)} ${decimal(length, 1)}`;
      },
    },
    { name: "raises", className: "raises", cell: ({ at }) => raised(data, at) },
  ];
}

/**
 * @param {FeedForwardGates} data
 * @param {number} neuron
 * @param {unknown} before
 */
function active({ hidden }, neuron, before) {
  const now = hidden.a[neuron];
  return html`<span class=${tone(now)} title=${before}>${signed(now)}</span>`;
}

/**
 * @param {FeedForwardGates} data
 * @param {number} at
 */
function raised({ raised }, at) {
  const count = raised.shape[1];
  return html`${Array.from(raised.a.subarray(at * count, (at + 1) * count), (id) => token(id))}`;
}

/**
 * A length as a small bar in a table's cell.
 * @param {number} length pixels, or percent of the cell
 * @param {{ unit?: "px" | "%", sign?: "" | "positive" | "negative" }} [options]
 */
export const lengthBar = (length, { unit = "px", sign = "" } = {}) =>
  html`<i class="length ${sign}" style=${styleMap({ width: `${length.toFixed(1)}${unit}` })}></i>`;
