// @ts-check
/**
 * One item of a benchmark: its prompt as assembled, each choice token by token, every rule's winner, and what one
 * change of the prompt does.
 *
 * @import { OneItemOpened } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { changes } from "./changes.js";
import { rules } from "./rules.js";
import { scored } from "./scored.js";
import { isRight, RULES, said } from "./words.js";

/** @type {View<OneItemOpened>} */
export function choices(data, ctx) {
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "task")} ${control(ctx, "item", { most: data.items - 1, as: "number" })} ${control(ctx, "shots")}
    </div>
    <p class="readout">${lead(data)}</p>
    <h3 class="sub3">The prompt as it is assembled <small>${counted(data.prompt_tokens, "token")}</small></h3>
    ${prompt(data)}
    <h3 class="sub3">Each choice, token by token</h3>
    ${scored(data)}
    <h3 class="sub3">Every rule, and the choice that it takes</h3>
    ${rules(data, ctx.beside)}
    <p class="hint">The first of equal scores wins. The Brier score of this item is ${decimal(data.brier, 3)}: 0 is
      perfect, 2 the worst.</p>
    <h3 class="sub3">One change of the prompt</h3>
    ${changes(data)}
    <p class="hint">lm-eval moves a space at the prompt’s end to the choice, so “${said("space moved")}” changes nothing
      but rounding. Where prompt and choice are encoded apart, the space stays a token of its own, which the model
      seldom saw before a word.</p>`;
}

/** @param {OneItemOpened} data */
function lead(data) {
  const right = data.rules.filter((rule) => isRight(data, rule.winner));
  const wrong = data.rules.filter((rule) => !isRight(data, rule.winner));
  const names = (/** @type {typeof right} */ list) => list.map(({ rule }) => RULES[rule].metric).join(", ");
  const answer = html`The right answer is <b>${data.choices[data.gold].text}</b>.`;
  if (!wrong.length) return html`${answer} Every rule takes it.`;
  if (!right.length) return html`${answer} No rule takes it.`;
  return html`${answer} It wins under ${names(right)}, and loses under ${names(wrong)}.`;
}

/** @param {OneItemOpened} data */
const prompt = (data) => html`
  <pre class="assembled" tabindex="0" aria-label="The prompt">${data.prompt.map(
    ({ kind, text }) => html`<span class=${kind}>${kind === "delimiter" ? shown(text) : text}</span>`,
  )}<span class="slot">choice</span></pre>
  ${legend([
    data.shots > 0 && ["example", "examples"],
    data.shots > 0 && ["answer", "their answers"],
    ["delimiter", "delimiter"],
  ])}`;

/** White space that can be seen. @param {string} text */
const shown = (text) => text.replaceAll(" ", "·").replaceAll("\n", "↵\n");

/** @param {OneItemOpened} data @returns {Row[]} */
export const rows = (data) =>
  data.choices.map(({ ids, logprobs, ...choice }, at) => ({
    ...choice,
    tokens: ids.length,
    right: at === data.gold,
    ...Object.fromEntries(data.rules.map(({ rule, scores }) => [`score_${rule}`, scores[at]])),
    ...Object.fromEntries(data.changes.map(({ name, totals }) => [`log_p_${name.replaceAll(" ", "_")}`, totals[at]])),
  }));
