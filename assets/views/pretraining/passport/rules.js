// @ts-check
/**
 * A document through every stage: each rule's value, threshold and margin.
 *
 * @import { PassportRules, PassportStage } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { forget, typed, typedText } from "../../../kit/controls/typed.js";
import { measured, whole } from "../../../kit/numbers/format.js";
import { ruleWords } from "../../../kit/text/rule_words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { just, margins } from "./margins.js";

/** The crawl's readings are kept: another document takes a moment. */
export const follows = true;

/** @typedef {ViewContext<Drafts, PassportRules>} Context */

/** @type {View<PassportRules, Drafts>} */
export function rules(data, ctx) {
  return html`
    <div class="settings-row">
      ${chooser(data, ctx)} ${control(ctx, "order")} ${control(ctx, "documents", { as: "segmented", format: whole })}
      ${control(ctx, "seed")}
    </div>
    ${typed(
      {
        name: "text",
        value: typedText("text", "", ctx),
        lines: [2, 8],
        plain: true,
        named: true,
        taken: () => own(ctx),
      },
      ctx,
    )}
    <p class="readout lead">${verdict(data)}</p>
    <ol class="stages">${data.stages.map((stage) => shown(stage, ctx))}</ol>
    <p class="hint">A bar is the value as a part of the threshold, which the line marks: the document stays on the light
      side of it. The margin is how far the value lies on that side. What compares all documents sees none that was
      removed before.</p>`;
}

/** @param {PassportRules} data @returns {Row[]} */
export const rows = ({ stages }) =>
  stages.flatMap(({ name, late, rules: all }) => all.map((rule) => ({ stage: name, ...rule, after_removal: late })));

/** @param {PassportRules} data @param {Context} ctx */
function chooser({ id, offered }, ctx) {
  const known = offered.some((each) => each.id === id);
  return select({
    label: "Document",
    choices: [
      .../** @type {[string, string][]} */ (known ? [] : [[id, `page ${id}`]]),
      ...offered.map((each) => /** @type {[string, string]} */ ([each.id, each.name])),
    ],
    chosen: id,
    choose: (/** @type {string | number} */ to) => {
      forget("text", ctx);
      ctx.control("text", null);
      ctx.control("document", String(to));
    },
  });
}

/** A person's own text is the last document. @param {Context} ctx */
const own = (ctx) => ctx.control("document", null);

/** @param {PassportRules} data */
function verdict({ id, url, planted, begins, removed_by, set_aside, stages }) {
  const what = planted ? html`Page ${id} (${planted}), ${url}` : "Your own document";
  const head = html`<b>${what}</b>: “${begins}…”`;
  if (set_aside) return html`${head} It is <b>set aside</b>: ${set_aside}.`;
  const stage = stages.find(({ name }) => name === removed_by);
  const rule = stage?.rules.find(({ kept }) => !kept);
  if (!stage || !rule) return html`${head} It passes every stage: it is <b>kept</b>.`;
  return html`${head} It is <b>removed by ${removed_by}</b>, rule <code>${rule.rule}</code>${said(rule.rule)}:
    ${measured(rule.value)}, where ${rule.side} ${measured(rule.threshold)} stays.${
      stage.origin
        ? nothing
        : html` It misses that by <b>${measured(Math.abs(rule.margin))}</b>: with a threshold of
          <b>${measured(just(rule))}</b> it would have passed this rule.`
    }${stage.origin ? html` It copies page ${stage.origin}.` : nothing}`;
}

/** What the rule measures. @param {string} rule */
const said = (rule) => (ruleWords(rule) ? ` (${ruleWords(rule)})` : "");

/** @param {PassportStage} stage @param {Context} ctx */
function shown({ name, read, late, removes, tokens_before, tokens_after, origin, rules: all }, ctx) {
  const state = removes ? "removes" : late ? "late" : "passes";
  const word = removes ? "removes it" : !read ? "does not see it" : late ? "reads it as well" : "lets it pass";
  return html`
    <li class="reader ${state}">
      <h3 class="sub3">${name} <small>${word}${
        tokens_before === tokens_after ? nothing : html`, ${whole(tokens_before)} to ${whole(tokens_after)} tokens`
      }${origin ? html`, copy of page ${origin}` : nothing}</small></h3>
      ${all.length ? margins(all, `Rules of ${name}`, ctx) : nothing}
    </li>`;
}
