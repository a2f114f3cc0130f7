// @ts-check
/**
 * Under what something was recorded, in one wording wherever a record is shown.
 *
 * @import { MeasuredUnder } from "../../types/safety"
 */
import { html } from "../../vendor/lit.js";
import { counted } from "./format.js";

/** @param {MeasuredUnder} under */
export const recordedOn = ({ machine, date, seconds }) =>
  html`Recorded on ${date} in ${counted(Math.max(1, Math.round(seconds / 60)), "minute")} of processor (${machine}).`;
