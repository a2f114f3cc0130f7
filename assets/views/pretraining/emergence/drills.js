// @ts-check
/**
 * What both views share.
 *
 * @import { EmergenceDrill, EmergenceDrills, EmergenceRun } from "../../../types/pretraining"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { parameters } from "../../../kit/numbers/magnitude.js";

/** @param {EmergenceDrills} data @param {ViewContext} ctx @returns {EmergenceDrill} */
export const chosenOf = ({ drills }, ctx) => drills.find(({ kind }) => kind === ctx.controls.drill) ?? drills[0];

/** @param {EmergenceRun} run */
export const nameOf = ({ parameters: count, tokens }) =>
  `${parameters(count)} parameters, ${parameters(tokens)} tokens`;

/** A row a run and drill. @param {EmergenceDrills} data @returns {Row[]} */
export const flat = ({ drills }) =>
  drills.flatMap(({ kind, runs }) =>
    runs.map(({ exact, ...run }) => ({
      drill: kind,
      ...run,
      ...Object.fromEntries(exact.map((share, at) => [`exact_${at + 1}`, share])),
    })),
  );
