// @ts-check
/**
 * Exact match of the first L tokens over the share of tokens that are right, beside p^L.
 *
 * @import { EmergenceDrill, EmergenceDrills } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { chosenOf, flat, nameOf } from "./drills.js";

const HEIGHT = 380;
const COLOURS = ["ink3", "river-deep", "pos", "prob"];
const STEPS = Array.from({ length: 101 }, (_, at) => at / 100);

/** @type {View<EmergenceDrills>} */
export function length(data, ctx) {
  const drill = chosenOf(data, ctx);
  const lengths = lengthsOf(drill.answer.length);
  return html`
    <div class="settings-row">${control(ctx, "drill")}</div>
    <p class="readout lead">${said(drill)}</p>
    ${chart(drill, lengths, ctx.width)}
    ${legend(
      lengths.map((each, at) => [
        { color: COLOURS[at], shape: "dot" },
        each === 1 ? "the first token" : `the first ${each} tokens`,
      ]),
    )}
    ${table({
      label: "Runs, their tokens and their answers",
      columns: [
        { name: "run", cell: nameOf },
        { name: "tokens right, p", number: true, cell: ({ right }) => percent(right) },
        { name: `p to the power of ${drill.answer.length}`, number: true, cell: (run) => percent(whole(run)) },
        { name: "exact match", number: true, cell: (run) => percent(run.exact[run.exact.length - 1]) },
      ],
      rows: [...drill.runs],
    })}
    <p class="hint">p is the share of tokens that are right over all places of the answer. The first L tokens may be easier
      or harder than the rest: then a run lies beside its line, as it does where tokens are not independent.</p>`;
}

/** @param {EmergenceDrills} data @returns {Row[]} */
export const rows = flat;

/** @param {EmergenceDrill["runs"][number]} run */
const whole = ({ right, exact }) => right ** exact.length;

/** @param {EmergenceDrill} drill */
function said({ runs, answer }) {
  const off = mean(runs, (run) => run.exact[run.exact.length - 1] - whole(run)) ?? 0;
  const far = Math.abs(off) > 0.02;
  return html`Of answers of ${answer.length} tokens, exact match lies ${signed(100 * off, 1)} percentage points from p to
    the power of ${answer.length}, on average over ${runs.length} runs${
      far
        ? off > 0
          ? ": above. Right tokens come together, so an answer is known as a whole more often than chance would have it."
          : ": below. Some places of the answer are hard for every drill."
        : ": as if each token were right or wrong by itself."
    }`;
}

/** One, about a third, about two thirds, all. @param {number} count */
const lengthsOf = (count) => [...new Set([1, Math.max(2, Math.round(count / 3)), Math.round((2 * count) / 3), count])];

/** @param {EmergenceDrill} drill @param {number[]} lengths @param {number} width */
function chart({ runs }, lengths, width) {
  const points = runs.flatMap((run) => lengths.map((each, at) => ({ run, each, at })));
  return picture({
    label: "Exact match of the first tokens by the share of tokens that are right, with p^L; arrow keys walk the runs",
    width,
    height: HEIGHT,
    margin: { left: 46, right: 16, top: 12, bottom: 46 },
    x: [0, 1],
    y: [0, 1],
    left: { title: "exact match", format: (value) => percent(value, 0) },
    bottom: { title: "p: share of tokens that are right", format: (value) => percent(value, 0) },
    marks: [
      ...lengths.map((each, at) =>
        line({ data: STEPS, x: Number, y: (p) => p ** each, color: COLOURS[at], dash: "4 3" }),
      ),
      items({
        data: points,
        told: ({ run, each }) => ({
          title: nameOf(run),
          lines: [
            [`the first ${each}`, percent(run.exact[each - 1])],
            [`p to the power of ${each}`, percent(run.right ** each)],
          ],
        }),
        key: ({ run, each }) => `${run.name} ${each}`,
        marks: ({ run, each, at }) => dot({ x: run.right, y: run.exact[each - 1], r: 4, color: COLOURS[at] }),
      }),
    ],
  });
}
