// @ts-check
/**
 * Recorded: DPO on pairs of draft and revision, by who labelled them, and what it does to other requests.
 *
 * @import { ConstitutionAnswer, ConstitutionArm, ConstitutionTrained } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { meansPicture, meanWords, rateWords, told } from "../../../kit/numbers/rates.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const LABELS = { rule: "labelled by the rule", model: "by the model (RLAIF)", coin: "by a coin" };
/** Requests whose answers are shown at once. */
const SHOWN = 8;

/** @type {View<ConstitutionTrained>} */
export function trained(data, ctx) {
  const choice = html`<div class="settings-row">${control(ctx, "rule")}</div>`;
  if (!data.arms.length)
    return html`${choice}
      <p class="readout lead">${
        data.different
          ? "Too few pairs were decided under this principle: nothing was trained."
          : html`Nothing is recorded of this model under this principle. In “Which is better” each pair has a button
            that trains on it; <code>python -m explorer constitution</code> trains on many and writes this record.`
      }</p>`;
  return html`
    ${choice}
    <p class="readout lead">${lead(data)}</p>
    ${meansPicture({
      label: "Answers that the rule calls better less those it calls worse, by who labelled the pairs",
      title: "better less worse, a held-out request, with its interval of 95 %",
      width: ctx.width,
      means: data.arms.map(({ labels, gain }) => ({ name: LABELS[labels], mean: gain, hollow: labels === "coin" })),
      unit: "",
    })}
    ${table({
      label: "Trainings",
      columns: [
        { name: "labels", cell: ({ arm }) => LABELS[arm.labels] },
        { name: "pairs", number: true, cell: ({ arm }) => String(arm.pairs) },
        { name: "seed", number: true, cell: ({ trial }) => String(trial.seed) },
        { name: "better", number: true, cell: ({ trial }) => rateWords(trial.better) },
        { name: "worse", number: true, cell: ({ trial }) => String(trial.worse) },
        { name: "KL a token, nats", number: true, cell: ({ trial }) => decimal(trial.kl, 3) },
      ],
      rows: data.arms.flatMap((arm) => arm.trials.map((trial) => ({ arm, trial }))),
    })}
    <h3 class="sub3">Answers to held-out requests, first seed</h3>
    ${table({
      label: "Answers before and after",
      columns: [
        { name: "request", className: "said", cell: ({ request }) => request },
        { name: "before", className: "said", cell: ({ before }) => before },
        ...data.arms.map(({ labels }, at) => ({
          name: LABELS[labels],
          className: "said",
          cell: (/** @type {ConstitutionAnswer} */ { after, verdicts }) => html`<b>${verdicts[at]}</b>: ${after[at]}`,
        })),
      ],
      rows: data.answers.slice(0, SHOWN),
    })}
    <p class="hint">The principle is “${data.principle}”; the rule counts ${data.rule}. A rule is blind to all else: an
      answer may be better by it and worse to a reader. Read them. KL is to the model before the training, along the
      answers after it.</p>`;
}

/** @param {ConstitutionTrained} data */
function lead({ drafts, different, revisions, kappa, arms, steps }) {
  const of = (/** @type {string} */ name) => arms.find(({ labels }) => labels === name);
  return html`Of ${counted(drafts, "request")}, <b>${different}</b> got a revision that is not the draft.
    ${revisions ? html`Where the rule decides, it prefers the revision in ${rateWords(revisions)}.` : nothing} Kappa of
    the model’s verdicts with the rule’s is ${meanWords(kappa, "")}. ${steps} steps of DPO on pairs labelled by the rule
    ${moved(of("rule"))}; labelled by the model ${moved(of("model"))}; by a coin ${moved(of("coin"))}.`;
}

/** @param {ConstitutionArm | undefined} arm */
function moved(arm) {
  if (!arm) return "there were too few";
  const by = html`<b>${signed(arm.gain.mean ?? 0)}</b>, ${counted(arm.trials.length, "seed")}`;
  if (!told(arm.gain)) return html`move held-out answers by ${by}: the interval holds nought`;
  return (arm.gain.mean ?? 0) > 0
    ? html`make held-out answers better by it (${by})`
    : html`make held-out answers worse by it (${by})`;
}

/** @param {ConstitutionTrained} data @returns {Row[]} */
export const rows = ({ arms }) =>
  arms.flatMap(({ labels, pairs, trials }) =>
    trials.map(({ seed, better, worse, kl }) => ({
      ...{ labels, pairs, seed, better: better.hits, worse, n: better.n, kl },
    })),
  );
