// @ts-check
/**
 * One head's queries and keys before and after the random rotation: the numbers, their largest, and where they fall
 * among the powers of two that eight bits have.
 *
 * @import { Fp8Turned } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ which?: "q" | "k" }} Kept
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { segmented } from "../../../kit/controls/controls.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { coordinates, NAMES, powers } from "./turned_charts.js";
import { blockRows } from "./ways.js";

const HEIGHT = { most: 300, row: 12 };
/** Scores whose error changes by less are as good as before. */
const SAME = 0.05;
/**
 * @param {Fp8Turned} data
 * @param {ViewContext<Kept>} ctx
 */
export function turned(data, ctx) {
  const which = ctx.kept.which ?? "k";
  const half = ctx.width < 860 ? ctx.width : (ctx.width - 44) / 2;
  const most = max([data.before[which], data.after[which]], ({ a }) => max(a, Math.abs)) ?? 1;
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${segmented({
          label: "Queries or keys",
          choices: /** @type {["q" | "k", string][]} */ ([
            ["q", "Queries"],
            ["k", "Keys"],
          ]),
          chosen: which,
          choose: (next) => ctx.keep({ which: next }),
        })}
        ${blockRows(data, ctx)}
      </div>
    </div>
    ${turnedBeside(ctx)}
    <div class="halves">
      ${cells(data, ctx, "before", which, half, most)} ${cells(data, ctx, "after", which, half, most)}
      <div>
        <h3 class="sub3">Largest number of each coordinate <small>of ${NAMES[which]}, over the text</small></h3>
        ${coordinates(data, which, ctx)}
      </div>
      <div>
        <h3 class="sub3">Sizes of the numbers, in powers of two <small>scaled so that the largest of a block is
            448</small></h3>
        ${powers(data, which, ctx)}
      </div>
    </div>
    <p class="hint">${told(data, which)}</p>`;
}

/** @param {Fp8Turned} data @param {ViewContext<Kept, Fp8Turned>} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const largest = (/** @type {Pick<Fp8Turned, "before" | "after">} */ { before, after }, /** @type {number} */ at) => ({
    largest_q: before.largest.a[at],
    largest_q_turned: after.largest.a[at],
    largest_k: before.largest.a[data.d_head + at],
    largest_k_turned: after.largest.a[data.d_head + at],
  });
  return range(data.d_head).map((at) => ({
    coordinate: at,
    sign: data.signs.a[at],
    ...largest(data, at),
    ...(ctx.there ? renamed(largest(ctx.there, at), ctx.beside.column) : {}),
  }));
}

/** @param {Record<string, number>} row @param {string} where */
const renamed = (row, where) =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [`${key}_in_${where}`, value]));

/**
 * The head of the same number in the run beside this one, in words.
 * @param {ViewContext<Kept, Fp8Turned>} ctx
 */
function turnedBeside(ctx) {
  if (!ctx.there) return nothing;
  const { before, after, rows, n_tokens } = ctx.there;
  return html`<p class="readout basenote">${ctx.beside.start} there are ${counted(n_tokens, "token")}, and
    ${counted(rows, "row")} share a scale. Rounding moves this head’s scores by <b>${percent(before.scores)}</b>
    before the rotation and by <b data-scores=${after.scores}>${percent(after.scores)}</b> after it. The charts draw
    that run dotted and hollow.</p>`;
}

/** @param {Fp8Turned} data */
function found({ before, after }) {
  const ratio = after.scores / before.scores;
  const numbers = html`rounding moves the scores by <b>${percent(before.scores)}</b> before the rotation and by
    <b>${percent(after.scores)}</b> after it`;
  if (ratio < 1 - SAME) return html`The rotation helps this head’s scores: ${numbers}.`;
  if (ratio > 1 + SAME) return html`<b>The rotation harms this head’s scores</b>: ${numbers}.`;
  return html`<b>The rotation changes this head’s scores little</b>: ${numbers}.`;
}

/**
 * @param {Fp8Turned} data
 * @param {ViewContext<Kept>} ctx
 * @param {"before" | "after"} when
 * @param {"q" | "k"} which
 * @param {number} width
 * @param {number} most
 */
function cells(data, ctx, when, which, width, most) {
  const numbers = data[when][which];
  const [count, columns] = numbers.shape;
  const at = which === "q" ? 0 : 1;
  return html`
    <div>
      <h3 class="sub3">${when === "before" ? "Before the rotation" : "After the rotation"}
        <small>the largest number is ${decimal(data[when].peak.a[at], 1)} × the root mean square</small></h3>
      ${matrix({
        rows: count,
        columns,
        width,
        height: Math.min(HEIGHT.most, count * HEIGHT.row),
        pixels: true,
        of: [numbers, most],
        label: `${NAMES[which]} ${when} the rotation, ${count} tokens × ${columns} coordinates; arrow keys read them`,
        colour(row, column) {
          const share = numbers.a[row * columns + column] / most;
          return diverging("neg", "pos", "sunken")(Math.sign(share) * Math.sqrt(Math.abs(share)));
        },
        told: ({ row, column }) => ({
          title: `${tokenText(ctx.run.ids[data.first + row])} (${data.first + row}), coordinate ${column}`,
          details: [["value", signed(numbers.a[row * columns + column], 3)]],
        }),
        walked: () => {},
        select: ({ row }) => ctx.select({ position: data.first + row }),
        start: { row: 0, column: 0 },
      })}
    </div>`;
}

/** @param {Fp8Turned} data @param {"q" | "k"} which */
function told(data, which) {
  const at = which === "q" ? 0 : 1;
  const [was, now] = [data.before, data.after].map((side) => percent(side.rounding.a[at]));
  const parts =
    data.spread < data.d_head ? ` The rotation turns ${data.d_head} coordinates in parts of ${data.spread}.` : "";
  const wanted = decimal(data.after.products / data.before.products);
  const got = decimal(data.after.scores / data.before.scores);
  return html`E4M3 is a floating-point format: a number of any size keeps three binary digits. So an outlier does not
    coarsen its neighbours until they fall below 2⁻⁶ of the scale, left of the line. Rounding moves these
    ${NAMES[which]} by <b>${was}</b> of their size before the rotation and by <b>${now}</b> after it. A score’s error
    grows with the length of its products, √Σ(qᵢkᵢ)²: the rotation makes this length <b>${wanted}</b> times as long, and
    the measured error of the scores is <b>${got}</b> times as large.${parts}`;
}
