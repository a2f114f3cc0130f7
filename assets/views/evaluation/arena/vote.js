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
import { worst } from "../../../kit/numbers/worst.js";
import { html, nothing } from "../../../vendor/lit.js";
import { board, standing } from "./board.js";
import { bradleyTerry, elo } from "./ratings.js";
import { keepVotes, read, saveVotes, votes } from "./votes.js";

/** Points by which two fits may differ. */
const ROUNDED = 1e-6;

/** @type {View<ArenaVote, Kept>} */
export function vote(data, ctx) {
  const all = votes();
  return html`
    ${typed(
      { name: "prompt", value: typedText("prompt", undefined, ctx), lines: [1, 4], plain: true, named: true },
      ctx,
    )}
    <div class="settings-row">${control(ctx, "new", { as: "segmented" })} ${control(ctx, "seed")}</div>
    ${data.whole ? blind(data, ctx) : html`<p class="hint">The answers are being written.</p>`}
    ${board(all, data.ridge)}
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
  const ratings = elo(proof.games, proof.players);
  const gaps = proof.ratings.flatMap((rating, at) => [
    fit.ratings[at] - rating,
    fit.errors[at] - proof.errors[at],
    ratings[at] - proof.elo[at],
  ]);
  return [
    {
      statement: `The page’s ratings and errors of ${proof.games.length} given games = the module’s`,
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

/** @param {ArenaVote} data @param {ViewContext<Kept>} ctx */
function blind(data, ctx) {
  const pair = pairOf(data, ctx);
  const [one, other] = [data.answers[pair.first], data.answers[pair.second]];
  const cast = (/** @type {number} */ score) => {
    put([...votes(), { first: one.contestant, second: other.contestant, score, prompt: data.prompt }], ctx);
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
