// @ts-check
/**
 * One stage: its rules, whose thresholds can be moved, and the documents that it removes.
 *
 * @import { PipelineRemoved, PipelineRule, PipelineStage } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, measured, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { ruleWords } from "../../../kit/text/rule_words.js";
import { html, nothing } from "../../../vendor/lit.js";

/** From this width on a rule says what it measures. */
const WIDE = 640;
/** Controls of this panel that the other one has not. */
const OWN = ["unit", "stage", "with"];

/** @param {PipelineStage} stage @param {ViewContext<any, any>} ctx */
export function opened(stage, ctx) {
  const { name, documents, removed, set_aside, changed, rules, listed } = stage;
  const movable = rules.filter(({ control: moves }) => moves);
  return html`
    <h3 class="sub3">${name}</h3>
    <p class="readout">
      ${counted(documents, "document")} reach it; it removes <b>${whole(removed)}</b>${
        set_aside ? html`, sets <b>${whole(set_aside)}</b> aside` : nothing
      }${changed ? html` and shortens or changes <b>${whole(changed)}</b>` : nothing}.
    </p>
    ${
      movable.length
        ? html`<div class="settings-row thresholds">${movable.map(({ control: moves }) => control(ctx, moves))}</div>`
        : nothing
    }
    ${rules.length ? ruled(rules, ctx.width) : nothing}
    ${listed.length ? removedHere(stage, ctx) : html`<p class="hint">No document leaves here.</p>`}`;
}

/** @param {readonly PipelineRule[]} rules @param {number} width */
const ruled = (rules, width) =>
  table({
    label: "The stage’s rules",
    className: "ruled snug",
    columns: [
      { name: "rule", className: "mono", cell: ({ rule }) => rule },
      ...(width < WIDE ? [] : [{ name: "measures", cell: (/** @type {PipelineRule} */ { rule }) => ruleWords(rule) }]),
      { name: "a document stays with", cell: ({ side, threshold }) => `${side} ${measured(threshold)}` },
      {
        name: "removed",
        number: true,
        title: "documents that this rule removes as the first of the stage",
        cell: ({ removed }) => whole(removed),
      },
    ],
    rows: [...rules],
  });

/** @param {PipelineStage} stage @param {ViewContext<any, any>} ctx */
function removedHere({ listed, removed, set_aside }, ctx) {
  const all = removed + set_aside;
  return html`
    <p class="hint">${first(listed.length, all)} Choose one to open its passport.</p>
    ${table({
      label: "Documents that leave at this stage",
      className: "leaving",
      columns: [
        { name: "page", number: true, cell: ({ id }) => id },
        { name: "what it is", className: "short", cell: ({ planted }) => planted || "your own" },
        { name: "begins", className: "begins", cell: ({ begins }) => begins },
        { name: "rule", className: "mono", cell: ({ rule }) => rule },
        { name: "value", number: true, cell: ({ side, value }) => (side ? measured(value) : "") },
        {
          name: "stays with",
          className: "short",
          cell: ({ side, threshold }) => (side ? `${side} ${measured(threshold)}` : "set aside"),
        },
      ],
      rows: [...listed],
      select: (document) => open(document, ctx),
    })}`;
}

/** @param {number} shown @param {number} all */
const first = (shown, all) =>
  shown < all ? `The first ${shown} of ${whole(all)} documents that leave here.` : "The documents that leave here.";

/** The document's passport, with the same crawl, order and thresholds. @param {PipelineRemoved} document
 * @param {ViewContext<any, any>} ctx */
function open({ id }, ctx) {
  for (const [name, value] of Object.entries(ctx.controls)) {
    if (!OWN.includes(name))
      ctx.control(name, value === ctx.declared(name).default ? null : (value ?? null), "passport");
  }
  ctx.control("text", null, "passport");
  ctx.control("document", id, "passport");
  ctx.go("passport");
}
