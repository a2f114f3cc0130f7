// @ts-check
/**
 * The answers token by token: their rewards to press, their weights, and how one weight comes about.
 *
 * @import { PolicySwapped } from "../../../types/finetuning"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen, Kept } from "./estimators.js"
 * @import { Term } from "./estimate.js"
 * @import { Solved } from "./solve.js"
 */

import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { piece } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { CLIPS, LARGEST } from "./estimate.js";

/** @type {Record<string, string>} */
export const RULES = {
  REINFORCE: "the reward as it is",
  RLOO: "the reward less the mean of the others",
  PPO: "better than the critic expected, token by token",
  GRPO: "centred, divided by the spread and by the answer’s length",
  "Dr.GRPO": "centred only; every token counts the same",
  DAPO: "like GRPO, but tokens count, not answers",
  GSPO: "one ratio for a whole answer, a very narrow clip",
  CISPO: "like DAPO, but a clip never silences a token",
};

/** @param {Solved} solved @param {string} name */
const widest = (solved, name) => Math.max(1e-12, ...solved.by[name].terms.flat().map(({ weight }) => Math.abs(weight)));

/** A token's weight as a colour; a clipped one is hatched. @param {number} share @param {boolean} off */
const ground = (share, off) => (off ? {} : shaded(diverging()(Math.sign(share) * Math.sqrt(Math.abs(share)))));

/** A picture of all weights, for a card. @param {Solved} solved @param {string} name
 * @param {Chosen["mine"]} mine */
export function cells(solved, name, mine) {
  const most = widest(solved, name);
  return html`<span class="weight-cells" aria-hidden="true">${mine.map(
    ({ i }) =>
      html`<span>${solved.by[name].terms[i].map(
        ({ weight, off }) => html`<i class=${off ? "off" : ""} style=${styleMap(ground(weight / most, off))}></i>`,
      )}</span>`,
  )}</span>`;
}

/** @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
export function rolls(data, now, ctx) {
  const { solved, name, mine } = now;
  const [row, t] = focus(now, ctx);
  const ratios = ctx.controls.shown === "ratio";
  const { share, text } = (ratios ? ofRatios : ofWeights)(solved, name);
  return html`
    ${control(ctx, "shown")}
    <div class="rolls" role="group" aria-label="Weights of all tokens">
      <small>reward</small><small>${ratios ? "ratio" : "weight, × 1,000"}, of each token</small>
      ${mine.map(({ draw, i }, at) => {
        const { answer, why } = data.draws[draw];
        const reward = now.rewards[draw];
        const marked = reward === null ? "none" : reward > 0 ? "yes" : "no";
        return html`
          <button class="reward ${marked}" type="button" title=${why}
            aria-label="reward of ${data.answers[answer].text}: ${reward ?? "none"}; press to change it"
            @click=${() => press(now, draw, data, ctx)}>${reward === null ? "none" : decimal(reward, 0)}${
              reward === data.draws[draw].reward ? nothing : "*"
            }</button>
          <span class="cluster" data-rove @keydown=${rove}>
            ${solved.by[name].terms[i].map((term, token) => {
              const on = at === row && token === t;
              return html`
                <button class="weighed ${term.off ? "off" : ""}" type="button" aria-pressed=${on}
                  tabindex=${token === (at === row ? t : 0) ? 0 : -1}
                  style=${styleMap(ground(share(term), term.off))}
                  @click=${() => ctx.keep({ token: [at, token] })}>
                  ${piece(data.answers[answer].pieces[token].replace("\n", "↵"))}
                  <small>${text(term)}</small>
                </button>`;
            })}
            ${
              name === "PPO"
                ? nothing
                : html`<small class="advantage">advantage
                  ${signed(solved.by[name].terms[i][0].advantage, 2)}</small>`
            }
          </span>`;
      })}
    </div>
    ${legend([
      [{ color: "pos" }, ratios ? "likelier than when it was written" : "made likelier"],
      [{ color: "neg" }, ratios ? "less likely" : "made less likely"],
      solved.by[name].terms.flat().some(({ off }) => off) ? ["off", "the clip holds"] : null,
    ])}
    ${derivation(data, now, ctx)}
    <p class="hint">Press a token to see how it comes about, or a reward to change
      it.${
        now.edited
          ? html` Rewards are changed (*): the picture follows from the measured gradients, and no real step was taken.
            <button class="link" type="button"
              @click=${() => ctx.control("rewards", null)}>Take the real rewards</button>`
          : nothing
      }</p>`;
}

/** How strongly a token is coloured, −1 to 1, and what stands under it. @param {Solved} solved @param {string} name */
function ofWeights(solved, name) {
  const most = widest(solved, name);
  return {
    share: (/** @type {Term} */ { weight }) => weight / most,
    text: (/** @type {Term} */ { weight, off }) => (off && weight === 0 ? "clipped" : signed(1000 * weight, 1)),
  };
}

/** @param {Solved} solved @param {string} name */
function ofRatios(solved, name) {
  const far = (/** @type {Term} */ { ratio }) => Math.log(ratio);
  const most = Math.max(1e-12, ...solved.by[name].terms.flat().map((term) => Math.abs(far(term))));
  return {
    share: (/** @type {Term} */ term) => far(term) / most,
    text: (/** @type {Term} */ { ratio }) => decimal(ratio, name === "GSPO" ? 4 : 2),
  };
}

/** @param {Chosen} now @param {ViewContext<Kept>} ctx */
function focus({ mine, solved }, ctx) {
  const [row, t] = ctx.kept.token ?? [0, 0];
  const at = Math.min(row, mine.length - 1);
  return [at, Math.min(t, solved.answers[mine[at].i].ratios.length - 1)];
}

/** @param {Chosen} now @param {number} draw @param {PolicySwapped} data @param {ViewContext<Kept>} ctx */
function press({ pressed, rewards }, draw, data, ctx) {
  const letters = data.draws.map((_, i) => pressed[i] ?? "x");
  letters[draw] = rewards[draw] ? "0" : "1";
  const said = letters.map((each, i) => (each !== "x" && Number(each) === data.draws[i].reward ? "x" : each)).join("");
  ctx.control("rewards", /[01]/.test(said) ? said : null);
}

/** How a weight comes about. @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
function derivation(data, now, ctx) {
  const { solved, name, mine } = now;
  const [row, t] = focus(now, ctx);
  const { i, draw } = mine[row];
  const { weight, off } = solved.by[name].terms[i][t];
  const token = data.answers[data.draws[draw].answer].pieces[t].replace("\n", "↵");
  return html`
    <p class="derive" aria-live="polite">${piece(token)}: <span class="mono">${formula(solved, name, i, t)}</span>
      ${
        off && name !== "CISPO"
          ? html`. The ratio is outside ${clipOf(name)}, and the advantage points farther out: <b>weight 0</b>.`
          : html` = <b>${signed(weight, 4)}</b>`
      }</p>`;
}

/** @param {string} name */
function clipOf(name) {
  const [low, high] = CLIPS[/** @type {keyof typeof CLIPS} */ (name)];
  const digits = low < 0.01 ? 4 : 2;
  return `${decimal(1 - low, digits)} to ${decimal(1 + high, digits)}`;
}

/** @param {Solved} solved @param {string} name @param {number} i @param {number} t */
function formula(solved, name, i, t) {
  const { mean, others, spread, length } = solved.facts[i];
  const { reward } = solved.answers[i];
  const { ratio } = solved.by[name].terms[i][t];
  const { gae, mean: middle, scale } = solved.critic;
  if (reward === null) return "no reward, advantage 0";
  const r = decimal(reward, 2);
  const standard = `(${r} − ${decimal(mean, 3)}) / (${decimal(spread, 3)} + 0.0001)`;
  const by = Math.abs(ratio - 1) < 1e-9 ? "" : ` × ratio ${decimal(ratio, name === "GSPO" ? 4 : 3)}`;
  switch (name) {
    case "REINFORCE":
      return `reward ${r} / ${solved.N} answers`;
    case "RLOO":
      return `(${r} − ${decimal(others, 3)}, the mean of the others)${by} / ${solved.N} answers`;
    case "PPO":
      return (
        `(GAE ${signed(gae[i][t], 3)} − mean ${signed(middle, 3)}) × ${decimal(scale, 2)}` +
        `${by} / ${solved.tokens} tokens`
      );
    case "GRPO":
    case "GSPO":
      return `${standard}${by} / (${solved.N} answers × ${length} tokens of this one)`;
    case "Dr.GRPO":
      return (
        `(${r} − ${decimal(mean, 3)})${by} / ` + `(${solved.N} answers × ${solved.longest} tokens, the longest allowed)`
      );
    case "CISPO":
      return `${standard}${by ? ` × min(ratio, ${LARGEST}) ${decimal(ratio, 3)}` : ""} / ${solved.tokens} tokens`;
    default:
      return `${standard}${by} / ${solved.tokens} tokens`;
  }
}
