// @ts-check
/**
 * The lattice: a row for each length of piece, Viterbi's path from row to row, a strip under each piece for its share
 * of all cuts; below, on the same scale, the likeliest cuts.
 *
 * @import { LatticeCut, LatticePiece, UnigramLatticeLattice } from "../../../types/tokenization"
 *
 * @typedef {object} Options
 * @property {UnigramLatticeLattice} data
 * @property {number} at the chosen cut
 * @property {(at: number) => void} choose
 * @property {number} width
 *
 * @typedef {object} Frame
 * @property {(place: number) => number} x
 * @property {number} cell
 * @property {number} row height of a row
 * @property {boolean} beside whether numbers stand at the right of the cuts, and not above them
 * @property {number} right where the letters end
 */
import { decimal, percent, tenTo, whole } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { bar, ROW, roomy, rowName } from "./lattice_piece.js";

const [NAMES, NUMBERS, EDGE] = [92, 196, 10];
const NARROW = 720;
const CELL = { least: 34, most: 92 };
const TOP = 34;
const CUT = { beside: 36, above: 58 };
const RANKS = ["Viterbi", "2nd", "3rd"];
/** Above so many, a count is a power of ten. */
const MANY = 1e7;

/** @param {Options} options */
export function picture({ data, at, choose, width }) {
  const { letters, pieces, cuts, best } = data;
  const left = width < NARROW ? EDGE : NAMES;
  const room = (width - left - (width < NARROW ? EDGE : NUMBERS)) / letters.length;
  const beside = width >= NARROW && room >= CELL.least;
  const fits = beside ? room : (width - left - EDGE) / letters.length;
  const cell = Math.max(CELL.least, Math.min(CELL.most, fits));
  const x = (/** @type {number} */ place) => left + cell * place;
  /** @type {Frame} */
  const frame = {
    x,
    cell,
    row: pieces.every((piece) => roomy(piece, cell)) ? ROW.low : ROW.tall,
    beside,
    right: x(letters.length),
  };
  const rows = packed(pieces);
  const bottom = TOP + rows.length * frame.row;
  const under = bottom + 56;
  const step = beside ? CUT.beside : CUT.above;
  const height = under + 46 + cuts.length * step;
  const total = Math.max(width, frame.right + (beside ? NUMBERS : EDGE));
  const chosen = at > 0 ? cuts[at].pieces : [];
  return svg`
    <svg class="fig lattice" viewBox="0 0 ${total} ${height}" width=${total} height=${height} style="width:${total}px"
      role="img" aria-label="The likeliest cut is ${cuts[0].pieces.map((i) => pieces[i].text).join(" | ")}">
      ${[...letters, ""].map((_, i) => svg`<line class="hair" x1=${x(i)} x2=${x(i)} y1=${TOP - 8} y2=${bottom + 4} />`)}
      ${letters.map(
        (letter, i) => svg`<text class="m letter" x=${x(i + 0.5)} y="19" text-anchor="middle">${signs(letter)}</text>`,
      )}
      ${joints(cuts[0], pieces, rows, frame)}
      ${rows.map((row, i) =>
        row.map((piece) =>
          bar(piece, {
            frame,
            y: TOP + i * frame.row,
            wins: cuts[0].pieces.some((each) => pieces[each] === piece),
            chosen: chosen.some((each) => pieces[each] === piece),
          }),
        ),
      )}
      ${left === NAMES ? rows.map((row, i) => rowName(row, rows[i - 1], left - 10, TOP + i * frame.row + 17)) : nothing}
      <text class="dim" x=${left === NAMES ? left - 10 : left} y=${bottom + (left === NAMES ? 18 : 34)}
        text-anchor=${
          left === NAMES ? "end" : "start"
        }>${left === NAMES ? "best cut so far" : "log p of the best cut so far"}</text>
      ${best.map((score, i) => soFar(score, i, bottom, frame, best.length - 1 - i))}
      <text class="h" x=${beside ? 0 : left} y=${under}>${
        cuts.length < data.n_cuts
          ? `The ${cuts.length} likeliest of ${count(data.n_cuts)} cuts`
          : data.n_cuts === 1
            ? "The only cut"
            : `All ${cuts.length} cuts`
      }</text>
      ${
        beside
          ? svg`<text class="dim" x=${frame.right + 102} y=${under} text-anchor="end">log p, nats</text>
        <text class="dim" x=${frame.right + 182} y=${under} text-anchor="end">of all cuts</text>`
          : nothing
      }
      ${cuts.map((cut, i) => cutRow({ cut, i, on: i === at, pieces, y: under + 20 + i * step, frame, left, choose }))}
      ${
        cuts.length < data.n_cuts
          ? svg`<text class="dim" x=${left + 2}
                y=${height - 10}>${count(data.n_cuts - cuts.length)} other cuts${
                  beside ? "" : `: ${percent(data.others)}`
                }</text>
            ${
              beside
                ? svg`<text class="num" x=${frame.right + 182} y=${height - 10}
                  text-anchor="end">${percent(data.others)}</text>`
                : nothing
            }`
          : nothing
      }
    </svg>`;
}

/** @param {number} n */
const count = (n) => (n < MANY ? whole(n) : `about ${tenTo(Math.floor(Math.log10(n)))}`);

/** Rows of pieces of one length in which none overlap, the long ones on top. @param {LatticePiece[]} pieces */
function packed(pieces) {
  const size = (/** @type {LatticePiece} */ piece) => piece.end - piece.start;
  /** @type {LatticePiece[][]} */
  const rows = [];
  for (const piece of [...pieces].sort((a, b) => size(b) - size(a) || a.start - b.start)) {
    const free = rows.find((row) => size(row[0]) === size(piece) && row[row.length - 1].end <= piece.start);
    if (free) free.push(piece);
    else rows.push([piece]);
  }
  return rows;
}

/**
 * The path from the end of a piece to the start of the next.
 * @param {LatticeCut} cut
 * @param {LatticePiece[]} pieces
 * @param {LatticePiece[][]} rows
 * @param {Frame} frame
 */
function joints(cut, pieces, rows, { x, row }) {
  const path = cut.pieces.map((i) => pieces[i]);
  const middle = (/** @type {LatticePiece} */ piece) => TOP + rows.findIndex((each) => each.includes(piece)) * row + 13;
  return path.slice(1).map(
    (piece, i) =>
      svg`<path class="joint"
          d="M${x(piece.start) - 2} ${middle(path[i])}H${x(piece.start)}V${middle(piece)}H${x(piece.start) + 2}" />`,
  );
}

/**
 * @param {number | null} score
 * @param {number} i
 * @param {number} bottom
 * @param {Frame} frame
 * @param {number} left letters that follow
 */
function soFar(score, i, bottom, { x, cell }, left) {
  if (score === null || (cell < 50 && left % 2)) return nothing;
  const anchor = left ? "middle" : "end";
  return svg`<text class="so-far" x=${x(i + 1) + (left ? 0 : 4)} y=${bottom + 18}
    text-anchor=${anchor}>${decimal(score, 1)}</text>`;
}

/**
 * @param {{ cut: LatticeCut, i: number, on: boolean, pieces: LatticePiece[], y: number, frame: Frame, left: number,
 *   choose: (at: number) => void }} row
 */
function cutRow({ cut, i, on, pieces, y, frame, left, choose }) {
  const name = RANKS[i] ?? `${i + 1}th`;
  const top = frame.beside ? y : y + 20;
  const numbers = `log p ${decimal(cut.score)}, ${percent(cut.share)} of all cuts`;
  return svg`
    <g class="path ${i === 0 ? "wins" : ""} ${on ? "on" : ""}" @click=${() => choose(i)}>
      <rect class="hit" x="0" y=${y - 5} width=${frame.beside ? frame.right + NUMBERS - 8 : frame.right + 4}
        height=${frame.beside ? 34 : 54} rx="5" />
      ${
        frame.beside
          ? svg`<text class="rank" x=${frame.x(0) - 10} y=${y + 16} text-anchor="end">${name}</text>`
          : svg`<text class="rank" x=${left + 2} y=${y + 11}>${name} <tspan class="num">${numbers}</tspan></text>`
      }
      ${cut.pieces.map((each) => {
        const { start, end, text } = pieces[each];
        const width = frame.x(end) - frame.x(start) - 4;
        return svg`
          <rect class="box" x=${frame.x(start) + 2} y=${top} width=${width} height="24" rx="4" />
          <text class="m" x=${frame.x((start + end) / 2)} y=${top + 16} text-anchor="middle">${signs(text)}</text>`;
      })}
      ${
        frame.beside
          ? svg`<text class="num" x=${frame.right + 102} y=${y + 16} text-anchor="end">${decimal(cut.score)}</text>
        <text class="num b" x=${frame.right + 182} y=${y + 16} text-anchor="end">${percent(cut.share)}</text>`
          : nothing
      }
    </g>`;
}
