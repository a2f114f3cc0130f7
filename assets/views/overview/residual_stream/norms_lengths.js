// @ts-check
/**
 * Lengths of the stream and of its writes, read by depth.
 *
 * @import { ResidualNorms } from "../../../types/overview"
 */
import { extent, greatestIndex, range } from "../../../vendor/d3.js";

/** Where nothing has a length. */
const NONE = [0.1, 10];

/**
 * At one position of a run. A write stands at the depth that it leads to.
 * @param {ResidualNorms} data
 * @param {number} at
 */
export function lengthsAt({ stream, attn, mlp }, at) {
  const step = stream.shape[1];
  return {
    stream: (/** @type {number} */ depth) => stream.a[depth * step + at],
    first: (/** @type {number} */ depth) => attn.a[(depth - 1) * step + at],
    second: (/** @type {number} */ depth) => mlp.a[(depth - 1) * step + at],
  };
}

/**
 * The least and the greatest length that is drawn: every stream, the writes of one position, the other run.
 * @param {ResidualNorms} data
 * @param {number} position
 * @param {ReturnType<typeof lengthsAt> | null} before
 */
export function extentOf(data, position, before) {
  const depths = range(1, data.stream.shape[0]);
  const both = [lengthsAt(data, position), ...(before ? [before] : [])];
  const writes = both.flatMap(({ first, second }) => depths.flatMap((at) => [first(at), second(at)]));
  const was = before ? [0, ...depths].map(before.stream) : [];
  const [least, most] = extent([...data.stream.a, ...writes, ...was].filter((length) => length > 0));
  return least !== undefined && most !== undefined && least < most ? [least, most] : NONE;
}

/** The longest stream of all depths and positions. @param {ResidualNorms} data */
export function longestOf({ stream }) {
  const at = greatestIndex([...stream.a]) ?? 0;
  return { position: at % stream.shape[1], length: stream.a[at] };
}
