// @ts-check
/**
 * Lengths of the stream and of its writes, read by depth.
 *
 * @import { NormsBefore, ResidualNorms } from "../../../types"
 */
import { extent, greatestIndex, range } from "../../../vendor/d3.js";

/** Where nothing has a length. */
const NONE = [0.1, 10];

/**
 * At one position of a run, or of the only one that is told. A write stands at the depth that it leads to.
 * @param {ResidualNorms | NormsBefore} data
 * @param {number | null} position
 */
export function lengthsAt({ stream, attn, mlp }, position) {
  const [step, at] = position === null ? [1, 0] : [stream.shape[1], position];
  return {
    stream: (/** @type {number} */ depth) => stream.a[depth * step + at],
    attention: (/** @type {number} */ depth) => attn.a[(depth - 1) * step + at],
    second: (/** @type {number} */ depth) => mlp.a[(depth - 1) * step + at],
  };
}

/**
 * The least and the greatest length that is drawn: every stream, the writes of one position, the unmodified run.
 * @param {ResidualNorms} data
 * @param {number} position
 */
export function extentOf(data, position) {
  const { attention, second } = lengthsAt(data, position);
  const writes = range(1, data.stream.shape[0]).flatMap((depth) => [attention(depth), second(depth)]);
  const before = data.base ? [data.base.stream, data.base.attn, data.base.mlp].flatMap(({ a }) => [...a]) : [];
  const [least, most] = extent([...data.stream.a, ...writes, ...before].filter((length) => length > 0));
  return least !== undefined && most !== undefined && least < most ? [least, most] : NONE;
}

/** The longest stream of all depths and positions. @param {ResidualNorms} data */
export function longestOf({ stream }) {
  const at = greatestIndex([...stream.a]) ?? 0;
  return { position: at % stream.shape[1], length: stream.a[at] };
}
