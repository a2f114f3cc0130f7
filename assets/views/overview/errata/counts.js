// @ts-check
/**
 * How many claims of each chapter have each verdict: a bar a chapter, which is pressed to list that chapter alone.
 *
 * @import { ErrataEntries, ErrataEntry } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted } from "../../../kit/numbers/format.js";
import { rollup } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { VERDICTS } from "./verdicts.js";

/** Claims by chapter. @param {ErrataEntry[]} entries */
export const byChapter = (entries) =>
  rollup(
    entries,
    (some) => some,
    ({ chapter }) => chapter,
  );

/** @param {ErrataEntry[]} entries @returns {[verdict: string, many: number][]} */
export const byVerdict = (entries) =>
  Object.keys(VERDICTS).map((verdict) => [verdict, entries.filter((each) => each.verdict === verdict).length]);

/** @param {ErrataEntries} data @param {ViewContext} ctx @param {number} chosen the chapter that is listed; 0: all */
export function counts({ entries }, ctx, chosen) {
  const chapters = [...byChapter(entries)];
  const most = Math.max(...chapters.map(([, some]) => some.length));
  return html`
    <div class="counts" role="group" aria-label="Claims by chapter and verdict">
      ${chapters.map(([number, some]) => {
        const many = byVerdict(some).filter(([, count]) => count);
        const told = many.map(([verdict, count]) => `${count} ${VERDICTS[verdict].word}`).join(", ");
        return html`
          <button type="button" class="chapter-count" aria-pressed=${number === chosen} title=${told}
            aria-label="${number}. ${some[0].chapter_title}: ${counted(some.length, "claim")}, ${told}"
            @click=${() => ctx.control("chapter", number === chosen ? 0 : number)}>
            <span class="name">${number}. ${some[0].chapter_title}</span>
            <span class="stack" aria-hidden="true" style=${styleMap({ width: `${(100 * some.length) / most}%` })}>
              ${many.map(([verdict, count]) => html`<i class=${verdict} style=${styleMap({ flexGrow: count })}></i>`)}
            </span>
            <span class="many">${some.length}</span>
          </button>`;
      })}
      ${chapters.length ? nothing : html`<p class="hint">No claim is checked yet.</p>`}
    </div>`;
}
