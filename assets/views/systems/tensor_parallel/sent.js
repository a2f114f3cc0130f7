// @ts-check
/**
 * The sums of a block's two passes in bytes, and what a missing f does to the gradients.
 *
 * @import { SplitCollective, SplitGradient, TensorBlock } from "../../../types/systems"
 */
import { decimal, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";

/** Below this error a gradient is right. */
const RIGHT = 1e-5;

/** @typedef {{ name: string, bytes: number, formula: number, socket: number | null }} Line */

/** @param {TensorBlock} data */
export function sums(data) {
  const all = data.collectives;
  const measured = all.every(({ socket }) => socket !== null);
  /** @type {Line[]} */
  const lines = [
    ...all.map((each) => line(each, data.ranks)),
    {
      name: "the block, both passes",
      bytes: all.reduce((sum, each) => sum + each.bytes, 0),
      formula: data.ranks * data.block_formula,
      socket: measured ? all.reduce((sum, { socket }) => sum + (socket ?? 0), 0) : null,
    },
    { ...line(data.longer, data.ranks), name: `one sum of ${whole(data.longer_tokens)} tokens` },
  ];
  return table({
    label: "Sums of the block in bytes",
    columns: [
      { name: "all-reduce", cell: (/** @type {Line} */ { name }) => name },
      { name: "tensor", number: true, title: "Logical bytes", cell: ({ bytes }) => whole(bytes) },
      {
        name: "by formula, all ranks",
        number: true,
        title: "Each rank sends 2 (N − 1) / N of the tensor",
        cell: ({ formula }) => whole(Math.round(formula)),
      },
      {
        name: "crossed the socket",
        number: true,
        cell: ({ socket }) => (socket === null ? "not measured" : whole(socket)),
      },
      {
        name: "beyond",
        number: true,
        title: "Headers",
        cell: ({ formula, socket }) => (socket === null ? "" : percent(socket / formula - 1)),
      },
    ],
    rows: lines,
  });
}

/** @param {SplitCollective} each @param {number} ranks @returns {Line} */
const line = ({ sublayer, backward, bytes, formula, socket }, ranks) => ({
  name: `${sublayer}, ${backward ? "backward (f)" : "forward (g)"}`,
  bytes,
  formula: ranks * formula,
  socket,
});

/** @param {TensorBlock} data */
export const gradients = (data) =>
  table({
    label: "Gradients with and without f",
    columns: [
      {
        name: "gradient",
        cell: (/** @type {SplitGradient} */ { name }) =>
          name === "entering" ? "what goes on to the block before" : name.replace(".weight", ""),
      },
      { name: "error with f", number: true, cell: ({ right }) => scientific(right) },
      {
        name: "error without f",
        number: true,
        title: "Relative to the length of one process’s gradient",
        cell: ({ without_f }) => (without_f < RIGHT ? scientific(without_f) : decimal(without_f, 3)),
      },
      {
        name: "without f",
        cell: ({ without_f }) => rightOrWrong(without_f < RIGHT, without_f < RIGHT ? "right" : "wrong"),
      },
    ],
    rows: [...data.gradients],
  });
