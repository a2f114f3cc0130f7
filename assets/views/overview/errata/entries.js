// @ts-check
/**
 * All claims by chapter, what is said and what came out; one of them is open beside the list, or below its line.
 *
 * @import { ErrataEntries, ErrataEntry } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { counted } from "../../../kit/numbers/format.js";
import { baseNote, under } from "../../../kit/runs/beside.js";
import { rollup } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { detail } from "./detail.js";
import { otherFound } from "./elsewhere.js";
import { badge, VERDICTS } from "./verdicts.js";

export const follows = true;

/** From this width on the open claim stands beside the list. */
const BESIDE = 900;
const ALL = "all";

/** @type {View<ErrataEntries>} */
export function entries(data, ctx) {
  const verdict = String(ctx.controls.verdict);
  const chapter = data.entries.find((each) => each.chapter === ctx.controls.chapter)?.chapter ?? 0;
  const shown = data.entries.filter((each) => isOf(each, verdict) && (chapter === 0 || each.chapter === chapter));
  const open =
    shown.find(({ name }) => name === ctx.controls.entry) ?? shown.find((each) => each.verdict === "wrong") ?? shown[0];
  const beside = ctx.width >= BESIDE;
  return html`
    ${source(data)}
    <div class="bar">
      ${control(ctx, "verdict", { choices: verdicts(data) })}
      ${control(ctx, "chapter", { as: "select", choices: chapters(data), value: chapter })}
    </div>
    <p class="readout">${summary(data)}</p>
    ${ctx.there?.entries.length === data.total ? baseNote(ctx, true, compared(data, ctx)) : nothing}
    <div class="claims ${beside ? "beside" : ""}">
      <div class="list" data-rove @keydown=${rove}>
        ${[...grouped(shown)].map(
          ([number, some]) => html`
            <section aria-label=${some[0].chapter_title}>
              <h3 class="sub3">${number}. ${some[0].chapter_title}</h3>
              ${some.map((each) => line(each, ctx, { open: each === open, below: !beside }))}
            </section>`,
        )}
        ${shown.length ? nothing : html`<p class="hint">No claim of this chapter has this verdict.</p>`}
      </div>
      ${beside && open ? html`<div class="opened">${detail(open, ctx)}</div>` : nothing}
    </div>`;
}

/** Which text it is whose claims are checked. @param {ErrataEntries} data */
const source = ({ reference: { title, subtitle, chapters } }) => html`
  <p class="hint reference">The reference is the text “<cite>${title}</cite>: ${subtitle}”, of ${chapters} chapters.
    It names no author and no date. This explorer shows at work what the text describes. Each claim below names its
    chapter and section.</p>`;

/** @param {ErrataEntries} data @param {ViewContext<any, ErrataEntries>} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const other = (/** @type {ErrataEntry} */ entry) =>
    ctx.there ? { [ctx.beside.column]: otherFound(entry, ctx) ?? entry.found } : {};
  return data.entries.map((entry) => ({ ...row(entry), ...other(entry) }));
}

/** @param {ErrataEntry} entry @returns {Row} */
function row({ chapter, section, says, quotation, said, found, verdict, why }) {
  return {
    chapter,
    section,
    claim: says,
    quotation,
    said,
    found,
    verdict: VERDICTS[verdict].word,
    why,
  };
}

/** @param {ErrataEntry} entry @param {string} verdict */
const isOf = (entry, verdict) => verdict === ALL || entry.verdict === verdict;

/** @param {ErrataEntry[]} entries */
const grouped = (entries) =>
  rollup(
    entries,
    (some) => some,
    ({ chapter }) => chapter,
  );

/** @param {ErrataEntries} data @returns {[string, string, string?][]} */
function verdicts({ entries }) {
  const many = (/** @type {string} */ verdict) => entries.filter((each) => isOf(each, verdict)).length;
  const found = Object.entries(VERDICTS).filter(([name]) => name !== "open" || many(name));
  return [
    [ALL, `All ${many(ALL)}`],
    ...found.map(
      ([name, { sign, word, means }]) =>
        /** @type {[string, string, string]} */ ([name, `${sign} ${word} ${many(name)}`, means]),
    ),
  ];
}

/** @param {ErrataEntries} data @returns {[number, string][]} */
function chapters({ entries }) {
  return [
    [0, "All"],
    ...[...grouped(entries)].map(
      ([number, [first]]) => /** @type {[number, string]} */ ([number, `${number}. ${first.chapter_title}`]),
    ),
  ];
}

/** @param {ErrataEntries} data */
function summary({ entries, total }) {
  const many = (/** @type {string} */ verdict) => entries.filter((each) => each.verdict === verdict).length;
  const so = entries.length < total ? ` so far, of ${total}` : "";
  return html`${counted(entries.length, "claim")}${so}: <b>${many("wrong")}</b> wrong, <b>${many("loose")}</b> loose,
    <b>${many("right")}</b> right${many("open") ? `, ${many("open")} not checked here` : ""}.`;
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
