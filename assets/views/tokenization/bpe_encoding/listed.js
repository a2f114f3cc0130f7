// @ts-check
/**
 * The reference's example under its own list of merges, and under the list with the merge that it lacks.
 *
 * @import { BpeEncodingListed, ListedRun } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { html } from "../../../vendor/lit.js";
import { contestTree } from "./contest.js";

/** From this width on the two stand side by side. */
const BESIDE = 860;
const GAP = 40;

/** @type {View<BpeEncodingListed>} */
export function listed(data, ctx) {
  const beside = ctx.width >= BESIDE;
  const width = beside ? (ctx.width - GAP) / 2 : ctx.width;
  return html`
    <p class="readout">The reference gives ${pieces(data.said)} as the result for <b class="mono">${data.word}</b>.</p>
    <div class="two-lists ${beside ? "beside" : ""}">${data.runs.map((run) => oneList(run, width, ctx))}</div>
    <button class="btn" type="button" @click=${() => show(data.word, ctx)}>How a real vocabulary cuts it</button>`;
}

/**
 * @param {BpeEncodingListed} data
 * @returns {Row[]}
 */
export function rows({ runs }) {
  return runs.flatMap((run) =>
    run.pairs.map((pair, rank) => ({
      list: run.title,
      rank: rank + 1,
      left: pair.left,
      right: pair.right,
      used: pair.used,
      added: pair.added,
    })),
  );
}

/** @param {string[]} names */
const pieces = (names) => names.map((name) => html`<span class="tok new">${name}</span> `);

/** @param {ListedRun} run @param {number} width @param {ViewContext} ctx */
function oneList(run, width, ctx) {
  const never = run.pairs.filter((pair) => !pair.used).length;
  return html`
    <section>
      <h3 class="sub3">
        ${run.title} <span class="muted">${run.pairs.length} merges,
          ${never ? `${never} never apply` : "all apply"}</span></h3>
      <ol class="pairs">
        ${run.pairs.map(
          ({ left, right, used, added }) => html`
            <li class="${used ? "used" : "never"} ${added ? "added" : ""}"><span class="mono">${left} + ${right}</span>
              ${used ? (added ? html`<i>added</i>` : "") : html`<i>never applies</i>`}</li>`,
        )}
      </ol>
      <div class="figure scroll" role="group" tabindex="0" aria-label="The merges that apply">
        ${contestTree({
          path: run.path,
          at: run.path.steps.length,
          width: Math.min(width, ctx.width),
          label: `${run.title}: ${run.pieces.join(", ")}`,
          rank: (rank) => `${rank + 1}`,
          base: "letters",
          bare: true,
        })}
      </div>
      <p class="readout result ${run.as_said ? "same" : "other"}">Result: ${pieces(run.pieces)}
        ${run.as_said ? "This is the reference’s result." : "The reference says otherwise."}</p>
    </section>`;
}

/** @param {string} word @param {ViewContext} ctx */
function show(word, ctx) {
  ctx.control("word", -1);
  ctx.control("typed", word);
  ctx.control("source", "typed");
  ctx.select({}, { show: "steps" });
}
