// @ts-check
/**
 * One text under every rule: which judge removes it, by which rule, and by what margin.
 *
 * @import { GoodTextJudge, GoodTextJudges, GoodTextRule } from "../../../types/pretraining"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 *
 * @typedef {Drafts & { judge: string }} Kept
 */
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { ruleWords } from "../../../kit/text/rule_words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { counted } from "./counted.js";
import { judgedText } from "./judged_text.js";

const ROUNDED = 1e-9;

/** @type {View<GoodTextJudges, Kept>} */
export function judges(data, ctx) {
  const chosen = data.judges.find(({ name }) => name === ctx.kept.judge) ?? opening(data);
  return html`
    ${judgedText(data.text, ctx)}
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "The judges; choose one to see its rules",
      columns: [
        { name: "judge", cell: ({ name }) => name },
        {
          name: "verdict",
          cell: ({ kept }) => html`<b class=${kept ? "kept" : "gone"}>${kept ? "keeps it" : "removes it"}</b>`,
        },
        { name: "by the rule", cell: ({ removed_by }) => html`<span class="mono">${removed_by}</span>` },
        { name: "value", number: true, cell: (judge) => inFirst(judge, ({ value }) => number(value)) },
        { name: "threshold", number: true, cell: (judge) => inFirst(judge, limit) },
        {
          name: "rules failed",
          number: true,
          cell: ({ rules }) => `${rules.filter(({ kept }) => !kept).length} of ${rules.length}`,
        },
      ],
      rows: [...data.judges],
      selected: ({ name }) => name === chosen.name,
      select: ({ name }) => ctx.keep({ judge: name }),
    })}
    <h3 class="sub3">${chosen.name}: every rule, in its order</h3>
    ${rules(chosen)}
    <p class="hint">Thresholds are those of datatrove’s code. FineWeb’s paper (section 3.6) prints 0.1 for
      <span class="mono">char_dup_ratio</span>, where the code has 0.01, and has no
      <span class="mono">list_ratio</span>.
    </p>
    <div class="two">
      <div>${language(data)}</div>
      <div>${lines(data)} ${personal(data)}</div>
    </div>`;
}

/** @param {GoodTextJudges} data @returns {Row[]} */
export const rows = ({ judges: all }) =>
  all.flatMap(({ name, rules: own }) => own.map((each) => ({ judge: name, ...each })));

/** What the page counts by itself. @param {GoodTextJudges} data @returns {Check[]} */
export function checks({ text, judges: all }) {
  const found = counted(text);
  const own = all.flatMap((judge) => judge.rules).filter(({ rule }) => rule in found);
  return [
    {
      statement: `${own.length} values of rules = those that the page counts in the text`,
      error: worst(own.map(({ rule, value }) => Math.abs(found[rule] - value))),
      tolerance: ROUNDED,
      word: "largest difference",
    },
  ];
}

/** The first judge that removes the text; the first one where none does. @param {GoodTextJudges} data */
const opening = ({ judges: all }) => all.find(({ kept }) => !kept) ?? all[0];

/** @param {GoodTextJudge} judge @param {(rule: GoodTextRule) => string} tell */
function inFirst({ rules: own, removed_by }, tell) {
  const first = own.find(({ rule }) => rule === removed_by);
  return first ? tell(first) : "";
}

/** @param {GoodTextJudges} data */
function said({ judges: all }) {
  const gone = all.filter(({ kept }) => !kept);
  if (!gone.length) return html`All <b>${all.length}</b> judges keep this text.`;
  const first = gone[0].rules.find(({ rule }) => rule === gone[0].removed_by);
  return html`
    <b>${gone.length}</b> of ${all.length} judges ${gone.length === 1 ? "removes" : "remove"} this text:
    ${gone.map(({ name }) => name).join("; ")}.
    ${
      first
        ? html`${gone[0].name} stops at <span class="mono">${first.rule}</span>${
            ruleWords(first.rule) ? ` (${ruleWords(first.rule)})` : ""
          }: ${number(first.value)}, where
          ${limit(first)} passes. The text misses it by <b>${number(Math.abs(first.margin))}</b>.`
        : nothing
    }`;
}

/** @param {GoodTextJudge} judge */
function rules({ name, rules: own }) {
  return table({
    label: `The rules of ${name}`,
    columns: [
      {
        name: "rule",
        cell: ({ rule, kept }) =>
          html`<span class="mono" title=${ruleWords(rule) || nothing}>${rule}</span>${
            kept ? nothing : html` <small>${ruleWords(rule)}</small>`
          }`,
      },
      { name: "value", number: true, cell: ({ value }) => number(value) },
      { name: "passes", number: true, cell: limit },
      {
        name: "margin",
        number: true,
        title: "how far inside; below 0 the rule removes the text",
        cell: ({ margin }) => margins(margin),
      },
      { name: "value beside the threshold", cell: meter },
    ],
    rows: [...own],
    rowClass: ({ kept }) => (kept ? "" : "gone"),
  });
}

/** The threshold in the middle, twice the threshold at the right end. @param {GoodTextRule} rule */
function meter({ value, threshold, kept }) {
  const part = threshold ? value / (2 * threshold) : value ? 1 : 0;
  return html`<span class="meter ${kept ? "" : "gone"}" style="--part: ${Math.min(1, part)}"></span>`;
}

/** @param {GoodTextJudges} data */
function language({ language: found, probability, runner_up, lead, prior, grams }) {
  if (!grams.length)
    return html`<h3 class="sub3">Language, by byte n-grams</h3>
      <p class="hint">The library knows no n-gram of this text: all languages are alike.</p>`;
  return html`
    <h3 class="sub3">Language, by byte n-grams</h3>
    <p class="hint">py3langid says <b>${found}</b> with ${percent(probability, 1)}. Its score leads that of
      <b>${runner_up}</b> by ${decimal(lead, 2)}, ${signed(prior, 2)} of it without the text.</p>
    ${table({
      label: "Byte n-grams that say most",
      columns: [
        { name: "n-gram", cell: ({ text }) => html`<span class="mono">${shown(text)}</span>` },
        { name: "times", number: true, cell: ({ count }) => whole(count) },
        { name: `toward ${found}`, number: true, cell: ({ toward }) => signed(toward, 2) },
      ],
      rows: [...grams],
    })}`;
}

/** @param {GoodTextJudges} data */
function lines({ lines: all }) {
  const cut = all.filter(({ cut_by }) => cut_by);
  return html`
    <h3 class="sub3">C4, line by line</h3>
    <p class="hint">${cut.length} of ${all.length} lines are cut before the sentences are counted.</p>
    <div class="c4-lines" tabindex="0" role="region" aria-label="Lines as C4 reads them">
      ${all.map(
        ({ text, cut_by }) =>
          html`<p class=${cut_by ? "gone" : ""}>${text || "\u00a0"}${
            cut_by ? html` <small>${cut_by}</small>` : nothing
          }</p>`,
      )}
    </div>`;
}

/** @param {GoodTextJudges} data */
function personal({ personal: all }) {
  return html`
    <h3 class="sub3">Personal data</h3>
    ${
      all.length
        ? table({
            label: "Pieces that are replaced",
            columns: [
              { name: "kind", cell: ({ kind }) => kind },
              { name: "in the text", cell: ({ text }) => html`<span class="mono">${text}</span>` },
              { name: "replaced by", cell: ({ by }) => html`<span class="mono">${by}</span>` },
            ],
            rows: [...all],
          })
        : html`<p class="hint">No mail address, public network address or card number. What is found is
            replaced, and the text stays.</p>`
    }`;
}

/** @param {GoodTextRule} rule */
const limit = ({ threshold, side }) => `${side} ${number(threshold)}`;

/** @param {number} value */
const number = (value) => (Number.isInteger(value) ? whole(value) : decimal(value, 3));

/** @param {number} value */
const margins = (value) => (Number.isInteger(value) ? signed(value, 0) : signed(value, 3));

/** Spaces and line ends of a byte n-gram, to be seen. @param {string} text */
const shown = (text) => `“${text.replace(/ /g, "·").replace(/\n/g, "⏎")}”`;
