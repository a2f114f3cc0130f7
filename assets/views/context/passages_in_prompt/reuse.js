// @ts-check
/**
 * The whole run against passages that were read alone and joined, in two orders.
 *
 * @import { ReusedJoin, ReusedPassages } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { progress, said, settings } from "./curves.js";

/** @type {Record<string, string>} */
const NAMES = {
  unturned: "keys as they were (placebo)",
  turned: "keys turned to their places",
  again: "turned, first 8 tokens of each read again",
};

/** @type {View<ReusedPassages>} */
export function reuse(data, ctx) {
  return html`
    ${settings(ctx)}
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "Passages joined against the whole run",
      className: "keeps-names",
      rows: [...data.joins],
      columns: [
        { name: "order", cell: ({ turned_round: other }) => (other ? "reversed" : "as found") },
        { name: "passages", cell: ({ name }) => NAMES[name] },
        { name: "KL, nats a token", number: true, cell: ({ kl }) => decimal(kl.mean, 3) },
        { name: "95% interval", number: true, cell: ({ kl }) => bounds(kl) },
        { name: "same likeliest token", number: true, cell: ({ same }) => percent(same) },
        { name: "answer, nats", number: true, cell: ({ change }) => said(change) },
      ],
    })}
    <p class="hint">KL of the joined run from the whole run with the same order, a mean over the answer’s tokens. The
      passages are read once for both orders. ${counted(data.tokens, "token")} of passages take
      ${whole(Math.round(data.nbytes / 1000))} kB of keys and values. What stands before the passages and the question
      are read as always.</p>`;
}

/** @param {ReusedJoin["kl"]} of */
const bounds = ({ low, high }) => (Number.isFinite(low) ? `${decimal(low, 3)} to ${decimal(high, 3)}` : "…");

/** @param {ReusedPassages} data */
function lead({ joins, questions, asked }) {
  const [unturned, turned, again] = joins;
  return html`Over ${counted(questions.length, "question")} a prompt of kept passages is
    <b>${decimal(turned.kl.mean, 3)}</b>
    nats a token from the whole run with its keys turned, <b>${decimal(unturned.kl.mean, 3)}</b> without that, and
    <b>${decimal(again.kl.mean, 3)}</b> where the first tokens of each passage are read again.
    ${progress(questions, asked)}`;
}

/** @param {ReusedPassages} data @returns {Row[]} */
export const rows = ({ joins }) =>
  joins.map(({ name, turned_round: reversed, kl, same, change }) => ({
    join: name,
    reversed,
    kl: kl.mean,
    kl_low: kl.low,
    kl_high: kl.high,
    same_token: same,
    answer_change: change.mean,
  }));
