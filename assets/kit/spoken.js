// @ts-check
/**
 * What a mark is called by a screen reader, and by whoever speaks to the page: first what is written on it, as it is
 * written, then the rest.
 *
 * @import { Line } from "./tooltip"
 *
 * @param {object} mark
 * @param {(string | false | undefined)[]} mark.written in the order of the picture; what is not shown is left out
 * @param {string} [mark.called] its full name: said too where what is written does not begin with it
 * @param {Line[]} mark.lines its numbers, as in its tooltip
 */
export function spoken({ written, called = "", lines }) {
  const name = written.filter(Boolean).join(" ") || called;
  const full = name.startsWith(called) ? [] : [called];
  const rest = [...full, ...lines.map(([what, value]) => `${what} ${value}`)].join(", ");
  return rest ? `${name}: ${rest}` : name;
}
