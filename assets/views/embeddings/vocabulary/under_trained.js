// @ts-check
/**
 * Tokens that look untouched by training, and as many others: can the model repeat them?
 *
 * @import { AskedToken, VocabularyUnderTrained } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { decimal, percent, precise, scientific, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { table } from "../../../kit/table.js";
import { token, tokenText } from "../../../kit/tokens.js";
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
      ["wrong", "something else came first"],
      ["pending", "not asked yet"],
    ])}
    <p class="hint">
      ${how(data)} The first is asked for with <span
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
          name: data.by === "unused" ? "Like unused rows" : "Shortness",
          number: true,
          title:
            data.by === "unused"
              ? "cosine with the mean of rows known to be unused, from the mean of all rows"
              : "minus the row’s length",
          cell: ({ score }) => decimal(score, 3),
        },
        { name: "Row’s length", number: true, cell: ({ norm }) => decimal(norm) },
        {
          name: "Repeated",
          number: true,
          title: "its probability where it should come again",
          cell: ({ p }) => (p === null ? "" : precise(p)),
        },
        {
          name: "Said instead",
          cell: (each) =>
            each.p === null
              ? nothing
              : each.said === each.id
                ? html`<span class="muted">itself</span>`
                : token(each.said),
        },
        {
          name: "Typed",
          title: "whether its own text, typed, is read as this token",
          cell: ({ typed }) => (typed ? "gives it" : html`<span class="muted">gives others</span>`),
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
  const what = by === "unused" ? "lie where unused rows lie" : "have the shortest rows";
  if (chance === null)
    return html`The ${size} tokens that ${what}, and ${size} others: ${asked} of ${2 * size} asked for.`;
  const found = html`Of the ${size} tokens that ${what} the model repeats <b>${few}</b> (${percent(few / size)}), of
    ${size} drawn at random <b>${many}</b> (${percent(many / size)}).`;
  if (many < ABLE * size)
    return html`${found} It can hardly repeat any token in this way: of this model the question says nothing.`;
  if (chance < 0.01)
    return html`${found} By chance alone so large a difference comes about with probability ${scientific(chance)}
      (Fisher’s exact test): they were hardly trained.`;
  return html`${found} That is no clear difference (Fisher’s exact test: ${decimal(chance, 2)}): here the rows do not
    show what was trained.`;
}

/** A square for each token. @param {string} name @param {AskedToken[]} tokens */
function group(name, tokens) {
  const asked = tokens.filter(({ p }) => p !== null);
  const said = asked.length ? `${repeated(tokens)} of ${asked.length} repeated` : "to be asked";
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
    ? `Suspected by the cosine with the mean of those of ${whole(n_unused)} rows known to be unused that lie together.`
    : "No rows known to be unused lie together in this model: suspected by length alone, which misleads easily.";

/** @param {VocabularyUnderTrained} data @param {ViewContext} ctx */
function unused({ unused, n_unused }, ctx) {
  if (!n_unused) return "No row of this vocabulary is known to be unused.";
  const listed = unused.map((id) => html`${pick(id, ctx)} `);
  return html`Known to be unused, as far as the files tell:
    ${listed}${n_unused > unused.length ? html` and ${whole(n_unused - unused.length)} more` : nothing}.`;
}
