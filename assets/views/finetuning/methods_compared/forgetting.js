// @ts-check
/**
 * What else each method changed: the divergence from the base by kind of text, and beside what was learnt.
 *
 * @import { MethodRow, MethodsCompared } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { dot, labels } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { budget, more, nats, settings, spread, verdict } from "./parts.js";

const HEIGHT = 320;

/** @type {View<MethodsCompared>} */
export function forgetting(data, ctx) {
  return html`
    ${settings(ctx, "against")}
    <p class="readout lead">${said(data)}</p>
    ${chart(data, ctx.width)}
    ${table({
      label: "KL from the base by kind of text",
      columns: [
        { name: "method", cell: ({ title }) => title },
        ...data.kinds.map((kind, at) => ({
          name: kind,
          number: true,
          cell: (/** @type {MethodRow} */ each) => spread(each.kinds[at], nats),
        })),
        { name: "mean", number: true, cell: ({ changed }) => spread(changed, nats) },
        { name: `mean, less ${data.against}`, cell: (each) => verdict(each.changed_difference, data, more) },
      ],
      rows: [...data.methods],
    })}
    <p class="hint">KL(base | fine-tuned) of the next token, in nats, the mean of the tokens of two passages of each
      kind. 0 is the base’s own distributions. It says how far they moved, not whether they got worse. QLoRA’s includes
      what the rounding to NF4 moved. ${budget(data)}</p>`;
}

/** @param {MethodsCompared} data */
function said(data) {
  const most = data.methods.filter(({ changed }) => Number.isFinite(changed.mean));
  const [first] = most.toSorted((one, other) => other.changed.mean - one.changed.mean);
  const last = most.toSorted((one, other) => one.changed.mean - other.changed.mean)[0];
  if (!first || !last) return "No training ended with a number.";
  return html`On texts that were not trained on, the next-token distributions moved too: by a mean KL of
    <b>${nats(last.changed.mean)}</b> nats (${last.title}) to <b>${nats(first.changed.mean)}</b> (${first.title}).`;
}

/** @param {MethodsCompared} data @param {number} width */
function chart({ methods }, width) {
  const shown = methods.filter(({ loss, changed }) => Number.isFinite(loss.mean) && Number.isFinite(changed.mean));
  const x = (/** @type {MethodRow} */ { changed }) => changed.mean;
  const y = (/** @type {MethodRow} */ { loss }) => loss.mean;
  const room = (/** @type {number[]} */ values) => Math.max(...values, 1e-6) * 1.12;
  return picture({
    label: `Held-out loss over KL from the base: ${shown
      .map((each) => `${each.title} ${nats(y(each))} at ${nats(x(each))}`)
      .join("; ")}`,
    width,
    height: HEIGHT,
    margin: { left: 50, right: 60, top: 26, bottom: 44 },
    x: [0, room(shown.map(x))],
    y: [0, room(shown.map(y))],
    left: { title: "held-out loss, nats", format: nats },
    bottom: { title: "KL from the base, mean of all kinds, nats", format: nats },
    marks: [
      dot({ data: shown, x, y, r: 4, color: "prob" }),
      labels({ data: shown, x, y, text: (/** @type {MethodRow} */ { title }) => title }),
    ],
  });
}

/** @param {MethodsCompared} data @returns {Row[]} */
export const rows = ({ methods, kinds, seeds }) =>
  methods.flatMap((each) =>
    seeds.flatMap((seed, at) =>
      kinds.map((kind, of) => ({ method: each.title, seed, kind, kl: each.kinds[of].each[at] })),
    ),
  );
