// @ts-check
/**
 * The mask over the whole vocabulary: a small square for each token, by its id.
 *
 * @import { ConstrainedText } from "../../../types/inference"
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Options } from "./step_detail.js"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { css, rgb } from "../../../kit/colour/theme.js";
import { counted, precise, whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { least, range } from "../../../vendor/d3.js";

const COLUMNS = 256;
/** Of fewer allowed tokens each is drawn larger than its square, and pointing near one finds it. */
const FEW = 1200;
const SPOT = 3.4;
/** Cells away. */
const NEAR = 4;
/** The frame of the token taken. */
const TAKEN = 9;
/** Room for it at the edges. */
const EDGE = 5;
const MARGIN = { top: EDGE, right: EDGE, bottom: EDGE, left: EDGE };

/** @param {Options} options */
export function mask({ answer, step: at, id: walked, width, point }) {
  const step = answer.steps[at];
  const rows = Math.ceil(answer.d_vocab / COLUMNS);
  const few = step.n_allowed < FEW;
  const inner = width - 2 * EDGE;
  /** @type {number[] | undefined} */
  let found;
  const allowed = () => (found ??= range(answer.d_vocab).filter((id) => isAllowed(answer, at, id)));
  const [on, off] = [rgb("prob"), rgb("sunken")];
  return matrix({
    rows,
    columns: COLUMNS,
    width: inner,
    height: Math.round((rows * inner) / COLUMNS),
    margin: MARGIN,
    pixels: true,
    of: [answer.mask, at],
    colour: (row, column) => (isAllowed(answer, at, row * COLUMNS + column) ? on : off),
    over: (context) => mark(context, few ? allowed() : [], step.token, inner / COLUMNS),
    label:
      `The mask over ${whole(answer.d_vocab)} tokens: ` +
      `${counted(step.n_allowed, "token")} allowed; arrow keys walk them`,
    told: (cell) => told((few ? nearest(cell, allowed()) : null) ?? idOf(cell, answer), answer, at),
    selected: walked === null ? null : cellOf(walked),
    walked: (cell) => point(idOf(cell, answer)),
    next: (_, [down, across]) => {
      const ids = allowed();
      const to = walked === null ? ids.indexOf(step.token) : ids.indexOf(walked) + down + across;
      return cellOf(ids[(to + ids.length) % ids.length]);
    },
  });
}

/**
 * @param {ConstrainedText} answer
 * @param {number} step
 * @param {number} id
 */
function isAllowed({ mask, d_vocab }, step, id) {
  if (!mask || id >= d_vocab) return false;
  const [, packed] = mask.shape;
  return Boolean((mask.a[step * packed + (id >> 3)] >> (id & 7)) & 1);
}

/** @param {number} id */
const cellOf = (id) => ({ row: Math.floor(id / COLUMNS), column: id % COLUMNS });

/**
 * @param {Cell} cell
 * @param {ConstrainedText} answer
 */
const idOf = ({ row, column }, { d_vocab }) => Math.min(d_vocab - 1, row * COLUMNS + column);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} spots tokens that are drawn larger
 * @param {number} taken
 * @param {number} pixel of a token
 */
function mark(context, spots, taken, pixel) {
  const corner = (/** @type {number} */ id, /** @type {number} */ size) => {
    const { row, column } = cellOf(id);
    return { x: (column + 0.5) * pixel - size / 2, y: (row + 0.5) * pixel - size / 2 };
  };
  context.fillStyle = css("prob");
  for (const id of spots) {
    const { x, y } = corner(id, SPOT);
    context.fillRect(x, y, SPOT, SPOT);
  }
  const { x, y } = corner(taken, TAKEN);
  context.strokeStyle = css("ink");
  context.lineWidth = 1.5;
  context.strokeRect(x, y, TAKEN, TAKEN);
}

/**
 * @param {Cell} cell
 * @param {number[]} allowed
 */
function nearest(cell, allowed) {
  const away = (/** @type {number} */ id) => {
    const { row, column } = cellOf(id);
    return (column - cell.column) ** 2 + (row - cell.row) ** 2;
  };
  const id = least(allowed, away);
  return id !== undefined && away(id) < NEAR ** 2 ? id : null;
}

/**
 * @param {number} id
 * @param {ConstrainedText} answer
 * @param {number} at
 */
function told(id, answer, at) {
  const step = answer.steps[at];
  const named = step.ids.indexOf(id);
  /** @type {Line[]} */
  const details = [
    ["id", whole(id)],
    ["by the rule", isAllowed(answer, at, id) ? "allowed" : "forbidden"],
  ];
  if (id === answer.stop) details.push(["ends the text", "yes"]);
  if (named >= 0) details.push(["by the model", precise(step.p[named])]);
  return { title: tokenText(id), details };
}
