// @ts-check
/**
 * What the charts of a draft over held-out texts show, in words.
 *
 * @import { OverTexts, SpeculativeCorpus } from "../../../types/inference"
 */
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { kindName, times } from "./kinds.js";

/** @param {OverTexts} over */
export const ends = ({ low, high }) =>
  low === null || high === null ? "" : `${percent(low)} to ${percent(Math.min(1, high))}`;

/** @param {SpeculativeCorpus} data */
export function lead(data) {
  const by = data.by_kind.toSorted((one, other) => one.alpha.mean - other.alpha.mean);
  const [least, most] = [by[0], by[by.length - 1]];
  const range = ends(data.alpha);
  const so = data.texts < data.of_texts ? ` ${data.texts} of ${data.of_texts} texts are read so far.` : "";
  const reach = html` It is highest in ${most.kind}, ${percent(most.alpha.mean)}, and lowest in ${least.kind},
    ${percent(least.alpha.mean)}.`;
  return html`${kindName(data.draft)}: α = <b>${percent(data.alpha.mean)}</b>${range ? ` (${range})` : ""}, the
    mean of Σ min(p, q) over ${counted(data.texts, "text")}.${by.length > 1 ? reach : nothing}${so}`;
}

/** @param {SpeculativeCorpus} data */
export function places({ places: all, rounds, alpha }) {
  const [first] = all;
  const last = all.findLast(({ decided }) => decided > 0) ?? first;
  return (
    "The model decides on a token only if it accepted all tokens before it: " +
    `${whole(first.decided)} of ${counted(rounds, "round")} decide at the first place, ${last.decided} at the last. ` +
    `The formula assumes α = ${percent(alpha.mean)} at every place.`
  );
}

/** @param {SpeculativeCorpus} data */
export function lengths({ counted: found, expected }) {
  const outside = found.filter(
    ({ low, high }, at) => low !== null && high !== null && (expected[at] < low || expected[at] > high),
  );
  const last = found.length - 1;
  const said =
    `At γ = ${found.length} the formula (1 − α^(γ+1)) / (1 − α) expects ${decimal(expected[last])}, and ` +
    `${decimal(found[last].mean)} were counted`;
  if (found[last].low === null) return `${said}.`;
  if (!outside.length) return `${said}. The formula lies inside the 95 % interval over texts at every γ.`;
  return (
    `${said}. The formula lies outside the 95 % interval over texts at ${outside.length} of ${found.length} lengths, ` +
    "because acceptance differs by place."
  );
}

/** @param {SpeculativeCorpus} data */
export function speed({ speed: promised, raced, raced_gammas, races, of_races }) {
  if (!promised) return "The races are not measured yet.";
  const pairs = raced_gammas.map((gamma, at) => {
    const { median, low, high } = raced[at];
    return (
      `γ = ${gamma}: ${times(promised.speedup[gamma - 1])} predicted, ${times(median)} measured ` +
      `(${decimal(low)} to ${decimal(high)})`
    );
  });
  const so = races < of_races ? ` ${races} of ${of_races} texts so far.` : "";
  return html`${pairs.join("; ")}. The prediction uses α and the measured parts of the same races: a drafted token costs
    <b>c = ${decimal(promised.cost)}</b> plain steps, and a checking pass over γ + 1 tokens costs what it took. The
    model continued ${counted(races, "text")}, one of each kind, in turns with and without drafts; the
    numbers are medians and
    middle halves over the texts. Sampling and judging are in the measured speed and not in the formula.${so}`;
}
