// @ts-check
/**
 * The sizes of the other run's model against this one's: which differ, and how many times.
 *
 * @import { DimensionsSizes, SizedModel } from "../../../types/overview"
 * @import { BesideWords } from "../../../kit/view"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * A size as it is written.
 * @param {SizedModel} model
 * @param {string} symbol
 */
export const written = ({ values }, symbol) =>
  symbol === "N" ? parameters(values.N) : symbol.includes("/") ? decimal(values[symbol]) : whole(values[symbol]);

/** @param {number} times */
const timesWords = (times) => (times === 1 ? "the same" : `× ${figures(times)}`);

/**
 * Below a size of the other run's model: how many times this one's it is.
 * @param {DimensionsSizes} data
 * @param {SizedModel} model
 * @param {string} symbol
 */
export const against = ({ base }, { place }, symbol) =>
  base && place === "beside"
    ? html`<small class="times" data-times=${base.times[symbol]}>${timesWords(base.times[symbol])}</small>`
    : nothing;

/**
 * Both models in words.
 * @param {DimensionsSizes} data
 * @param {BesideWords} words
 */
export function sizesBeside({ base, models, typical }, words) {
  const [own, other] = ["here", "beside"].map((place) => models.find((model) => model.place === place));
  if (!base || !own || !other) return nothing;
  const symbols = typical.map(({ symbol }) => symbol);
  const same = symbols.filter((symbol) => base.times[symbol] === 1);
  const differ = symbols.filter((symbol) => base.times[symbol] !== 1);
  if (!differ.length) return html`${words.start}, <b>${base.model}</b>: all ${symbols.length} sizes are equal.`;
  const each = differ.map(
    (symbol) => html`<b>${symbol}</b> ${written(other, symbol)}, in this run ${written(own, symbol)}
      (${timesWords(base.times[symbol])})`,
  );
  return html`${words.start}, <b>${base.model}</b>: ${each.map((one, at) => html`${at ? "; " : ""}${one}`)}.
    ${same.length ? html`Equal: ${same.join(", ")}.` : "All sizes differ."}`;
}
