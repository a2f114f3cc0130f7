// @ts-check
/**
 * What the values of a link mean: as the server reads them (`explorer/panels/controls.py`), by the same declaration.
 *
 * @import { ControlSpec } from "../../shell/protocol"
 * @import { Controls } from "../view"
 */

/**
 * The controls of a panel with their values: what the link says, or else the default; nothing where the view decides.
 * @param {readonly ControlSpec[]} specs
 * @param {Readonly<Controls>} said
 * @returns {Controls}
 */
export const settled = (specs, said) => ({
  ...said,
  ...Object.fromEntries(specs.map((spec) => [spec.name, meantBy(spec, said[spec.name])])),
});

/**
 * @param {ControlSpec} spec
 * @param {string | number | undefined} said
 * @returns {string | number | undefined}
 */
export function meantBy(spec, said) {
  const { kind, choices = [], longest } = spec;
  const usual = spec.default ?? undefined;
  if (kind === "whole" || kind === "real") return numberOf(spec, said);
  if (said === undefined || (said === "" && kind !== "text")) return usual;
  if (kind === "choice") return choices.find(([value]) => String(value) === String(said))?.[0] ?? usual;
  return longest ? String(said).slice(0, longest) : said;
}

/** @param {ControlSpec} spec @param {string | number | undefined} said */
function numberOf(spec, said) {
  const { kind, choices = [], low = null, high = null, ranged } = spec;
  const value = [said, spec.default].map(numeric).find((each) => each !== undefined);
  if (value === undefined) return undefined;
  const near = ranged
    ? Math.min(Math.max(value, low ?? Number.NEGATIVE_INFINITY), high ?? Number.POSITIVE_INFINITY)
    : nearest(
        value,
        choices.map(([each]) => Number(each)),
      );
  return kind === "whole" ? Math.floor(near + 0.5) : near;
}

/** @param {string | number | null | undefined} said */
function numeric(said) {
  const value = said === "" || said === null || said === undefined ? Number.NaN : Number(said);
  return Number.isFinite(value) ? value : undefined;
}

/** @param {number} value @param {number[]} among */
export const nearest = (value, among) =>
  among.reduce((best, each) => (Math.abs(each - value) < Math.abs(best - value) ? each : best));
