// @ts-check
/**
 * The same answers under eight estimators: weights of tokens, cosines of gradients, and what one step does.
 *
 * @import { PolicySwapped } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { Solved } from "./solve.js"
 *
 * @typedef {Drafts & { token?: [draw: number, token: number] }} Kept
 * @typedef {ReturnType<typeof chosen>} Chosen
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { answersTable } from "./answers.js";
import { cells, RULES, rolls } from "./rolls.js";
import { NONE, promptOf, reach, rewardsOf, solve } from "./solve.js";

/** Of a loss, and of a norm by the largest. */
const CLOSE = 1e-3;
const PAUSE = 1500;
/** A cosine from which two gradients are one direction. */
const SAME = 0.99995;

/** @type {View<PolicySwapped, Kept>} */
export function estimators(data, ctx) {
  const now = chosen(data, ctx);
  return html`
    ${settings(ctx)}
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} The policy’s own prompts are shown.</p>`
        : nothing
    }
    <div class="settings-row ruled">
      ${
        data.prompts.length > 1
          ? control(ctx, "prompt", {
              as: "segmented",
              value: now.prompt,
              choices: data.prompts.map((text, at) => /** @type {const} */ ([at, `${text} · ${tally(data, now, at)}`])),
            })
          : nothing
      }
      ${control(ctx, "age", { choices: ages(data) })}
      ${data.prompts.length > 1 ? control(ctx, "scope") : nothing}
    </div>
    <p class="readout lead">${said(data, now)}</p>
    ${bad(data)}
    ${cards(data, now, ctx)}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">${now.name}: ${RULES[now.name]}</h3>
        ${rolls(data, now, ctx)}
      </div>
      <div>
        <h3 class="sub3">Do they push the same way?</h3>
        ${cosines(data, now, ctx)}
      </div>
    </div>
    ${answersTable(data, now, ctx)}
    <p class="hint">${method(data)}</p>`;
}

/** @param {PolicySwapped} data @param {ViewContext<Kept>} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const { solved, state } = chosen(data, ctx);
  return data.names.flatMap((name) =>
    solved.draws.flatMap((draw, i) =>
      solved.by[name].terms[i].map(({ advantage, ratio, weight, off }, t) => ({
        estimator: name,
        updates: state.age,
        prompt: data.prompts[promptOf(data, draw)],
        answer: data.answers[data.draws[draw].answer].text,
        reward: solved.answers[i].reward,
        token: data.answers[data.draws[draw].answer].pieces[t],
        ...{ advantage, ratio, clipped: off, weight },
      })),
    ),
  );
}

/** Weights of the page against autograd on the server, in every state and scope. @param {PolicySwapped} data
 * @returns {Check[]} */
export function checks(data) {
  if (!data.done) return [];
  const own = data.draws.map(({ reward }) => reward);
  /** @type {number[]} */
  const errors = [];
  for (const state of data.states)
    state.scopes.forEach((scope, at) => {
      const { by, vectors } = solve(data, state, drawsOf(data, at), own);
      const most = Math.max(...scope.norm, NONE);
      data.names.forEach((name, e) => {
        errors.push(Math.abs(vectors[e].norm - scope.norm[e]) / most, Math.abs(by[name].loss - scope.loss[e]));
      });
    });
  return [
    {
      statement: `Losses and norms from this page’s weights = autograd of each loss, ${whole(errors.length / 2)} times`,
      ...{ error: worst(errors), tolerance: CLOSE, word: "largest difference" },
    },
  ];
}

/** Draws of a scope. @param {PolicySwapped} data @param {number} at */
const drawsOf = (data, at) =>
  data.draws.map((_, i) => i).filter((i) => at === data.prompts.length || promptOf(data, i) === at);

/** What is chosen, and what follows from it. @param {PolicySwapped} data @param {ViewContext<Kept>} ctx */
function chosen(data, ctx) {
  const prompt = Math.min(Number(ctx.controls.prompt ?? 0), data.prompts.length - 1);
  const state = data.states[Math.min(Number(ctx.controls.age ?? 0), data.states.length - 1)];
  const all = ctx.controls.scope === "all" && data.prompts.length > 1;
  const name = data.names.includes(String(ctx.controls.estimator)) ? String(ctx.controls.estimator) : "GRPO";
  const pressed = String(ctx.controls.rewards ?? "");
  const rewards = rewardsOf(data, pressed);
  const at = all ? data.prompts.length : prompt;
  const solved = solve(data, state, drawsOf(data, at), rewards);
  const edited = solved.draws.some((i) => rewards[i] !== data.draws[i].reward);
  const rate = ctx.controls.step === "rate";
  return {
    ...{ prompt, state, all, name, pressed, rewards, solved, edited, rate },
    e: data.names.indexOf(name),
    scope: state.scopes[at],
    /** Answers that are shown, by their place among those that count. */
    mine: solved.draws.map((draw, i) => ({ draw, i })).filter(({ draw }) => promptOf(data, draw) === prompt),
    by: reach(data, solved.vectors, rate),
  };
}

/** @param {ViewContext<Kept>} ctx */
function settings(ctx) {
  const field = (/** @type {string} */ name) =>
    typed({ name, value: typedText(name, undefined, ctx), named: true, single: true, pause: PAUSE }, ctx);
  const pattern = ctx.controls.rule === "pattern";
  return html`
    <details class="more">
      <summary>What is asked, and what is rewarded</summary>
      <div class="settings-row">
        ${control(ctx, "policy", { as: "select" })} ${field("prompts")}
        ${control(ctx, "ends", { as: "select" })} ${control(ctx, "rule", { as: "select" })}
        ${pattern ? field("pattern") : nothing}
        ${control(ctx, "group")} ${control(ctx, "longest")} ${control(ctx, "seed")}
      </div>
    </details>`;
}

/** How many answers to a prompt are rewarded. @param {PolicySwapped} data @param {Chosen} now @param {number} prompt */
function tally(data, { rewards }, prompt) {
  const own = data.draws.map((_, i) => i).filter((i) => promptOf(data, i) === prompt);
  return `${own.filter((i) => (rewards[i] ?? 0) > 0).length} of ${own.length}`;
}

/** Those that are measured. @param {PolicySwapped} data */
const ages = (data) =>
  data.states.map(({ age }, at) => /** @type {const} */ ([at, at ? `${counted(age, "update")} on` : "fresh"]));

/** @param {PolicySwapped} data @param {Chosen} now */
function said(data, { solved, state, name, e, all, prompt }) {
  const silent = data.names.filter((_, at) => solved.vectors[at].norm < NONE);
  const mine = solved.answers.flatMap(({ reward }) => reward ?? []);
  const equal = mine.length > 0 && new Set(mine).size === 1 && !all;
  if (equal) {
    return html`All ${counted(mine.length, "reward")} of “${data.prompts[prompt]}” are equal.
      <b>${list(silent)}</b> have no gradient: every advantage is 0.
      ${silent.includes("PPO") ? "" : html` <b>PPO</b> has one: its critic expected something else.`}`;
  }
  const { norm } = solved.vectors[e];
  const cosine = data.names
    .map((other, at) => ({ other, value: solved.cosine[e][at] }))
    .filter(({ value }) => Number.isFinite(value));
  const far = cosine.reduce((least, each) => (each.value < least.value ? each : least), { other: name, value: 1 });
  const loss = solved.by[name].loss;
  const age = state.age
    ? html`The policy has taken ${counted(state.age, "update")} since it wrote these answers.
      ${silent.length ? html`<b>${list(silent)}</b> ${silent.length > 1 ? "have" : "has"} no gradient left. ` : ""}`
    : html`Fresh answers: every ratio is 1, and no clip acts. `;
  const alike = directions(data, solved);
  if (norm < NONE) return age;
  return html`${age}
    ${
      Math.abs(loss) < 5e-5
        ? html`The loss of ${name} is <b>0</b> and its gradient is not: its norm is <b>${decimal(norm, 3)}</b>. `
        : html`The loss of ${name} is <b>${decimal(loss, 3)}</b>, the norm of its gradient <b>${decimal(norm, 3)}</b>. `
    }
    ${
      far.other === name
        ? ""
        : html`It is farthest from <b>${far.other}</b>, cosine
          <b>${decimal(far.value, 2)}</b>${far.value < 0 ? ": they push against each other" : ""}.`
    }
    ${
      alike.length
        ? html` One direction: ${alike.map((names, at) => html`${at ? "; " : ""}<b>${list(names)}</b>`)}.`
        : ""
    }`;
}

/** @param {string[]} names */
const list = (names) => new Intl.ListFormat("en-GB").format(names);

/** Estimators whose gradients point the same way, in groups of two or more. @param {PolicySwapped} data
 * @param {Solved} solved */
function directions(data, solved) {
  /** @type {number[][]} */
  const groups = [];
  data.names.forEach((_, at) => {
    if (solved.vectors[at].norm < NONE) return;
    const own = groups.find(([first]) => solved.cosine[first][at] > SAME);
    if (own) own.push(at);
    else groups.push([at]);
  });
  return groups.filter((each) => each.length > 1).map((each) => each.map((at) => data.names[at]));
}

/** Sentences about what is not as it should be. @param {PolicySwapped} data */
function bad(data) {
  const none = data.draws.filter(({ reward }) => reward === null);
  const parts = [
    none.length > 0 &&
      html`Of ${counted(data.draws.length, "answer")}, ${none.length} without a reward: nothing of them is pushed;
        ${none[0].why}.`,
    data.empty.length > 0 &&
      html`Of ${counted(data.draws.length, "answer")}, ${data.empty.length} without a text: only the end is pushed.`,
    data.stuck && html`GRPO has no gradient here, so the policy cannot move on: all ages are alike.`,
  ].filter(Boolean);
  return parts.length ? html`<p class="hint">${parts.map((each) => html`${each} `)}</p>` : nothing;
}

/** @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
function cards(data, now, ctx) {
  const { solved, mine } = now;
  return html`
    <div class="estimator-cards" role="group" aria-label="Estimator" data-rove @keydown=${rove}>
      ${data.names.map((name, at) => {
        const { norm } = solved.vectors[at];
        return html`
          <button class="estimator-card" type="button" aria-pressed=${name === now.name}
            tabindex=${name === now.name ? 0 : -1} title=${RULES[name]} @click=${() => ctx.control("estimator", name)}>
            <b>${name}</b>
            ${cells(solved, name, mine)}
            <small>gradient <b>${norm < NONE ? "0" : decimal(norm, 2)}</b></small>
            <small>loss <b>${Math.abs(solved.by[name].loss) < 5e-5 ? "0" : decimal(solved.by[name].loss, 3)}</b></small>
          </button>`;
      })}
    </div>`;
}

/** @param {PolicySwapped} data @param {Chosen} now @param {ViewContext<Kept>} ctx */
function cosines(data, { solved, name }, ctx) {
  const ground = (/** @type {number} */ value) =>
    styleMap(Number.isFinite(value) ? shaded(diverging()(0.75 * Math.sign(value) * value ** 2)) : {});
  const text = (/** @type {number} */ value) =>
    Number.isFinite(value) ? (value > SAME ? "1" : decimal(value, 2)) : "–";
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label="Cosines between the gradients">
      <table class="plain cosines keeps-names">
        <thead><tr><td></td>${data.names.map((each) => html`<th scope="col" class="r">${each}</th>`)}</tr></thead>
        <tbody>
          ${data.names.map(
            (one, a) => html`
              <tr class=${one === name ? "on" : ""}>
                <th scope="row"><button class="link" type="button"
                  @click=${() => ctx.control("estimator", one)}>${one}</button></th>
                ${solved.cosine[a].map((value) => html`<td class="r" style=${ground(value)}>${text(value)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="hint">Of the gradients in the ${whole(data.moved)} numbers that move. 1 is the same direction, below 0 is
      against. – has no gradient.</p>`;
}

/** @param {PolicySwapped} data */
function method(data) {
  return `${counted(data.draws.length, "answer")} at temperature 1. ${
    data.whole ? "All parameters move" : "The last block’s W_O and MLP move, the rest stays"
  }: ${whole(data.moved)} numbers. The updates that make the policy older are GRPO’s, each as long as changes
    log-probabilities by ${data.drift} nats (root mean square, to first order). PPO’s critic is a linear value head,
    fitted to other answers: its squared error here is ${decimal(data.critic_error, 3)}, the rewards’ variance
    ${signed(data.reward_variance, 3).replace("+", "")}. No loss here has a KL term. A step is a plain gradient step;
    Adam would scale each number by its own.`;
}
