// @ts-check
/**
 * Which rank holds which part of which unit: weights, gradients and optimizer, each unit cut as often as there are
 * ranks.
 *
 * @import { ParallelMoment, ParallelStage, ParallelStep } from "../../../types/systems"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { html } from "../../../vendor/lit.js";
import { unitName } from "./named.js";

const ROW = 15;
const GROUP = 62;
const LABEL = 132;

/** @param {{ data: ParallelStep, stage: ParallelStage, moment: ParallelMoment, width: number }} at */
export function slots({ data, stage, moment, width }) {
  const { ranks, units } = data;
  const cells = Array.from({ length: ranks }, (_, rank) =>
    lines(stage.stage, moment).map((line) => ({ rank, ...line })),
  ).flat();
  const cell = (width - LABEL) / units.length;
  const short = cell < 56;
  return html`
    ${picture({
      label: `What each of ${ranks} ranks holds of ${units.length} units`,
      width,
      height: ranks * GROUP + 24,
      marks: [
        units.map((unit, number) =>
          text({
            x: LABEL + (number + 0.5) * cell,
            y: 12,
            text: short ? shortened(unit) : unitName(unit),
            anchor: "middle",
            className: "dim",
          }),
        ),
        items({
          data: cells,
          told: ({ rank, name, of }) => ({
            title: `Rank ${rank}: ${name}`,
            lines: units.map(
              (unit) => /** @type {[string, string]} */ ([unitName(unit), words(of(unit), rank, ranks)]),
            ),
          }),
          marks: ({ rank, name, of, color }, number) => {
            const line = number % 3;
            const y = 22 + rank * GROUP + line * ROW;
            return [
              line === 0 ? text({ x: 0, y: y + 9, text: `Rank ${rank}`, className: "h" }) : false,
              text({ x: 52, y: y + 9, text: name, className: "dim" }),
              units.map((unit, column) =>
                Array.from({ length: ranks }, (_, part) => {
                  const has = of(unit) === "whole" || (of(unit) === "part" && part === rank);
                  const wide = (cell - 6) / ranks;
                  const from = LABEL + column * cell + part * wide;
                  return bar({
                    x: [from, from + wide - 1],
                    y: [y, y + ROW - 4],
                    color: has ? color : "sunken",
                    rx: 1,
                  });
                }),
              ),
            ];
          },
        }),
      ],
    })}
    ${legend([
      [{ color: "river-deep" }, "holds the weights"],
      [{ color: "prob" }, "holds the gradient"],
      [{ color: "ink3" }, "holds the optimizer’s state"],
      [{ color: "sunken" }, "another rank holds it, or none"],
    ])}`;
}

/** @param {number} stage @param {ParallelMoment} moment */
function lines(stage, moment) {
  const summed = new Set(moment.summed);
  return [
    {
      name: "weights",
      color: "river-deep",
      of: (/** @type {string} */ unit) => (moment.whole.includes(unit) ? "whole" : "part"),
    },
    {
      name: "gradient",
      color: "prob",
      of: (/** @type {string} */ unit) =>
        moment.summing.includes(unit) ? "whole" : summed.has(unit) ? "part" : "none",
    },
    { name: "optimizer", color: "ink3", of: () => (stage ? "part" : "whole") },
  ];
}

/** @param {string} has @param {number} rank @param {number} ranks */
const words = (has, rank, ranks) =>
  has === "whole" ? "whole" : has === "part" ? `part ${rank + 1} of ${ranks}` : "nothing";

/** @param {string} unit */
const shortened = (unit) =>
  unit === "embed" ? "emb" : unit === "ln_final" ? "norm" : unit.startsWith("blocks.") ? unit.slice(7) : unit;
