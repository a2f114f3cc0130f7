// @ts-check
/**
 * Tokens that look untouched by training, and as many others: can the model repeat them?
 *
 * @import { AskedToken, VocabularyUnderTrained } from "../../../types/embeddings"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, precise, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choose, pick } from "./chosen.js";

/** Of a control group that repeats less than this, nothing is learned. */
const ABLE = 0.25;

/** @type {View<VocabularyUnderTrained>} */
export function under_trained(data, ctx) {
  return html`
    <p class="readout">${finding(data)}</p>
    <div class="groups">
      ${group("Suspected", data.suspected)} ${group("Control: drawn at random", data.control)}
    </div>
    ${legend([
      ["right", "repeated"],
      ["wrong", "another token came first"],
      ["pending", "not asked yet"],
    ])}
    <p class="hint">
      ${how(data)} The prompt for the first one is <span
        class="asked mono">${data.prompt.map((id) => html`${token(id, { className: "" })}<wbr>`)}</span></p>
    ${table({
      label: "Suspected tokens",
      className: "suspects",
      rows: data.suspected,
      select: ({ id }) => choose(ctx, id),
      columns: [
        { name: "Token", cell: ({ id }) => token(id) },
        { name: "Id", number: true, cell: ({ id }) => whole(id) },
        {
          name: data.by === "unused" ? "Likeness to unused rows" : "Shortness",
          number: true,
          title:
            data.by === "unused"
              ? "cosine with the mean of the known unused rows, both measured from the mean of all rows"
              : "the row’s length with a minus sign",
          cell: ({ score }) => decimal(score, 3),
        },
        { name: "Length of its row", number: true, cell: ({ norm }) => decimal(norm) },
        {
          name: "Probability",
          number: true,
          title: "of the token where the prompt asks for it again",
          cell: ({ p }) => (p === null ? "" : precise(p)),
        },
        {
          name: "First choice",
          cell: (each) =>
            each.p === null
              ? nothing
              : each.said === each.id
                ? html`<span class="muted">itself</span>`
                : token(each.said),
        },
        {
          name: "Its text, typed",
          title: "whether the tokenizer reads the token’s text as this token",
          cell: ({ typed }) => (typed ? "this token" : html`<span class="muted">other tokens</span>`),
        },
      ],
    })}
    <p class="hint">${unused(data, ctx)}</p>`;
}

/** @param {VocabularyUnderTrained} data @returns {Row[]} */
export function rows({ suspected, control }) {
  return [suspected, control].flatMap((group, at) =>
    group.map((each) => ({
      group: at ? "control" : "suspected",
      token: tokenText(each.id),
      ...each,
      said: each.said < 0 ? "" : tokenText(each.said),
    })),
  );
}

/** @param {AskedToken[]} group */
const repeated = (group) => group.filter(({ id, said }) => id === said).length;

/** @param {VocabularyUnderTrained} data */
function finding({ suspected, control, chance, by }) {
  const size = suspected.length;
  const [few, many] = [repeated(suspected), repeated(control)];
  const asked = [...suspected, ...control].filter(({ p }) => p !== null).length;
  const what = by === "unused" ? "whose rows are most like unused rows" : "with the shortest rows";
  if (chance === null)
    return html`The ${size} tokens ${what}, and ${size} others: ${asked} of ${2 * size} are asked for.`;
  const found = html`The model repeats <b>${few}</b> (${percent(few / size)}) of the ${size} tokens ${what}, and
    <b>${many}</b> (${percent(many / size)}) of ${size} tokens drawn at random.`;
  if (many < ABLE * size)
    return html`${found} It rarely repeats even a random token, so this test tells nothing about this model.`;
  if (chance < 0.01)
    return html`${found} If the two groups were equally easy to repeat, so few in the first group would have a
      probability of ${scientific(chance)} (Fisher’s exact test, one-sided). The model repeats these tokens less well;
      the
      test does not tell how often the training text held them.`;
  return html`${found} The difference is not clear (Fisher’s exact test, one-sided: p = ${decimal(chance, 2)}).`;
}

/** A square for each token. @param {string} name @param {AskedToken[]} tokens */
function group(name, tokens) {
  const asked = tokens.filter(({ p }) => p !== null);
  const said = asked.length ? `${repeated(tokens)} of ${asked.length} repeated` : "not asked yet";
  return html`
    <figure>
      <figcaption>${name}<small>${said}</small></figcaption>
      <div class="squares" role="img" aria-label="${name}: ${repeated(tokens)} of ${asked.length} repeated">
        ${tokens.map((each) => {
          const told = tooltip(tokenText(each.id), [
            ["score", decimal(each.score, 3)],
            ["repeated with", each.p === null ? "not asked yet" : precise(each.p)],
            ...(each.p === null ? [] : [/** @type {[string, string]} */ (["came first", tokenText(each.said)])]),
          ]);
          const look = each.p === null ? "pending" : each.said === each.id ? "right" : "wrong";
          return html`<i class=${look} @pointermove=${told.show} @pointerleave=${told.hide}></i>`;
        })}
      </div>
    </figure>`;
}

/** @param {VocabularyUnderTrained} data */
const how = ({ by, n_unused }) =>
  by === "unused"
    ? `${whole(n_unused)} rows are known to be unused. The score is the cosine with the mean of those that are alike.`
    : "The known unused rows of this model do not lie together, so the score is the length alone: a weak sign.";

/** @param {VocabularyUnderTrained} data @param {ViewContext} ctx */
function unused({ unused, n_unused }, ctx) {
  if (!n_unused) return "No row of this vocabulary is known to be unused.";
  const listed = unused.map((id) => html`${pick(id, ctx)} `);
  return html`Unused according to the model’s files:
    ${listed}${n_unused > unused.length ? html` and ${whole(n_unused - unused.length)} more` : nothing}.`;
}
