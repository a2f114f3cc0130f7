// @ts-check
/**
 * One step with a bug and without it: gradients, moves, and what the bug itself touches.
 *
 * @import { BugBorders, BugEvidence, BugLabel, BugPart, BugRow } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, precise, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { signs } from "../../../kit/text/spelled.js";
import { html, nothing } from "../../../vendor/lit.js";
import { about, BUGS, choices } from "./named.js";

const HEIGHT = 220;
/** Pixels of the map of a row at most. */
const WIDEST = 512;

/** @type {View<BugEvidence>} */
export function evidence(data, ctx) {
  return html`
    ${choices(ctx)}
    <p class="readout lead">${BUGS[data.bug].says} ${said(data)}</p>
    ${about(data.bug)}
    ${own(data, ctx)}
    <h3 class="sub3">Step ${data.opened}, part by part <small>right → wrong</small></h3>
    ${parts(data)}
    <p class="hint">Norms are over all weights of a part; gradients are clipped to a common norm of 1. “Apart” is the
      norm of the difference by that of the right one. Before the step both are one training without the bug.
      ${BUGS[data.bug].where}</p>`;
}

/** @param {BugEvidence} data @returns {Row[]} */
export const rows = ({ bug, opened, parts: all }) =>
  all.map((part) => ({
    bug,
    step: opened,
    part: part.name,
    weights: part.weights,
    gradient_right: part.gradients[0],
    gradient_wrong: part.gradients[1],
    gradient_apart: part.gradient_apart,
    cosine: part.cosine,
    moved_right: part.moved[0],
    moved_wrong: part.moved[1],
    moved_apart: part.moved_apart,
    changed_right: part.changed[0],
    changed_wrong: part.changed[1],
    decay_right: part.decay[0],
    decay_wrong: part.decay[1],
  }));

/** @param {BugEvidence} data */
function said({ bug, parts: all, losses, rows: batch, labels, borders, rates, weight_decay }) {
  const sum = (/** @type {0 | 1} */ which) => all.reduce((total, { changed }) => total + changed[which], 0);
  const part = (/** @type {string} */ name) => /** @type {BugPart} */ (all.find((each) => each.name === name));
  switch (bug) {
    case "accumulation": {
      const few = batch.reduce((one, other) => (other.tokens < one.tokens ? other : one));
      return html`A token of the shortest row (${whole(few.tokens)} bytes) counts
        <b>${decimal(few.wrong / few.right, 1)} times</b> what it should; the loss is reported as
        ${decimal(losses[1], 3)} in place of ${decimal(losses[0], 3)} nats.`;
    }
    case "warmup":
      return html`Step 1 changes <b>${whole(sum(0))}</b> weights, and with the bug <b>${whole(sum(1))}</b>.`;
    case "shift":
      return html`The first position reads “${byte(labels[0].id)}” and is asked for <b>“${byte(labels[0].wrong)}”</b>
        in place of “${byte(labels[0].right)}”.`;
    case "packing":
      return borders
        ? html`<b>${percent(borders.pairs / borders.all_pairs, 0)}</b> of the batch’s pairs of query and key lie over a
          border (${whole(borders.pairs)} of ${whole(borders.all_pairs)}).`
        : nothing;
    case "everything":
      return html`One step shrinks the gains by <b>${precise(part("gains").decay[1])}</b> more than their gradient
        asks. Of the embedding it moves <b>${whole(part("embedding").changed[1])}</b> weights in place of
        ${whole(part("embedding").changed[0])}.`;
    case "inside":
      return html`A wd of ${weight_decay} changes a step of the feed-forward matrices by
        <b>${precise(part("feed-forward").decay[1])}</b> of their norm in place of
        ${precise(part("feed-forward").decay[0])}.`;
    default:
      return html`At a rate of ${scientific(rates[0])} the matrices of attention are still decayed by
        <b>${precise(part("attention").decay[1])}</b> of their norm in place of
        ${precise(part("attention").decay[0])}.`;
  }
}

/** What the bug touches. @param {BugEvidence} data @param {ViewContext<any>} ctx */
function own(data, ctx) {
  if (data.rows.length) return batch(data.rows);
  if (data.labels.length) return labelled(data.labels);
  if (data.warmup.length) return warmup(data.warmup);
  return data.borders ? borders(data.borders, ctx) : nothing;
}

/** @param {BugEvidence} data */
function parts({ parts: all }) {
  const both = (
    /** @type {readonly [number, number]} */ [right, wrong],
    /** @type {(n: number) => string} */ format,
  ) => (format(right) === format(wrong) ? format(right) : html`${format(right)} → <b>${format(wrong)}</b>`);
  return table({
    label: "The step part by part, right and wrong",
    columns: [
      { name: "part", cell: (/** @type {BugPart} */ { name }) => name },
      { name: "weights", number: true, cell: ({ weights }) => whole(weights) },
      { name: "gradient, norm", number: true, cell: ({ gradients }) => both(gradients, (each) => decimal(each, 3)) },
      { name: "apart", number: true, cell: ({ gradient_apart: apart }) => percent(apart, 1) },
      {
        name: "cosine",
        number: true,
        title: "Of the two gradients",
        cell: ({ cosine }) => decimal(cosine, 3),
      },
      { name: "moved, norm", number: true, cell: ({ moved }) => both(moved, (each) => decimal(each, 4)) },
      { name: "apart", number: true, cell: ({ moved_apart: apart }) => percent(apart, 1) },
      {
        name: "changed",
        number: true,
        title: "Weights that are others after the step",
        cell: ({ changed }) => both(changed, whole),
      },
      {
        name: "decay",
        number: true,
        title: "What weight decay changes of this step, by the norm of the weights",
        cell: ({ decay }) => both(decay, precise),
      },
    ],
    rows: all,
  });
}

/** @param {BugRow[]} all */
function batch(all) {
  const tokens = all.reduce((sum, each) => sum + each.tokens, 0);
  return html`
    <h3 class="sub3">The rows of the batch</h3>
    ${table({
      label: "Rows of the batch, and what each counts for",
      columns: [
        { name: "row", number: true, cell: (/** @type {BugRow} */ _, at) => at + 1 },
        { name: "targets", number: true, cell: ({ tokens: own }) => whole(own) },
        { name: "mean loss, nats", number: true, cell: ({ loss }) => decimal(loss, 3) },
        { name: "counts for, right", number: true, cell: ({ tokens: own }) => percent(own / tokens, 1) },
        { name: "wrong", number: true, cell: ({ tokens: own, wrong }) => percent(own * wrong, 1) },
        { name: "a token, wrong by right", number: true, cell: ({ right, wrong }) => `× ${decimal(wrong / right, 2)}` },
      ],
      rows: all,
    })}`;
}

/** @param {BugLabel[]} all */
const labelled = (all) => html`
  <h3 class="sub3">What each position is asked for</h3>
  <ol class="asked" role="region" tabindex="0" aria-label="Positions of a row: byte read, label right, label wrong">
    ${all.map(
      ({ id, right, wrong, right_nats, wrong_nats }) => html`
        <li title="loss ${decimal(right_nats, 2)} nats right, ${decimal(wrong_nats, 2)} wrong">
          <bdi>${byte(id)}</bdi><bdi class="right">${byte(right)}</bdi><bdi class="wrong">${byte(wrong)}</bdi>
        </li>`,
    )}
  </ol>
  ${legend([
    ["read", "byte read"],
    ["right", "label, right"],
    ["wrong", "label, wrong"],
  ])}`;

/** @param {[number, number][]} rates */
function warmup(rates) {
  const x = rates.map((_, at) => at + 1);
  const of = (/** @type {0 | 1} */ which) => rates.map((pair) => pair[which]);
  const line = { x, mode: "lines+markers", size: 6, hover: "%{y:.2e} at step %{x}<extra></extra>" };
  return html`
    <h3 class="sub3">Learning rate of the first steps</h3>
    ${plot({
      label: "Learning rate of the first steps, right and wrong; arrow keys walk the steps",
      height: HEIGHT,
      traces: [
        { ...line, y: of(0), name: "right", color: "ink" },
        { ...line, y: of(1), name: "wrong", color: "neg", dash: "dash", symbol: "square" },
      ],
      x: { title: "step", dtick: 2 },
      y: { title: "learning rate" },
      margin: { r: 14, t: 34 },
    })}`;
}

/** @param {BugBorders} made @param {ViewContext<any>} ctx */
function borders({ ids, documents, pattern, over }, ctx) {
  const n = ids.length;
  const side = Math.min(WIDEST, ctx.width);
  const [inside, outside] = [ramp("ink"), ramp("neg")];
  const weight = (/** @type {number} */ row, /** @type {number} */ column) => pattern.a[row * n + column];
  const later = over.a.filter((_, at) => documents[at] > 0);
  const mean = later.reduce((sum, each) => sum + each, 0) / Math.max(1, later.length);
  return html`
    <h3 class="sub3">Who reads whom in one row, without the mask</h3>
    <p class="readout">Of the attention of all documents but the first, <b>${percent(mean, 0)}</b> goes to documents
      before them: mean over heads and blocks.</p>
    ${legend([
      [{ color: "ink" }, "within a document"],
      [{ color: "neg" }, "over a border: the mask forbids it"],
    ])}
    ${matrix({
      rows: n,
      columns: n,
      width: side,
      height: side,
      pixels: true,
      colour: (row, column) =>
        column > row ? null : (documents[row] === documents[column] ? inside : outside)(Math.sqrt(weight(row, column))),
      of: [pattern],
      label: `Attention among the ${n} bytes of a row of ${documents[n - 1] + 1} documents`,
      told: ({ row, column }) =>
        column > row
          ? null
          : {
              title: `byte ${row}, “${byte(ids[row])}”, document ${documents[row] + 1}`,
              details: [
                [
                  `reads byte ${column}, “${byte(ids[column])}”, document ${documents[column] + 1}`,
                  percent(weight(row, column), 2),
                ],
              ],
            },
    })}
    <p class="hint">Colour: root of the attention weight. A row is the byte that reads, a column the one that is
      read.</p>`;
}

/** @param {number} id */
const byte = (id) => (id === 0 ? "⟨begin⟩" : id < 128 ? signs(String.fromCharCode(id)) : `0x${id.toString(16)}`);
