// @ts-check
/**
 * The square of all queries and keys in the tiles of the ranks: what is computed now, what was, what never is.
 *
 * @import { Mark } from "../../../kit/drawing/mark"
 * @import { At } from "./ring"
 */
import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { svg } from "../../../vendor/lit.js";

const MOST = 380;
const NAMES = 56;
const TOP = 22;
/** Below so many pixels a tile has no number. */
const READABLE = 15;

/** As the page counts positions. @param {[number, number]} chunk from, and up to but without */
export const positions = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

/** @param {At} at */
export function square({ recording, rank: followed, step, choose, width }) {
  const { pairs, ranks, totals, causal } = recording;
  const side = Math.min(width - NAMES - 2, MOST);
  const length = Math.max(...pairs.map(({ queries }) => queries[1]));
  const turn = step % ranks;
  const computed = pairs.filter((pair) => pair.computed);
  const count = computed.filter((pair) => pair.step === turn).length;
  const move = (/** @type {number} */ to) => choose(Math.floor(step / ranks) * ranks + to);
  const chunks = totals.flatMap(({ chunks }, rank) => chunks.map(([from, to]) => ({ rank, middle: (from + to) / 2 })));
  const of = chunks.length <= 4 ? "of " : "";
  return picture({
    label: `${computed.length} of ${pairs.length} tiles are computed, ${count} at this step; arrow keys step`,
    width: NAMES + side + 2,
    height: TOP + side + 2,
    className: "square",
    margin: { left: NAMES, right: 2, top: TOP, bottom: 2 },
    x: [0, length],
    y: [length, 0],
    walk: { at: turn, count: ranks, choose: move },
    marks: [
      text({
        data: chunks,
        x: 0,
        dx: -7,
        y: ({ middle }) => middle,
        text: ({ rank }) => `rank ${rank}`,
        anchor: "end",
      }),
      text({
        ...{ data: chunks, x: ({ middle }) => middle, y: 0, dy: -12, anchor: "middle" },
        text: ({ rank }) => `${of}${rank}`,
        className: ({ rank }) => (rank === followed ? "b prob" : ""),
      }),
      items({
        data: pairs,
        told: ({ rank, step, owner, queries, keys, seen, computed }) => ({
          title: `Queries ${positions(queries)}, keys ${positions(keys)}`,
          lines: [
            ["computed by", computed ? `rank ${rank} at step ${step + 1}` : "no rank"],
            ["with K, V of", `rank ${owner}`],
            ["visible pairs", { all: "all", some: "some: the mask hides the rest", none: "none" }[seen]],
          ],
        }),
        press: (pair) => move(pair.step),
        className: ({ step, computed }) =>
          `tile ${!computed ? "skipped" : step === turn ? "now" : step < turn ? "done" : "later"}`,
        marks({ step, queries, keys, computed }) {
          const slanted = causal && queries[0] === keys[0];
          const size = (Math.min(queries[1] - queries[0], keys[1] - keys[0]) / length) * side;
          const place = (/** @type {[number, number]} */ [from, to], /** @type {number} */ share) =>
            from + (to - from) * share;
          return [
            bar({ x: keys, y: queries, gap: 0.75, rx: 0, className: "frame" }),
            slanted ? triangle(keys, queries) : bar({ x: keys, y: queries, gap: 0.75, rx: 0, className: "part" }),
            computed &&
              size >= READABLE &&
              text({
                ...{ x: place(keys, slanted ? 0.3 : 0.5), y: place(queries, slanted ? 0.7 : 0.5), anchor: "middle" },
                text: step + 1,
              }),
          ];
        },
      }),
    ],
  });
}

/**
 * The half of a tile that the mask leaves.
 * @param {[number, number]} keys
 * @param {[number, number]} queries
 * @returns {Mark}
 */
const triangle =
  (keys, queries) =>
  ({ x, y }) => {
    const [[left, right], [top, bottom]] = [keys.map(x), queries.map(y)];
    return svg`<path class="part" d="M${left + 0.75} ${top + 0.75}L${right - 0.75} ${bottom}H${left + 0.75}Z" />`;
  };
