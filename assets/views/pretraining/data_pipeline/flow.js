// @ts-check
/**
 * A crawl through the stages of a pipeline: what reaches each, what it takes, and whether it should have.
 *
 * @import { DataPipelineFlow, PipelineLeft, PipelineStage } from "../../../types/pretraining"
 * @import { Check, Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bandsOf, chosenOf } from "./bands.js";
import { sankey } from "./sankey.js";
import { opened } from "./stage.js";

/** Another threshold asks few documents again: it is measured by itself. */
export const follows = true;

/** @type {View<DataPipelineFlow>} */
export function flow(data, ctx) {
  const stage = data.stages[chosenOf(data, ctx)];
  return html`
    <div class="settings-row">
      ${control(ctx, "order")} ${control(ctx, "unit")} ${control(ctx, "documents", { as: "segmented", format: whole })}
      ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    <div class="figure">${sankey(data, ctx)}</div>
    ${opened(stage, ctx)}
    <h3 class="sub3">Each stage against the planted truth</h3>
    ${judged(data)}
    <p class="hint">Precision: of the documents that a stage removes, the share that was planted for it. Recall: of
      those planted for it that reach it, the share that it removes; of personal data, that it replaces. A page of real
      text can repeat itself, or be no prose: a rule may be right where the recipe planted nothing. The list of insults
      is invented and mild; a list knows no meaning: it removes a page that quotes a listed word, and keeps an insult
      without one.</p>
    <h3 class="sub3">What is left of each kind</h3>
    ${left(data)}`;
}

/** @param {DataPipelineFlow} data @returns {Row[]} */
export const rows = ({ stages }) =>
  stages.map(({ rules, listed, meant, ...stage }) => ({ ...stage, meant: meant.join(" ") }));

/**
 * What reaches a stage against what the one before it lets through.
 * @param {DataPipelineFlow} data
 * @returns {Check[]}
 */
export const checks = (data) => [
  {
    statement: "What a stage lets through = what the next one reads, in documents and in tokens",
    error: ["documents", "tokens"].reduce(
      (sum, unit) => sum + bandsOf(data, unit).reduce((all, { lost }) => all + Math.abs(lost), 0),
      0,
    ),
    tolerance: 0,
    word: "lost between stages",
  },
];

/** @param {DataPipelineFlow} data */
function said({ documents, kept, tokens, tokens_kept, stages, left: kinds }) {
  const plain = kinds.find(({ planted }) => planted === "prose");
  const most = stages.reduce((best, each) => (each.removed > best.removed ? each : best));
  return html`
    <b>${whole(kept)}</b> of ${counted(documents, "page")} are left after ${counted(stages.length, "stage")}, with
    <b>${whole(tokens_kept)}</b> of ${counted(tokens, "token")} of HTML (${percent(tokens_kept / tokens)}).
    ${most.removed ? html`Most documents go at <b>${most.name}</b>: ${whole(most.removed)}.` : "No document goes."}
    ${plain ? proseLeft(plain) : nothing}`;
}

/** Why so little of the real text is left. @param {PipelineLeft} prose */
const proseLeft = ({ pages, kept, most, most_removed }) => html`
  Of ${counted(pages, "page")} of unchanged real text, <b>${whole(kept)}</b> are left${
    most ? `; ${most} removes ${whole(most_removed)} of them` : ""
  }. That text is mostly Python’s documentation, in pieces of a paragraph or two. The rules are made for web pages: in a
  short piece one phrase that stands twice is much of it, and a mark counts as a word without a letter.`;

/** @param {DataPipelineFlow} data */
function judged({ stages }) {
  const share = (/** @type {number} */ part, /** @type {number} */ all) => (all ? percent(part / all, 0) : "–");
  return table({
    label: "Precision and recall of each stage",
    columns: [
      { name: "stage", cell: ({ name }) => name },
      { name: "planted for it", cell: ({ meant }) => meant.join(", ") || "nothing" },
      { name: "reach it", number: true, cell: ({ meant, planted }) => (meant.length ? whole(planted) : "–") },
      { name: "acts on", number: true, cell: (stage) => whole(actedOn(stage)) },
      { name: "precision", number: true, cell: ({ right, acted, meant }) => share(right, meant.length ? acted : 0) },
      { name: "recall", number: true, cell: ({ right, planted }) => share(right, planted) },
    ],
    rows: [...stages],
  });
}

/** Documents that it removes; where nothing is planted, nothing is judged. @param {PipelineStage} stage */
const actedOn = ({ meant, acted, removed }) => (meant.length ? acted : removed);

/** @param {DataPipelineFlow} data */
const left = (data) =>
  table({
    label: "Pages of each kind, and those that are left",
    columns: [
      { name: "what the recipe made", cell: ({ planted }) => planted },
      { name: "pages", number: true, cell: ({ pages }) => whole(pages) },
      { name: "left", number: true, cell: ({ kept }) => whole(kept) },
      { name: "share", number: true, cell: ({ pages, kept }) => percent(kept / pages, 0) },
      { name: "most go at", cell: ({ most, most_removed }) => (most ? `${most}, ${whole(most_removed)}` : "–") },
    ],
    rows: [...data.left],
  });
