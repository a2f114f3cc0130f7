// @ts-check
/**
 * What both views share.
 *
 * @import { EmergenceDrill, EmergenceDrills, EmergencePoint } from "../../../types/pretraining"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

const COLOURS = ["ink2", "neg", "prob", "pos", "river-deep", "ink3"];

/** The smallest model first. @param {number} at */
export const colourOf = (at) => COLOURS[at % COLOURS.length];

/** @param {EmergenceDrills} data @param {ViewContext<any, any>} ctx @returns {EmergenceDrill} */
export const chosenOf = ({ drills }, ctx) => drills.find(({ kind }) => kind === ctx.controls.drill) ?? drills[0];

/** All tokens of the answer. @param {EmergencePoint} point */
export const exactOf = ({ exact }) => exact[exact.length - 1];

/** A row a model, place and drill. @param {EmergenceDrills} data @returns {Row[]} */
export const flat = ({ drills }) =>
  drills.flatMap(({ kind, models }) =>
    models.flatMap(({ parameters, points }) =>
      points.map(({ exact, ...point }) => ({
        drill: kind,
        parameters,
        ...point,
        ...Object.fromEntries(exact.map((share, at) => [`exact_${at + 1}`, share])),
      })),
    ),
  );
