// @ts-check
/**
 * Published figures beside the calculator's, and the error of each on one scale.
 *
 * @import { PublishedTraining, PublishedTrainings } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ at: number }} Kept
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { power, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { max, min } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const STEP = 26;
/** Below this width a name stands above its dot. */
const NARROW = 600;
const ROOM = 0.015;
/** As many as the longest printed figure has. */
const DIGITS = 4;

/** @type {View<PublishedTrainings, Kept>} */
export function published({ rows: all }, ctx) {
  const shown = all.filter(({ error }) => error !== null);
  const chosen = all[ctx.kept.at ?? all.findIndex(({ model }) => model.endsWith("all hours"))] ?? all[0];
  const choose = (/** @type {PublishedTraining} */ each) => ctx.keep({ at: all.indexOf(each) });
  return html`
    ${errors(shown, chosen, choose, ctx.width)}
    ${legend([
      [{ color: "river-deep", shape: "dot" }, "all inputs are printed"],
      [{ color: "prob", shape: "dot" }, "the figure counts something else, or an input is rounded or from memory"],
    ])}
    <p class="readout lead"><b>${chosen.model}</b>, ${chosen.what}: ${chosen.formula} =
      <b>${amount(chosen.calculated)}</b>${said(chosen)} ${chosen.note} ${chosen.source}.</p>
    ${table({
      label: "Published trainings beside the calculator; choose one",
      columns: [
        { name: "training", cell: ({ model }) => model },
        { name: "what", cell: ({ what }) => what },
        { name: "calculated", number: true, cell: ({ calculated }) => amount(calculated) },
        { name: "published", number: true, cell: (each) => printed(each) },
        { name: "error", number: true, cell: ({ error }) => (error === null ? "" : `${signed(100 * error, 1)} %`) },
        { name: "what it counts", className: "from", cell: ({ note }) => note },
        { name: "source", className: "from", cell: ({ source }) => source },
      ],
      rows: [...all],
      selected: (each) => each === chosen,
      select: choose,
    })}`;
}

/** @param {PublishedTrainings} data @returns {Row[]} */
export const rows = (data) => data.rows.map((each) => ({ ...each }));

/** @param {PublishedTraining} each */
const said = ({ published: stated }) => (stated === null ? "." : `; published: ${amount(stated)}.`);

/** @param {PublishedTraining} each */
const printed = ({ published: stated }) => (stated === null ? "nothing" : amount(stated));

/** @param {number} value */
const amount = (value) => (value >= 1e9 ? power(value) : String(Number(value.toPrecision(DIGITS))));

/**
 * A dot for each figure, right of the line where the calculator says more.
 * @param {PublishedTraining[]} shown
 * @param {PublishedTraining} chosen
 * @param {(each: PublishedTraining) => void} choose
 * @param {number} width
 */
function errors(shown, chosen, choose, width) {
  const narrow = width < NARROW;
  const step = narrow ? STEP * 1.5 : STEP;
  const names = narrow ? 8 : 16 + Number(max(shown, ({ model }) => 1.08 * textWidth(model)));
  const low = Number(min(shown, ({ error }) => error ?? 0)) - ROOM;
  const high = Number(max(shown, ({ error }) => error ?? 0)) + ROOM;
  const top = 24;
  const height = top + shown.length * step + 40;
  return picture({
    label: "Calculated over published, less one, of each training; arrow keys walk them",
    width,
    height,
    margin: { left: names, right: 24, top, bottom: 40 },
    x: [low, high],
    bottom: { title: "calculated against published", format: (value) => `${signed(100 * value, 0)} %`, grid: true },
    marks: [
      rule({ x: 0, color: "ink", label: ["as published"] }),
      items({
        data: shown,
        told: (each) => ({
          title: each.model,
          lines: [
            ["calculated", `${amount(each.calculated)} ${each.what}`],
            ["published", printed(each)],
            ["error", `${signed(100 * Number(each.error), 2)} %`],
          ],
        }),
        press: choose,
        chosen: (each) => each === chosen,
        key: ({ model }) => model,
        hit: (_, at) => ({ y: top + (at + 0.5) * step, thick: step }),
        marks(each, at) {
          const y = top + (at + (narrow ? 0.72 : 0.5)) * step;
          return [
            text({
              ...{ x: low, y: narrow ? y - 17 : y, dx: narrow ? 0 : -10, anchor: narrow ? "start" : "end" },
              ...{ text: each.model, className: "haloed" },
            }),
            rule({ x: [Math.min(0, Number(each.error)), Math.max(0, Number(each.error))], y, color: "line2" }),
            dot({ x: Number(each.error), y, r: 5, color: each.met ? "river-deep" : "prob" }),
          ];
        },
      }),
    ],
  });
}
