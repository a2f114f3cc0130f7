// @ts-check
/**
 * How a long prompt is read: whole, or in chunks of so many tokens.
 *
 * @import { ChunkedPrefill } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
export const WHOLE = 0;

/** @param {number} chunk */
export const reading = (chunk) => (chunk === WHOLE ? "whole" : `chunks of ${chunk}`);

/** @param {ChunkedPrefill} data @param {ViewContext} ctx */
export function chosenChunk({ chunks }, ctx) {
  const said = Number(ctx.controls.chunk);
  return chunks.includes(said) && said !== WHOLE ? said : (chunks.filter((chunk) => chunk !== WHOLE).at(-1) ?? WHOLE);
}
