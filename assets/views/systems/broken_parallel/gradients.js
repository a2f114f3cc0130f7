// @ts-check
/**
 * Where a mistake bends the gradient: a cell for each weight, and all mistakes in numbers.
 *
 * @import { BrokenGradients, BrokenMistake, BrokenWeight } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, precise, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const ROW = 30;
const LABEL = 104;
/** Below this error a gradient is right; above the other it has nothing to do with the right one. */
const RIGHT = 1e-6;

/** What each does, in words. @type {Record<string, string>} */
const MISTAKES = {
  right: "Nothing is wrong: the ranks’ gradients are averaged over all tokens.",
  sum:
    "The ranks’ gradients are added, and nobody divides by their number: right direction, too long. AdamW " +
    "divides by the gradient’s own size and hardly notices; SGD takes steps so many times as long.",
  means: "One rank has fewer rows, and each rank’s mean counts the same: tokens of the short rank weigh more.",
  stale: "The last rank sends the gradient of the batch before, at the same weights.",
  order:
    "The last rank begins the sums of neighbouring weights of one size in the other order: keys’ and values’ " +
    "gradients are added to each other, and those of the feed-forward layer’s matrices.",
  unsent: "The embedding’s bucket is never summed: each rank keeps its own, and the ranks’ weights drift apart.",
};

/** @type {View<BrokenGradients>} */
export function gradients(data, ctx) {
  const mistake = data.mistakes.find((each) => each.mistake === ctx.controls.mistake) ?? data.mistakes[0];
  const first = ctx.controls.rank === "first";
  return html`
    <div class="cluster controls">
      ${["model", "ranks", "mistake", "rank"].map((name) => control(ctx, name))}
    </div>
    <p class="readout"><b>${MISTAKES[mistake.mistake]}</b> ${said(mistake)}</p>
    <h3 class="sub3">Error of each weight’s gradient <small>on the ${first ? "first" : "last"} rank, relative to one
        process’s; the fuller a cell, the larger the error</small></h3>
    ${cells(mistake, first, Math.min(ctx.width, 980))}
    <h3 class="sub3">All mistakes in numbers</h3>
    ${compared(data, mistake, (to) => ctx.control("mistake", to))}
    <p class="hint">All begin from the same weights of ${data.model} and read the same ${whole(data.rows)} rows. The
      loss is that of the first rank’s rows, before anything is sent: no mistake shows in it, but that the mean of
      means gives
      the first rank other rows. Each wrong gradient is also made in one process, as the mistake says, and
      compared.</p>`;
}

/** @param {BrokenGradients} data @returns {Row[]} */
export const rows = ({ mistakes }) =>
  mistakes.flatMap(({ mistake, weights }) =>
    weights.map(({ name, first, last, cosine, length }) => ({ mistake, weight: name, first, last, cosine, length })),
  );

/** @param {BrokenMistake} mistake */
function said({ mistake, weights, length, cosine }) {
  if (mistake === "right") return "";
  const wrong = weights.filter(({ first, last }) => Math.max(first, last) > RIGHT);
  return (
    `${whole(wrong.length)} of ${whole(weights.length)} weights have a wrong gradient. As one vector it is ` +
    `${decimal(length)} times as long as the right one, at a cosine of ${decimal(cosine, 3)}.`
  );
}

/** @param {BrokenMistake} mistake @param {boolean} first @param {number} width */
function cells({ weights }, first, width) {
  const rowsOf = [...new Set(weights.map(({ block, kind }) => (block < 0 ? "other" : kind)))];
  const kinds = [...rowsOf.filter((each) => each !== "other")];
  const others = weights.filter(({ block }) => block < 0);
  const blocks = Math.max(...weights.map(({ block }) => block)) + 1;
  const cell = (width - LABEL) / Math.max(blocks, others.length);
  const error = (/** @type {BrokenWeight} */ each) => (first ? each.first : each.last);
  const place = (/** @type {BrokenWeight} */ each) =>
    each.block < 0
      ? { x: others.indexOf(each), y: kinds.length + 0.4 }
      : { x: each.block, y: kinds.indexOf(each.kind) };
  return picture({
    label: "Error of each weight’s gradient, blocks across, kinds of weight down",
    width,
    height: (kinds.length + 1.5) * ROW + 24,
    marks: [
      Array.from({ length: blocks }, (_, block) =>
        text({
          x: LABEL + (block + 0.5) * cell,
          y: 12,
          text: cell > 60 ? `block ${block}` : block,
          anchor: "middle",
          className: "dim",
        }),
      ),
      kinds.map((kind, at) => text({ x: 0, y: 24 + at * ROW + 18, text: kind, className: "dim" })),
      text({
        x: 0,
        y: 24 + (kinds.length + 0.4) * ROW + 18,
        text: others.length > 1 ? "embedding, norm" : "others",
        className: "dim",
      }),
      items({
        data: weights,
        told: (each) => ({
          title: each.name,
          lines: [
            ["error, first rank", scientific(each.first)],
            ["error, last rank", scientific(each.last)],
            ["cosine, first rank", decimal(each.cosine, 4)],
            ["length, first rank", `${decimal(each.length)} times`],
          ],
        }),
        marks: (each) => {
          const { x, y } = place(each);
          const at = { left: LABEL + x * cell, top: 24 + y * ROW };
          const share = Math.min(1, error(each));
          return [
            bar({ x: [at.left + 1, at.left + cell - 2], y: [at.top, at.top + ROW - 4], color: "sunken", rx: 3 }),
            bar({
              x: [at.left + 1, at.left + 1 + Math.max(0, share * (cell - 3))],
              y: [at.top, at.top + ROW - 4],
              color: "neg-soft",
              rx: 3,
            }),
            text({
              x: at.left + cell / 2,
              y: at.top + 17,
              text: error(each) <= RIGHT ? "✓" : shown(error(each)),
              anchor: "middle",
              className: error(each) <= RIGHT ? "dim" : "ink",
            }),
          ];
        },
      }),
    ],
  });
}

/** @param {number} error */
const shown = (error) => (error < 0.01 ? precise(error) : decimal(error));

/** @param {BrokenGradients} data @param {BrokenMistake} chosen @param {(to: string) => void} choose */
function compared(data, chosen, choose) {
  return table({
    label: "All mistakes in numbers",
    columns: [
      { name: "mistake", cell: (/** @type {BrokenMistake} */ { mistake }) => NAMES[mistake] },
      { name: "loss of the step", number: true, cell: ({ loss }) => decimal(loss, 4) },
      {
        name: "gradient’s error",
        number: true,
        title: "All weights as one vector",
        cell: ({ error }) => scientific(error),
      },
      { name: "worst weight", number: true, cell: ({ most }) => scientific(most) },
      { name: "cosine", number: true, cell: ({ cosine }) => decimal(cosine, 4) },
      { name: "times as long", number: true, cell: ({ length }) => decimal(length) },
      {
        name: "ranks apart",
        number: true,
        title: "Between the first rank’s gradient and the last’s",
        cell: ({ between }) => scientific(between),
      },
    ],
    rows: data.mistakes,
    selected: (each) => each === chosen,
    select: ({ mistake }) => choose(mistake),
  });
}

/** @type {Record<string, string>} */
const NAMES = {
  right: "none",
  sum: "a sum for a mean",
  means: "a mean of means",
  stale: "a stale bucket",
  order: "a wrong order",
  unsent: "a bucket left out",
};
