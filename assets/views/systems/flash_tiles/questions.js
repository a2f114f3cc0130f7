// @ts-check
/**
 * What readers of FlashAttention ask again and again, answered with this head's numbers.
 *
 * @import { TileLength, TileQuestions, TileSide } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** From this width on all answers lie open. */
const OPEN = 700;

/** @param {TileQuestions} data @param {ViewContext} ctx */
export function questions(data, ctx) {
  /** @type {[string, import("lit-html").TemplateResult][]} */
  const asked = [
    ["Why are the loops in this order?", order(data, ctx.run.model.H)],
    ["Is the traffic still quadratic in N?", growth(data)],
    ["When can standard attention be faster?", short(data)],
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
    <p>In FA-1 the outer loop runs over keys: each block of keys reads and writes every block of O that sees it, here
      <b>${counted(one[0], "read")}</b> and <b>${counted(one[1], "write")}</b> of O, with m and l. In FA-2 the outer
      loop runs over queries, so O stays in fast memory:
      <b>${two[0] ? counted(two[0], "read") : "no read"}</b>, <b>${counted(two[1], "write")}</b>. FA-2 pays in K and V:
      it reads <b>${counted(many, "block")}</b> of them, FA-1 <b>${few}</b>.</p>
    <p>On this head, in these tiles, FA-2 moves <b>${whole(b)} B</b> and FA-1 <b>${whole(a)} B</b>, ${apart}. FA-2 also
      splits the work finer, because its blocks of queries are independent. FA-1 splits a layer into
      <b>${whole(heads)}</b> pieces, one for each head. FA-2 splits it into <b>${whole(heads * blocks)}</b>, one for
      each head and block of queries. One ${device} has ${whole(processors)} processors.</p>`;
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
    <p>${quadratic(data)} Here K and V make up <b>${whole(again)} B</b> of the <b>${whole(moved(second))} B</b> that
      FA-2 moves. A larger fast memory of M numbers holds tiles with more rows, about M ÷ d, and FA-2 then reads K and V
      fewer times. So the traffic is N² d² ÷ M, not N² d ÷ M.</p>
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
    <p>FORMULA, N = ${n}. Memory is no longer quadratic: at ${whole(last.n)} tokens L takes ${memory(last.sums)}; S and
      P would take ${memory(last.squares)}.</p>`;
}

/** What K and V cost, by the head's mask. @param {TileQuestions} data */
function quadratic({ rows, window, causal }) {
  if (window !== null)
    return html`Not in this layer: its window is ${window} tokens, so a block of ${rows} queries reads at most
      ${window + rows - 1} keys and the rest of their blocks, however long the text is. Without a window the traffic is
      quadratic: FA-2 reads K and V again for every block of queries.`;
  return html`Yes, it is quadratic in N: FA-2 reads K and V again for every block of queries,
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
    <p>At N = ${n} the squares S and P hold ${whole(2 * n * n)} numbers; Q, K, V and O hold ${whole(4 * n * d_head)}.
      From N = 2d = ${2 * d_head} on, the squares are larger. All six take <b>${memory(data.whole)}</b> and ${
        fits
          ? html`<b>fit</b> into the ${memory(sram)} of fast memory of one ${device} processor: there the squares
            need not cross, so tiles save nothing.`
          : html`<b>do not fit</b> into the ${memory(sram)} of fast memory of one ${device} processor: the squares must
            cross.`
      } Tiles have a cost: FA-2 spends <b>${whole(rescale)}</b> FLOPs on rescales, ${extra} of its own FLOPs, and
      computes many small products instead of one large one. Standard attention takes ${whole(standard.flops)} FLOPs in
      all.</p>
    ${table({
      label: `Bytes moved with these tiles at other lengths, by the formula`,
      columns: [
        { name: "N", number: true, cell: (/** @type {TileLength} */ { n }) => whole(n) },
        { name: "standard", number: true, cell: ({ standard }) => memory(standard) },
        { name: "FA-2", number: true, cell: ({ fa2 }) => memory(fa2) },
        { name: "FA-2 ÷ standard", number: true, cell: ({ fa2, standard }) => percent(fa2 / standard) },
        { name: "S and P", number: true, cell: ({ squares }) => memory(squares) },
      ],
      rows: lengths,
    })}
    <p>FORMULA, tiles ${rows} × ${columns}. Bytes do not say which method is faster: “Time and memory” measures
      seconds.</p>`;
}

/** @param {TileQuestions} data */
function counting({ sums: [standard, first, second], word }) {
  const wide = word === 4 ? nothing : " (2 of Q, K, V and O, 4 of S, P, m, l and L)";
  return html`
    <p>A block counts with all its bytes each time it crosses${wide}: as a read when it enters fast memory, as a write
      when it leaves. A block that stays between two steps does not cross. At a row’s first tile O, m and l are zero and
      are not read. A computed tile counts its masked scores too. FA-1 and FA-2 skip tiles without a visible score;
      standard attention computes them.</p>
    <p>The meter runs inside the loops that made the result: ${whole(standard.read + standard.written)} B in
      ${whole(standard.steps)} steps (standard), ${whole(moved(first))} B in ${whole(first.steps)} (FA-1),
      ${whole(moved(second))} B in ${whole(second.steps)} (FA-2). A real device also has caches between the two memories
      and moves whole cache lines.</p>`;
}
