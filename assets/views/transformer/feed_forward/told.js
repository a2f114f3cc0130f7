// @ts-check
/**
 * The numbers of one neuron, for the tooltip and a screen reader.
 *
 * @import { FeedForwardGates } from "../../../types/transformer"
 * @import { Line } from "../../../kit/tooltip.js"
 */
import { decimal } from "../../../kit/numbers/format.js";

const DIGITS = 3;

/**
 * @param {FeedForwardGates} data
 * @param {number} neuron
 * @param {FeedForwardGates | null} there the other run's
 * @param {string} said how that run is called
 * @returns {Line[]}
 */
export function told({ activation, gate_pre, gate, up, hidden, lengths }, neuron, there, said) {
  const written = (/** @type {{ a: Float32Array }} */ values) => decimal(values.a[neuron], DIGITS);
  return [
    [`gate before ${activation}`, written(gate_pre)],
    .../** @type {Line[]} */ (
      up
        ? [
            [activation, written(gate)],
            ["other branch", written(up)],
          ]
        : []
    ),
    ["activation", written(hidden)],
    ["length of the write", written(lengths)],
    .../** @type {Line[]} */ (there ? [[`activation, ${said}`, written(there.hidden)]] : []),
  ];
}
