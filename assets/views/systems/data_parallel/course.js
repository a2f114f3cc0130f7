// @ts-check
/**
 * A rank's memory over the moments of a step: bars of five parts, the collectives above, the formula as a line.
 *
 * @import { ParallelStage, ParallelStep } from "../../../types/systems"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { happened, PARTS, total } from "./named.js";

/** @type {Record<string, string>} */
const TRIANGLES = { gather: "▽", reduce: "△" };

/**
 * @param {{ data: ParallelStep, stage: ParallelStage, moment: number, choose: (to: number) => void, width: number }} at
 */
export function course({ data, stage, moment, choose, width }) {
  const most = Math.max(...data.stages.flatMap(({ moments }) => moments.map(({ held }) => total(held[0]))));
  const formula = total(stage.formula_held);
  const count = stage.moments.length;
  return html`
    ${picture({
      label: `Memory of rank 0 over ${count} moments; left and right change the moment`,
      width,
      height: 250,
      margin: { left: 58, right: 12, top: 26, bottom: 22 },
      x: [0, count],
      y: [0, most],
      left: { format: memory, count: 4 },
      walk: { at: moment, count, choose },
      marks: [
        items({
          data: stage.moments,
          told: (each) => ({
            title: happened(each),
            lines: [
              ...PARTS.filter(({ name }) => each.held[0][name]).map(
                ({ name, title }) => /** @type {[string, string]} */ ([title, memory(each.held[0][name])]),
              ),
              ["in all", memory(total(each.held[0]))],
            ],
          }),
          press: (_, number) => choose(number),
          chosen: (_, number) => number === moment,
          hit: (_, number) => ({ x: [number, number + 1] }),
          marks: (each, number) => [
            stacked(each.held[0]).map(({ color, from, to }) =>
              bar({ x: [number, number + 1], y: [from, to], color, gap: 0.5 }),
            ),
            text({
              x: number + 0.5,
              y: most,
              dy: -8,
              text: number === moment ? "▼" : (TRIANGLES[each.kind] ?? ""),
              anchor: "middle",
              className: number === moment ? "ink" : "dim",
            }),
          ],
        }),
        rule({ y: formula, color: "ink", dash: "4 3" }),
      ],
    })}
    ${legend([
      ...PARTS.map(({ color, title }) => /** @type {[{ color: string }, string]} */ ([{ color }, title])),
      [
        { color: "ink", shape: "line", dash: true },
        `formula at the end of the backward pass, activations apart: ${memory(formula)}`,
      ],
    ])}`;
}

/** @param {ParallelStage["moments"][number]["held"][number]} held */
function stacked(held) {
  let from = 0;
  return PARTS.map(({ name, color }) => {
    const part = { color, from, to: from + held[name] };
    from = part.to;
    return part;
  }).filter((part) => part.to > part.from);
}
