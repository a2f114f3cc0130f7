// @ts-check
/**
 * Answers of one's own: three rewards each, and what each token does to their mean.
 *
 * @import { RewardedAnswer, RewardScores } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { diverging } from "../../../kit/colour/ramp.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { strip } from "../../../kit/text/strip.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { average, trained } from "./parts.js";

/** @type {View<RewardScores, Drafts>} */
export function scores(data, ctx) {
  const most = Math.max(
    1e-9,
    ...data.answers.flatMap(({ moves }) => Array.from(moves.a, (each) => Math.abs(Number(each)))),
  );
  const best = [...data.answers].sort((one, other) => mean(other) - mean(one))[0];
  return html`
    ${trained(ctx)} ${field("request", [1, 3], ctx)} ${field("answers", [2, 6], ctx)}
    <p class="readout lead">By the mean of three heads the highest reward is <b>${signed(mean(best), 2)}</b>, of
      <b><bdi>${best.text}</bdi></b> ${data.about}</p>
    ${table({
      label: "Rewards of the answers",
      columns: [
        { name: "answer", cell: ({ text }) => html`<bdi>${text}</bdi>` },
        ...[0, 1, 2].map((head) => ({
          name: `head ${head + 1}`,
          number: true,
          cell: (/** @type {RewardedAnswer} */ { rewards }) => signed(Number(rewards.a[head]), 2),
        })),
        { name: "mean", number: true, cell: (answer) => signed(mean(answer), 2) },
        { name: "lowest", number: true, cell: ({ rewards }) => signed(Math.min(...Array.from(rewards.a, Number)), 2) },
      ],
      rows: [...data.answers],
    })}
    ${legend([
      ["raises", `raises the reward, by ${signed(most, 2)} at most`],
      ["lowers", "lowers it"],
    ])}
    ${data.answers.map((answer, at) => tokens(answer, at, most))}
    <p class="hint">A token’s share is the reward less the reward without it: the answer is scored again with the token
      left out. Shares need not add up to the reward. Only differences between answers to one request say which is
      preferred.</p>`;
}

/** @param {RewardScores} data @returns {Row[]} */
export const rows = (data) =>
  data.answers.flatMap((answer) =>
    answer.ids.map((id, at) => ({
      answer: answer.text,
      reward: mean(answer),
      token: tokenText(id),
      moves: at < answer.moves.a.length ? answer.moves.a[at] : null,
    })),
  );

/** @param {"request" | "answers"} name @param {[number, number]} lines @param {ViewContext<Drafts>} ctx */
const field = (name, lines, ctx) =>
  typed({ name, value: typedText(name, undefined, ctx), lines, plain: true, named: true }, ctx);

/** @param {RewardedAnswer} answer */
const mean = ({ rewards }) => average(Array.from(rewards.a, Number));

/** @param {RewardedAnswer} answer @param {number} number @param {number} most */
function tokens(answer, number, most) {
  const colour = diverging("neg", "pos");
  const { ids, moves } = answer;
  return strip({
    title: `Answer ${number + 1}: reward ${signed(mean(answer), 2)}`,
    ids,
    colour: (at) => (at < moves.a.length ? colour(Number(moves.a[at]) / most) : null),
    told: (at) => [
      at < moves.a.length
        ? ["moves the reward by", signed(Number(moves.a[at]), 3)]
        : ["ends the answer", at === ids.length - 1 ? "the heads read here" : "never left out"],
    ],
  });
}
