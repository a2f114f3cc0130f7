// @ts-check
/**
 * What readers of FlashAttention ask again and again, answered with this head's numbers.
 *
 * @import { TileLength, TileQuestions, TileSide } from "../../../types"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { counted, percent, whole } from "../../../kit/format.js";
import { memory } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** From this width on all answers lie open. */
const OPEN = 700;

/** @param {TileQuestions} data @param {ViewContext} ctx */
export function questions(data, ctx) {
  /** @type {[string, import("lit-html").TemplateResult][]} */
  const asked = [
    ["Why are the loops in this order?", order(data, ctx.run.model.H)],
    ["Is the traffic not N²d after all?", growth(data)],
    ["Why does the plain way win at short lengths?", short(data)],
    ["How is traffic counted?", counting(data)],
  ];
  return html`<div class="asked">
    ${asked.map(
      ([question, answer]) => html`
        <details ?open=${ctx.width >= OPEN}><summary>${question}</summary>
          <div class="answer">${answer}</div></details>`,
    )}
  </div>`;
}

/**
 * Other tile sides and other lengths, by the formula.
 * @param {TileQuestions} data
 * @returns {Row[]}
 */
export function rows({ sides, lengths, n, rows, columns }) {
  const tiles = sides.map(({ side, again, moved, first, fast }) => ({
    n,
    tile_rows: side,
    tile_columns: side,
    fa2_bytes: moved,
    fa2_bytes_of_k_and_v: again,
    fa1_bytes: first,
    fast_bytes: fast,
  }));
  const texts = lengths.map(({ n, standard, fa1, fa2, squares, sums }) => ({
    n,
    tile_rows: rows,
    tile_columns: columns,
    standard_bytes: standard,
    fa1_bytes: fa1,
    fa2_bytes: fa2,
    s_and_p_bytes: squares,
    l_bytes: sums,
  }));
  return [...tiles, ...texts];
}

/** @param {{ read: number, written: number }} sums */
const moved = ({ read, written }) => read + written;

/** @param {TileQuestions} data @param {number} heads of a block */
function order(
  { n, rows, device, processors, sums: [, first, second], output: [, one, two], keys: [, few, many] },
  heads,
) {
  const blocks = Math.ceil(n / rows);
  const [a, b] = [moved(first), moved(second)];
  const apart = a === b ? "as much" : `${percent(Math.abs(a - b) / b)} ${a > b ? "more" : "less"} than FA-2`;
  return html`
    <p>With keys outside (FA-1) each block of keys brings every O back that sees it: here
      <b>${counted(one[0], "read")}</b> and <b>${counted(one[1], "write")}</b> of O, with m and l. With queries outside
      (FA-2) O stays in fast memory: <b>${two[0] ? counted(two[0], "read") : "no read"}</b>,
      <b>${counted(two[1], "write")}</b>. The price is K and V: <b>${counted(many, "block")}</b> read instead of
      <b>${few}</b>.</p>
    <p>In all, on this head with these tiles, FA-2 moves <b>${whole(b)} B</b>, FA-1 <b>${whole(a)} B</b>, ${apart}.
      FA-2’s further gain is not traffic: its blocks of queries need nothing of each other. FA-1 hands out heads, here
      <b>${whole(heads)}</b> pieces of work; FA-2 heads and blocks of queries, <b>${whole(heads * blocks)}</b>, and
      one ${device} has ${whole(processors)} processors to feed.</p>`;
}

/** @param {TileQuestions} data */
function growth(data) {
  const {
    sums: [, , second],
    again,
    sides,
    n,
    rows,
    lengths,
  } = data;
  const last = lengths[lengths.length - 1];
  return html`
    <p>${quadratic(data)} Here that is <b>${whole(again)} B</b> of the <b>${whole(moved(second))} B</b> that FA-2 moves.
      What fast memory buys is the divisor: more rows, fewer readings, and rows are bounded by M ÷ d. So N² d² ÷ M, not
      N² d ÷ M.</p>
    ${table({
      label: "Square tiles of other sides on this head, by the formula",
      columns: [
        { name: "tile", cell: ({ side }) => `${side} × ${side}` },
        { name: "K, V read", number: true, cell: ({ again }) => memory(again) },
        { name: "FA-2 moves", number: true, cell: (/** @type {TileSide} */ each) => memory(each.moved) },
        { name: "FA-1 moves", number: true, cell: ({ first }) => memory(first) },
        { name: "fast memory", number: true, cell: ({ fast }) => memory(fast) },
      ],
      rows: sides,
      selected: ({ side }) => side === rows && side === data.columns,
    })}
    <p>FORMULA, N = ${n}. What stops being quadratic is the memory: at ${whole(last.n)} tokens L takes
      ${memory(last.sums)} where S and P take ${memory(last.squares)}.</p>`;
}

/** What K and V cost, by the head's mask. @param {TileQuestions} data */
function quadratic({ rows, window, causal }) {
  if (window !== null)
    return html`Not in this layer: with a window of ${window} a block of ${rows} queries reads at most
      ${window + rows - 1} keys and the rest of their blocks, however long the text. Without a window it is quadratic: K
      and V are read anew for every block of queries.`;
  return html`It is quadratic in N, yes: K and V are read anew for every block of queries,
    ${causal ? "about half of " : ""}N ÷ ${rows} times N · d numbers each.`;
}

/** @param {TileQuestions} data */
function short(data) {
  const {
    n,
    d_head,
    device,
    sram,
    sums: [standard, , second],
    rescale,
    lengths,
    rows,
    columns,
  } = data;
  const fits = data.whole <= sram;
  const extra = percent(rescale / second.flops);
  return html`
    <p>At N = ${n} the squares S and P are ${whole(2 * n * n)} numbers, Q, K, V and O ${whole(4 * n * d_head)}; the
      squares are the larger part from N = 2d = ${2 * d_head} on. All six, <b>${memory(data.whole)}</b>, ${
        fits
          ? html`<b>fit</b> into ${memory(sram)} of fast memory (a processor of the ${device}): there the squares
            need not cross at all, and what tiles save is not spent.`
          : html`<b>do not fit</b> into ${memory(sram)} of fast memory (a processor of the ${device}): the squares must
            cross.`
      } Tiles cost: FA-2 spends <b>${whole(rescale)}</b> FLOPs on rescales (${extra} of its own; standard
      ${whole(standard.flops)} in all), and many small products instead of one large.</p>
    ${table({
      label: `Bytes moved with these tiles at other lengths, by the formula`,
      columns: [
        { name: "N", number: true, cell: (/** @type {TileLength} */ { n }) => whole(n) },
        { name: "standard", number: true, cell: ({ standard }) => memory(standard) },
        { name: "FA-2", number: true, cell: ({ fa2 }) => memory(fa2) },
        { name: "of it", number: true, cell: ({ fa2, standard }) => percent(fa2 / standard) },
        { name: "S and P", number: true, cell: ({ squares }) => memory(squares) },
      ],
      rows: lengths,
    })}
    <p>FORMULA, tiles ${rows} × ${columns}. Bytes alone do not say who is faster: seconds stand in “Time and
      memory”.</p>`;
}

/** @param {TileQuestions} data */
function counting({ sums: [standard, first, second], word }) {
  const wide = word === 4 ? nothing : " (2 of Q, K, V and O, 4 of S, P, m, l and L)";
  return html`
    <p>A block counts each time it crosses, with all its bytes${wide}: a read when it comes into fast memory, a write
      when it leaves. What stays between two steps does not cross. O, m and l of a row’s first tile are nought and are
      not read. Masked scores inside a tile that is met are computed and count; tiles without any visible score are
      skipped by FA-1 and FA-2, and not by standard.</p>
    <p>The meter sits in the loops that made the result: ${whole(standard.read + standard.written)} B in
      ${whole(standard.steps)} steps (standard), ${whole(moved(first))} B in ${whole(first.steps)} (FA-1),
      ${whole(moved(second))} B in ${whole(second.steps)} (FA-2). A real device also has caches between the two, and
      moves whole lines.</p>`;
}
