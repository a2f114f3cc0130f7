// @ts-check
/**
 * The ledger: how many claims of each chapter hold, and all of them by chapter; one is open beside the list, or below
 * its line.
 *
 * @import { ErrataEntries, ErrataEntry } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { inSight } from "../../../kit/in_sight.js";
import { counted } from "../../../kit/numbers/format.js";
import { baseNote, under } from "../../../kit/runs/beside.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { byChapter, byVerdict, counts } from "./counts.js";
import { detail } from "./detail.js";
import { otherFound } from "./elsewhere.js";
import { badge, VERDICTS } from "./verdicts.js";

export const follows = true;

/** From this width on the open claim stands beside the list. */
const BESIDE = 900;
const ALL = "all";
/** After which pause in typing the list follows, in milliseconds. */
const PAUSE = 150;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** @type {View<ErrataEntries>} */
export function entries(data, ctx) {
  const verdict = String(ctx.controls.verdict);
  const chapter = data.entries.find((each) => each.chapter === ctx.controls.chapter)?.chapter ?? 0;
  const words = String(ctx.controls.words ?? "");
  const shown = listed(data.entries, { verdict, chapter, words });
  const open =
    shown.find(({ name }) => name === ctx.controls.entry) ?? shown.find((each) => each.verdict === "wrong") ?? shown[0];
  const beside = ctx.width >= BESIDE;
  return html`
    ${source(data)}
    <p class="readout">${summary(data)}</p>
    ${counts(data, ctx, chapter)}
    <div class="bar">
      ${control(ctx, "verdict", { choices: verdicts(data) })}
      ${control(ctx, "chapter", { as: "select", choices: chapters(data), value: chapter })}
      ${sought(ctx, words)}
    </div>
    ${ctx.there?.entries.length === data.total ? baseNote(ctx, true, compared(data, ctx)) : nothing}
    <p class="hint" role="status">${counted(shown.length, "claim")} listed.</p>
    <div class="claims ${beside ? "beside" : ""}">
      <div class="list scroll" data-rove @keydown=${rove} ${ref(inSight(open?.name, ".claim.on"))}>
        ${[...byChapter(shown)].map(
          ([number, some]) => html`
            <section aria-label=${some[0].chapter_title}>
              <h3 class="sub3">${number}. ${some[0].chapter_title}</h3>
              ${some.map((each) => line(each, ctx, { open: each === open, below: !beside }))}
            </section>`,
        )}
        ${shown.length ? nothing : html`<p class="hint">No claim is of this chapter and verdict with these words.</p>`}
      </div>
      ${beside && open ? html`<div class="opened">${detail(open, ctx)}</div>` : nothing}
    </div>`;
}

/**
 * Claims of a verdict and a chapter in which all the words stand.
 *
 * @param {readonly ErrataEntry[]} entries
 * @param {{ verdict: string, chapter: number, words: string }} wanted
 */
export function listed(entries, { verdict, chapter, words }) {
  const each = words.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (!isOf(entry, verdict) || (chapter && entry.chapter !== chapter)) return false;
    const { says, quotation, section, said, found, why } = entry;
    const text = [says, quotation, section, said, found, why].join(" ").toLowerCase();
    return each.every((word) => text.includes(word));
  });
}

/** Which text it is whose claims are checked. @param {ErrataEntries} data */
const source = ({ reference: { title, subtitle, chapters } }) => html`
  <p class="hint reference">The reference is the text “<cite>${title}</cite>: ${subtitle}”, of ${chapters} chapters.
    It names no author and no date. This explorer shows at work what the text describes. Each claim below names its
    chapter and section.</p>`;

/** @param {ViewContext} ctx @param {string} words */
function sought(ctx, words) {
  const { label, longest } = ctx.declared("words");
  const typed = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(typing);
    typing = setTimeout(() => ctx.control("words", value), PAUSE);
  };
  return html`<input type="search" class="find" maxlength=${longest ?? nothing} autocomplete="off" spellcheck="false"
    aria-label=${label} placeholder=${label} .value=${words} @input=${typed} />`;
}

/** @param {ErrataEntries} data @param {ViewContext<any, ErrataEntries>} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const other = (/** @type {ErrataEntry} */ entry) =>
    ctx.there ? { [ctx.beside.column]: otherFound(entry, ctx) ?? entry.found } : {};
  return data.entries.map((entry) => ({ ...row(entry), ...other(entry) }));
}

/** @param {ErrataEntry} entry @returns {Row} */
function row({ name, chapter, section, says, quotation, said, found, verdict, why, panel, command }) {
  return {
    ...{ name, chapter, section, claim: says, quotation, said, found },
    ...{ verdict: VERDICTS[verdict].word, why, panel, command },
  };
}

/** @param {ErrataEntry} entry @param {string} verdict */
const isOf = (entry, verdict) => verdict === ALL || entry.verdict === verdict;

/** @param {ErrataEntries} data @returns {[string, string, string?][]} */
const verdicts = ({ entries }) => [
  [ALL, `All ${entries.length}`],
  ...byVerdict(entries).map(([name, many]) => {
    const { sign, word, means } = VERDICTS[name];
    return /** @type {[string, string, string]} */ ([name, `${sign} ${word} ${many}`, means]);
  }),
];

/** @param {ErrataEntries} data @returns {[number, string][]} */
function chapters({ entries }) {
  return [
    [0, "All"],
    ...[...byChapter(entries)].map(
      ([number, [first]]) => /** @type {[number, string]} */ ([number, `${number}. ${first.chapter_title}`]),
    ),
  ];
}

/** @param {ErrataEntries} data */
function summary({ entries, total }) {
  const so = entries.length < total ? ` so far, of ${total}` : "";
  const many = byVerdict(entries).filter(([verdict, count]) => count || verdict !== "open");
  return html`${counted(entries.length, "claim")}${so}: ${many.map(
    ([verdict, count], at) =>
      html`${at ? ", " : ""}<b>${count}</b> ${verdict === "open" ? "not checked here" : VERDICTS[verdict].word}`,
  )}.`;
}

/** @param {ErrataEntries} data @param {ViewContext<any, ErrataEntries>} ctx */
function compared({ entries }, ctx) {
  const asked = entries.filter(({ grounded }) => grounded).length;
  const otherwise = entries.filter((entry) => otherFound(entry, ctx) !== undefined).length;
  const depend = asked === 1 ? "depends" : "depend";
  return html`${counted(asked, "claim")} ${depend} on the run or its model. ${ctx.beside.start},
    <b data-otherwise=${otherwise}>${otherwise}</b> of them have another result.`;
}

/**
 * @param {ErrataEntry} entry
 * @param {ViewContext<any, ErrataEntries>} ctx
 * @param {{ open: boolean, below: boolean }} place
 */
function line(entry, ctx, { open, below }) {
  return html`
    <button class="claim ${open ? "on" : ""}" type="button" data-entry=${entry.name} tabindex=${open ? 0 : -1}
      aria-expanded=${below ? open : nothing} aria-current=${!below && open ? "true" : nothing}
      @click=${() => ctx.control("entry", entry.name)}>
      ${badge(entry.verdict)}
      <span class="says">${entry.says}</span>
      ${
        entry.verdict === "open"
          ? nothing
          : html`<span class="outcome"><small>found</small>
              ${under(entry.found, ctx.beside, otherFound(entry, ctx))}</span>`
      }
    </button>
    ${below && open ? html`<div class="opened">${detail(entry, ctx)}</div>` : nothing}`;
}
