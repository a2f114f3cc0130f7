// @ts-check
/**
 * The block's matrices to scale, each cut among the ranks.
 *
 * @import { SplitMatrix, TensorBlock } from "../../../types/systems"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** By rank. */
export const COLORS = ["river-deep", "prob", "pos", "neg"];
const TOP = 40;
const GAP = 26;
const LEAST = 62;
/** Below this width the feed-forward layer stands under attention. */
const NARROW = 700;
const BELOW = 34;

/** @param {TensorBlock} data @param {number} width */
export function holdings(data, width) {
  const wide = width >= NARROW;
  const groups = [...new Set(data.matrices.map(({ sublayer }) => sublayer))].map((name) =>
    data.matrices.filter(({ sublayer }) => sublayer === name),
  );
  const lines = wide ? [groups.flat()] : groups;
  const scale = Math.min(...lines.map((line) => fitting(line, width)), 0.22);
  const placed = placesOf(lines, scale);
  const bottom = Math.max(...placed.map(({ y, matrix }) => y + matrix.d_in * scale));
  return html`
    ${picture({
      label: `Which slice of each matrix lies on which of ${data.ranks} ranks`,
      width,
      height: bottom + BELOW,
      marks: [
        items({
          data: placed,
          told: ({ matrix }) => ({
            title: nameOf(matrix),
            lines: matrix.held.map(
              ([from, to], rank) =>
                /** @type {[string, string]} */ ([
                  `rank ${rank}`,
                  `${matrix.columns ? "columns" : "rows"} ${whole(from)} to ${whole(to - 1)}${heads(
                    data,
                    matrix,
                    rank,
                  )}`,
                ]),
            ),
          }),
          marks: ({ matrix, x, y }) => [
            text({ x, y: y - 8, text: nameOf(matrix), className: "h" }),
            cellsOf(matrix).map(({ from, to, ranks }) => cell(matrix, x, y, scale, from, to, ranks)),
            text({ x, y: y + matrix.d_in * scale + 16, text: sizeOf(matrix), className: "dim" }),
          ],
        }),
      ],
    })}
    ${legend(
      Array.from(
        { length: data.ranks },
        (_, rank) =>
          /** @type {[{ color: string }, string]} */ ([
            { color: COLORS[rank] },
            `rank ${rank}: ${headsOf(data, rank)}`,
          ]),
      ),
    )}`;
}

/** Slices, each with the ranks that hold it. @param {SplitMatrix} matrix */
function cellsOf({ held }) {
  const starts = [...new Set(held.map(([from]) => from))];
  return starts.map((from) => {
    const ranks = held.flatMap(([start], rank) => (start === from ? [rank] : []));
    return { from, to: held[ranks[0]][1], ranks };
  });
}

/**
 * A slice; what lies on several ranks is striped in their colours.
 * @param {SplitMatrix} matrix @param {number} x @param {number} y @param {number} scale
 * @param {number} from @param {number} to @param {number[]} ranks
 */
function cell({ columns, d_in, d_out }, x, y, scale, from, to, ranks) {
  const left = x + (columns ? from * scale : 0);
  const right = x + (columns ? to : d_out) * scale - 1;
  const top = y + (columns ? 0 : from * scale);
  const bottom = y + (columns ? d_in : to) * scale - 1;
  const high = (bottom - top) / ranks.length;
  return [
    ranks.map((rank, at) =>
      bar({ x: [left, right], y: [top + at * high, top + (at + 1) * high], color: COLORS[rank], rx: 1 }),
    ),
  ];
}

/** @param {SplitMatrix} matrix */
const nameOf = ({ name }) => name.replace("experts.gate_in", "gate and in").replace("experts.out", "out");

/** @param {SplitMatrix} matrix */
const sizeOf = ({ d_in, d_out, of_experts }) => `${of_experts > 1 ? `${whole(of_experts)} × ` : ""}${d_in} × ${d_out}`;

/** Pixels a number, so that the line fits. @param {SplitMatrix[]} line @param {number} width */
function fitting(line, width) {
  const room = width - GAP * line.length;
  let scale = room / line.reduce((sum, { d_out }) => sum + d_out, 0);
  const small = line.filter(({ d_out }) => d_out * scale < LEAST);
  const large = line.filter(({ d_out }) => d_out * scale >= LEAST);
  if (large.length) scale = (room - small.length * LEAST) / large.reduce((sum, { d_out }) => sum + d_out, 0);
  return Math.max(0.01, scale);
}

/** @param {SplitMatrix[][]} lines @param {number} scale */
function placesOf(lines, scale) {
  let y = TOP - 16;
  return lines.flatMap((line) => {
    let x = 0;
    const placed = line.map((matrix) => {
      const at = { matrix, x, y };
      x += Math.max(matrix.d_out * scale, LEAST) + GAP;
      return at;
    });
    y += Math.max(...line.map(({ d_in }) => d_in * scale)) + TOP + 20;
    return placed;
  });
}

/** @param {TensorBlock} data @param {number} rank */
function headsOf({ heads, kv_heads }, rank) {
  return `heads ${between(heads[rank])}, key-value ${between(kv_heads[rank])}`;
}

/** @param {TensorBlock} data @param {SplitMatrix} matrix @param {number} rank */
function heads({ heads: queries, kv_heads }, { name }, rank) {
  if (name === "W_Q" || name === "W_O") return `: heads ${between(queries[rank])}`;
  return name === "W_K" || name === "W_V" ? `: key-value ${between(kv_heads[rank])}` : "";
}

/** @param {readonly [number, number]} span */
const between = ([from, to]) => (to - from === 1 ? String(from) : `${from} to ${to - 1}`);
