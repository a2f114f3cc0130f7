// @ts-check
/**
 * Exact match of the first L tokens over the share of tokens that are right, beside p^L.
 *
 * @import { EmergenceDrill, EmergenceDrills, EmergencePoint } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { percent, signed } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { chosenOf, exactOf, flat } from "./drills.js";

const HEIGHT = 380;
const COLOURS = ["ink2", "neg", "prob", "pos"];
const STEPS = Array.from({ length: 101 }, (_, at) => at / 100);
/** Where tokens are neither nearly all wrong nor nearly all right. */
const BETWEEN = [0.3, 0.97];

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
    <p class="hint">p is the share of tokens that are right over all places of the answer. The first tokens may be
      easier or
      harder than the rest: then a dot lies beside its line, as it does where tokens are not independent.</p>`;
}

/** @param {EmergenceDrills} data @returns {Row[]} */
export const rows = flat;

/** @param {EmergencePoint} point */
const chance = ({ right, exact }) => right ** exact.length;

/** @param {EmergenceDrill} drill */
function said({ models, answer }) {
  const between = models
    .flatMap(({ points }) => [...points])
    .filter(({ right }) => right > BETWEEN[0] && right < BETWEEN[1]);
  const few = `the share of right tokens lies between ${percent(BETWEEN[0], 0)} and ${percent(BETWEEN[1], 0)}`;
  if (!between.length) return html`At no place ${few}: nothing can be said of whole answers here.`;
  const found = mean(between, exactOf) ?? 0;
  const off = found - (mean(between, chance) ?? 0);
  return html`At ${between.length} places ${few}. Exact match of ${answer.length} tokens is ${percent(found, 0)} there
    on
    average, ${signed(100 * off, 0)} percentage points from p^${answer.length}${
      off > 0.02
        ? html`: <b>right tokens come together</b>, more whole answers are known than chance would make.`
        : off < -0.02
          ? ": some places of the answer are much harder than others."
          : ": about as if each token were right or wrong by itself."
    }`;
}

/** One, about a third, about two thirds, all. @param {number} count */
const lengthsOf = (count) => [...new Set([1, Math.max(2, Math.round(count / 3)), Math.round((2 * count) / 3), count])];

/** @param {EmergenceDrill} drill @param {number[]} lengths @param {number} width */
function chart({ models }, lengths, width) {
  const places = models.flatMap(({ points, parameters: count }) =>
    points.flatMap((point) => lengths.map((each, at) => ({ point, count, each, at }))),
  );
  return picture({
    label: "Exact match of the first tokens by the share of tokens that are right, with p^L; arrow keys walk",
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
        data: places,
        told: ({ point, count, each }) => ({
          title: `${parameters(count)} parameters, ${parameters(point.tokens)} tokens`,
          lines: [
            [`the first ${each}`, percent(point.exact[each - 1])],
            [`p^${each}`, percent(point.right ** each)],
          ],
        }),
        key: ({ point, count, each }) => `${count} ${point.tokens} ${each}`,
        marks: ({ point, each, at }) => dot({ x: point.right, y: point.exact[each - 1], r: 3.5, color: COLOURS[at] }),
      }),
    ],
  });
}
