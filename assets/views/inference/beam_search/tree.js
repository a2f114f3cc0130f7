// @ts-check
/**
 * The tree of one real beam search, a column a step; its texts against greedy decoding's.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { BestThere } from "./texts.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { trace } from "../../../kit/drawing/tree.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { otherTokens, sharedWords, textThere } from "../../../kit/runs/beside.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { geometry } from "./geometry.js";
import { pathLine, picture } from "./picture.js";
import { race } from "./race.js";
import { readSearch } from "./search.js";
import { settings } from "./settings.js";
import { foundTexts, summary, textTable } from "./texts.js";
import { openCandidate, outcome } from "./told.js";

/** Characters of the prompt's end, on a wide page and on a narrow one. */
const PROMPT = { wide: 18, narrow: 15 };
const NARROW = 560;
const FATES = ["pruned", "kept", "finished"];

/** @typedef {{ of: string, picked: number | null }} Opened what is open, and of which search */

/** @type {View<BeamTree, Opened>} */
export function tree(data, ctx) {
  const search = readSearch(data);
  const narrow = ctx.width < NARROW;
  const root = promptsEnd(data, ctx, narrow ? PROMPT.narrow : PROMPT.wide);
  const shape = geometry(search, { width: ctx.width, root, groups: data.n_groups, steps: data.n_steps });
  const of = nameOf(data);
  const picked = ctx.kept.of === of ? (ctx.kept.picked ?? null) : null;
  const pick = (/** @type {number | null} */ index) => ctx.keep({ of, picked: index });
  /** @type {Element | undefined} */
  let page;
  const point = (/** @type {number | null} */ end) =>
    trace(page, end === null ? "" : pathLine({ search, geometry: shape }, end));
  return html`
    <div class="beams" ${ref((element) => {
      page = element;
    })}>
      ${settings(data, ctx)}
      <div class="bar">
        <span class="muted">A column is a step, a row is a place: 1 has the highest total so far. A box shows its
          token${narrow ? "" : " and its total log-probability in nats"}. Long searches go on below.</span>
        ${key()}
      </div>
      <div class="readout said">
        ${picked === null ? outcome(data, search) : openCandidate(data, search, search.candidates[picked])}
      </div>
      ${picture({ data, search, geometry: shape, root, picked, pick })}
      ${isWhole(data) ? below(data, ctx, { picked, pick, point, narrow }) : nothing}
    </div>`;
}

/**
 * Every candidate that was looked at.
 * @param {BeamTree} data
 * @returns {Row[]}
 */
export function rows(data) {
  return readSearch(data).candidates.map(
    ({ index, parent, step, group, place, token, logprob, total, score, fate, state, greedy }) => ({
      node: index,
      parent,
      step: step + 1,
      group: group + 1,
      place: place + 1,
      id: token,
      token: tokenText(token),
      logprob,
      total,
      score,
      fate: FATES[fate],
      best: state === "best",
      greedy,
    }),
  );
}

/**
 * @param {BeamTree} data
 * @returns {data is BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }}
 */
const isWhole = (data) => data.greedy !== null;

/**
 * The best text of the same search from the other run's prompt, once that is whole.
 * @param {BeamTree} data
 * @param {ViewContext<Opened, BeamTree>} ctx
 * @returns {BestThere | null}
 */
function bestThere({ texts: [own] }, ctx) {
  const { there } = ctx;
  if (!there || !isWhole(there)) return null;
  const { ids, nodes, score } = there.texts[0];
  const totals = nodes.map((index) => there.nodes.total.a[index]);
  return { text: { ...textThere(ctx, own.ids, ids), ids }, totals, score, greedy: there.greedy };
}

/** What a search is told from another by. @param {BeamTree} data */
const nameOf = ({ n_beams, max_new_tokens, length_penalty, n_groups, diversity, prompt, nodes }) =>
  JSON.stringify([
    n_beams,
    max_new_tokens,
    length_penalty,
    n_groups,
    diversity,
    prompt,
    ...nodes.token.a.subarray(0, n_beams),
  ]);

/**
 * The prompt's last tokens, as many as have room.
 * @param {BeamTree} data
 * @param {ViewContext<Opened>} ctx
 * @param {number} most characters
 */
function promptsEnd({ prompt }, ctx, most) {
  const ids = Array.from(ctx.run.ids).slice(0, ctx.run.nPrompt);
  if (ids.at(-1) !== prompt) return cut(tokenText(prompt), most);
  let text = "";
  for (const id of ids.toReversed()) {
    const longer = tokenText(id) + text;
    if (text && longer.length > most) return `…${text}`;
    text = longer;
  }
  return cut(text, most);
}

const key = () =>
  legend([
    ["best-text", "best text"],
    ["part", "kept"],
    ["lost", "kept, dropped later"],
    ["cut", "dropped"],
    ["greedy", "greedy text"],
    ["end", "text ends"],
  ]);

/**
 * @param {BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }} data
 * @param {ViewContext<Opened, BeamTree>} ctx
 * @param {Pick<Parameters<typeof textTable>[0], "picked" | "pick" | "point" | "narrow">} table
 */
function below(data, ctx, table) {
  const other = bestThere(data, ctx);
  return html`
    ${other ? html`<p class="readout basenote">${beside(data, other, ctx)}</p>` : nothing}
    <div class="below">
      <div>
        <h3 class="sub3">Texts that the search found</h3>
        ${textTable({ found: foundTexts(data, other, ctx.beside), ...table })}
        <p class="hint">${summary(data)}</p>
      </div>
      <div>
        <h3 class="sub3">Total so far <small>log-probability, nats</small></h3>
        ${race(data, other, ctx.beside)}
      </div>
    </div>`;
}

/**
 * What the same search found from the prompt of the run beside this one.
 * @param {BeamTree} data
 * @param {BestThere} other
 * @param {ViewContext<Opened>} ctx
 */
function beside({ texts: [best] }, { text, totals, greedy }, ctx) {
  const count = totals.length;
  const mine = decimal(best.logprob / best.ids.length);
  const n = greedy.ids.length;
  const against =
    greedy.ids.join() === text.ids.join()
      ? "and it is the greedy text"
      : html`and the greedy text of ${counted(n, "token")} has ${decimal(greedy.totals[n - 1] / n)}`;
  return html`${ctx.beside.start} the best text ${sharedWords(text, best.ids.length)}: it has <b
      data-total=${totals[count - 1]}>${decimal(totals[count - 1] / count)}</b> nats a token against <b>${mine}</b>
    here, ${against}. ${otherTokens(text)}`;
}
