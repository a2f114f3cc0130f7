// @ts-check
/**
 * The stages in numbers, and the collectives of one of them.
 *
 * @import { ParallelCollective, ParallelStage, ParallelStep } from "../../../types/systems"
 */
import { decimal, scientific, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { STAGES, total } from "./named.js";

/** @param {ParallelStep} data @param {ParallelStage} chosen @param {(stage: number) => void} choose */
export function compared(data, chosen, choose) {
  return table({
    label: "The stages in numbers",
    columns: [
      { name: "stage", cell: (/** @type {ParallelStage} */ { stage }) => STAGES[stage] },
      { name: "bytes a weight", title: "FORMULA", number: true, cell: ({ a_weight }) => decimal(a_weight) },
      {
        name: "by formula",
        number: true,
        title: "Weights, gradients, optimizer",
        cell: ({ formula_held }) => memory(total(formula_held)),
      },
      {
        name: "held",
        number: true,
        title: "MEASURED at the end of the backward pass",
        cell: (each) => memory(ready(each)),
      },
      { name: "peak", number: true, title: "MEASURED, activations too", cell: (each) => memory(peak(each)) },
      { name: "sent by a rank", number: true, cell: ({ sent }) => memory(sent[0]) },
      {
        name: "crossed the socket",
        number: true,
        cell: ({ socket }) => (socket === null ? "not measured" : memory(socket)),
      },
      { name: "loss − one process’s", number: true, cell: ({ loss }) => scientific(loss - data.alone) },
      {
        name: "gradient’s error",
        number: true,
        title: "Of the worst unit, relative to one process’s",
        cell: ({ error }) => scientific(error),
      },
    ],
    rows: data.stages,
    selected: (each) => each === chosen,
    select: ({ stage }) => choose(stage),
  });
}

/** @param {ParallelStage} stage */
const ready = (stage) => total(stage.moments.find(({ kind }) => kind === "ready")?.held[0] ?? stage.moments[0].held[0]);

/** @param {ParallelStage} stage */
const peak = (stage) => Math.max(...stage.moments.map(({ held }) => total(held[0])));

/** The collectives of each kind together. @param {ParallelStage} stage @param {ParallelStep} data */
export function collectives(stage, { ranks }) {
  const kinds = [...new Set(stage.collectives.map(({ name }) => name))].map((name) => {
    const all = stage.collectives.filter((each) => each.name === name);
    const sum = (/** @type {(each: ParallelCollective) => number} */ of) => all.reduce((so, each) => so + of(each), 0);
    const measured = all.every(({ socket }) => socket !== null);
    return {
      ...{ name, times: all.length, bytes: sum((each) => each.bytes), formula: ranks * sum((each) => each.formula) },
      socket: measured ? sum(({ socket }) => socket ?? 0) : null,
    };
  });
  return table({
    label: "Collectives of the step",
    columns: [
      { name: "collective", cell: ({ name }) => name },
      { name: "times", number: true, cell: ({ times }) => whole(times) },
      { name: "logical bytes", number: true, title: "Of the whole tensors", cell: ({ bytes }) => memory(bytes) },
      { name: "by formula, all ranks", number: true, cell: ({ formula }) => memory(formula) },
      {
        name: "crossed the socket",
        number: true,
        cell: ({ socket }) => (socket === null ? "not measured" : memory(socket)),
      },
      {
        name: "beyond",
        number: true,
        title: "Headers",
        cell: ({ formula, socket }) => (socket === null ? "" : formula < 1e4 ? "" : beyond(socket / formula - 1)),
      },
    ],
    rows: kinds,
  });
}

/** @param {number} share */
const beyond = (share) => `${decimal(100 * share, 2)} %`;
