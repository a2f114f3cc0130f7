// @ts-check
/**
 * Two answers, blind; then whose they were, and the ratings.
 *
 * @import { ArenaVote } from "../../../types/evaluation"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {Drafts & { pair: { of: ArenaVote, first: number, second: number, score: number | null }, count: number,
 *   wrong: string }} Kept `pair`: the two on show, by their places among the answers
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html, nothing } from "../../../vendor/lit.js";
import { opened } from "../scoreboard/opened.js";
import { picks } from "../scoreboard/picks.js";
import { board, standing } from "./board.js";
import { bradleyTerry, elo, style } from "./ratings.js";
import { keepVotes, read, saveVotes, votes } from "./votes.js";

/** Points by which two fits may differ. */
const ROUNDED = 1e-6;
/** Among the models. */
const PAGE = { key: "page", name: "This page’s model" };

/** @type {View<ArenaVote, Kept>} */
export function vote(data, ctx) {
  const all = votes();
  return html`
    ${typed(
      { name: "prompt", value: typedText("prompt", undefined, ctx), lines: [1, 4], plain: true, named: true },
      ctx,
    )}
    ${picks(ctx, "models", [{ name: "", of: [PAGE, ...data.models, ...opened()] }])}
    ${picks(ctx, "settings", [{ name: "", of: data.settings }])}
    <div class="settings-row">${control(ctx, "new", { as: "segmented" })} ${control(ctx, "seed")}</div>
    ${data.wrong ? html`<p class="readout" role="alert">${data.wrong}</p>` : nothing}
    ${asked(data, ctx)}
    ${board(all, data.ridge, ctx.width)}
    <div class="votes-acts">
      <button class="btn ghost" type="button" ?disabled=${!all.length} @click=${() => saveVotes(all)}>Save the votes
        as a file</button>
      <label class="btn ghost">Load votes from a file …<input class="unseen" type="file" accept=".json"
        @change=${(/** @type {Event} */ event) => load(event, ctx)} /></label>
      <button class="btn ghost" type="button" ?disabled=${!all.length} @click=${() => put([], ctx)}>Forget all
        votes</button>
    </div>
    ${ctx.kept.wrong ? html`<p class="hint" role="alert">${ctx.kept.wrong}</p>` : nothing}`;
}

/** @param {ArenaVote} data @returns {Row[]} */
export const rows = (data) => standing(votes(), data.ridge).map((each) => ({ ...each }));

/**
 * The page's ratings of given games against the module's.
 * @param {ArenaVote} data
 * @returns {Check[]}
 */
export function checks({ proof, ridge, whole }) {
  if (!whole) return [];
  const fit = bradleyTerry(proof.games, proof.players, ridge);
  const even = bradleyTerry(proof.games, proof.players, ridge, style(proof.lengths));
  const ratings = elo(proof.games, proof.players);
  const gaps = proof.ratings.flatMap((rating, at) => [
    fit.ratings[at] - rating,
    fit.errors[at] - proof.errors[at],
    ratings[at] - proof.elo[at],
    even.ratings[at] - proof.controlled[at],
    even.errors[at] - proof.controlled_errors[at],
  ]);
  return [
    {
      statement: `The page’s ratings and errors of ${proof.games.length} given games, with lengths too = the module’s`,
      error: worst(gaps.map(Math.abs)),
      tolerance: ROUNDED,
      word: "largest difference, points",
    },
  ];
}

/** Two contestants, drawn once for each vote. @param {ArenaVote} data @param {ViewContext<Kept>} ctx */
function pairOf(data, ctx) {
  const { pair } = ctx.kept;
  if (pair?.of === data) return pair;
  const first = Math.floor(Math.random() * data.answers.length);
  const second = (first + 1 + Math.floor(Math.random() * (data.answers.length - 1))) % data.answers.length;
  const drawn = { of: data, first, second, score: null };
  queueMicrotask(() => ctx.keep({ pair: drawn }));
  return drawn;
}

/** The vote, or what is missing for it. @param {ArenaVote} data @param {ViewContext<Kept>} ctx */
function asked(data, ctx) {
  if (!data.whole) {
    return html`<p class="hint">${counted(data.answers.length, "answer")} so far. The vote begins when all are
      written.</p>`;
  }
  if (data.answers.length < 2) return html`<p class="hint">Choose two contestants or more.</p>`;
  return blind(data, ctx);
}

/** @param {ArenaVote} data @param {ViewContext<Kept>} ctx */
function blind(data, ctx) {
  const pair = pairOf(data, ctx);
  const [one, other] = [data.answers[pair.first], data.answers[pair.second]];
  const cast = (/** @type {number} */ score) => {
    const names = { first: one.contestant, second: other.contestant };
    put([...votes(), { ...names, score, prompt: data.prompt, tokens: [one.tokens, other.tokens] }], ctx);
    ctx.keep({ pair: { ...pair, score } });
  };
  const open = pair.score === null;
  return html`
    <div class="answers">
      ${[one, other].map(
        (answer, at) => html`
          <section aria-label=${`Answer ${"AB"[at]}`}>
            <h3>${"AB"[at]}${open ? "" : `: ${answer.contestant}`}</h3>
            <p class="answer"><span class="muted">${data.prompt}</span>${answer.text}</p>
          </section>`,
      )}
    </div>
    <div class="votes-acts" role="group" aria-label="Your vote">
      ${
        open
          ? html`
            <button class="btn" type="button" @click=${() => cast(1)}>A is better</button>
            <button class="btn" type="button" @click=${() => cast(0.5)}>Both alike</button>
            <button class="btn" type="button" @click=${() => cast(0)}>B is better</button>`
          : html`
            <button class="btn" type="button" @click=${() => ctx.keep({ pair: undefined })}>Next pair</button>
            <button class="btn" type="button"
              @click=${() => ctx.control("seed", Number(ctx.controls.seed ?? 0) + 1)}>Other answers</button>`
      }
    </div>`;
}

/** @param {ReturnType<typeof votes>} all @param {ViewContext<Kept>} ctx */
function put(all, ctx) {
  keepVotes(all);
  ctx.keep({ count: all.length, wrong: "" });
}

/** @param {Event} event @param {ViewContext<Kept>} ctx */
async function load(event, ctx) {
  const field = /** @type {HTMLInputElement} */ (event.currentTarget);
  const [file] = field.files ?? [];
  if (!file) return;
  const found = read(await file.text());
  field.value = "";
  if (found) put(found, ctx);
  else ctx.keep({ wrong: "This file holds no votes: a list of first, second, score (0, 0.5 or 1) and prompt." });
}
