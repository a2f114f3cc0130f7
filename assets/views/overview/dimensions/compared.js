// @ts-check
/**
 * The sizes of both runs' models: which differ, and how many times.
 *
 * @import { SizedModel, Typical } from "../../../types/overview"
 * @import { BesideWords } from "../../../kit/view"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";

/**
 * A size as it is written.
 * @param {SizedModel} model
 * @param {string} symbol
 */
export const written = ({ values }, symbol) =>
  symbol === "N" ? parameters(values.N) : symbol.includes("/") ? decimal(values[symbol]) : whole(values[symbol]);

/**
 * The other run's size for each 1 of this run's.
 * @param {SizedModel} here
 * @param {SizedModel} there
 * @param {string} of
 */
const times = (here, there, of) => there.values[of] / here.values[of];

/** The same in words. @param {SizedModel} here @param {SizedModel} there @param {string} of */
const timesWords = (here, there, of) =>
  times(here, there, of) === 1 ? "the same" : `× ${figures(times(here, there, of))}`;

/** Below a size of the other run's model. @param {SizedModel} here @param {SizedModel} there @param {string} of */
export const timesHere = (here, there, of) =>
  html`<small class="times" data-times=${times(here, there, of)}>${timesWords(here, there, of)}</small>`;

/**
 * Both models in words.
 * @param {SizedModel} here
 * @param {SizedModel} there
 * @param {Typical[]} typical
 * @param {BesideWords} words
 */
export function compared(here, there, typical, { start }) {
  const symbols = typical.map(({ symbol }) => symbol);
  const same = symbols.filter((symbol) => times(here, there, symbol) === 1);
  const differ = symbols.filter((symbol) => !same.includes(symbol));
  if (!differ.length) return html`${start}, <b>${there.name}</b>: all ${symbols.length} sizes are equal.`;
  const each = differ.map(
    (symbol) => html`<b>${symbol}</b> ${written(there, symbol)}, in this run ${written(here, symbol)}
      (${timesWords(here, there, symbol)})`,
  );
  return html`${start}, <b>${there.name}</b>: ${each.map((one, at) => html`${at ? "; " : ""}${one}`)}.
    ${same.length ? html`Equal: ${same.join(", ")}.` : "All sizes differ."}`;
}
