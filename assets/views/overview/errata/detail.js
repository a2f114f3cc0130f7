// @ts-check
/**
 * One claim: the words of the reference, what is said beside what came out, and the numbers behind it.
 *
 * @import { ErrataEntries, ErrataEntry } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Elsewhere } from "./elsewhere"
 */
import { html, nothing } from "../../../vendor/lit.js";
import { elsewhere } from "./elsewhere.js";
import { badge } from "./verdicts.js";

/** @param {ErrataEntry} entry @param {ViewContext<any, ErrataEntries>} ctx */
export function detail(entry, ctx) {
  const other = elsewhere(entry, ctx);
  const { chapter, chapter_title, section, says, quotation, verdict, said, found } = entry;
  const { name, why, figures, panel, panel_title, view, command } = entry;
  const open = verdict === "open";
  return html`
    <article class="claim-detail ${verdict}" aria-label=${says}>
      <h3>${says}</h3>
      <blockquote>
        <p>${quotation}</p>
        <p class="from">The reference, chapter ${chapter} “${chapter_title}”, section “${section}”</p>
      </blockquote>
      ${open ? html`<p>${badge(verdict)}</p>` : compared({ verdict, said, found })}
      <p class="why">${why}</p>
      ${numbers(figures)}
      ${other ? otherwise(other, ctx) : nothing}
      ${
        panel
          ? html`<button class="linkbtn" type="button" @click=${() => ctx.go(panel, view)}>
              ${panel === "errata" ? "See it drawn below" : `See it in ${panel_title}`}&nbsp;→
            </button>`
          : nothing
      }
      <p class="hint from">${open ? nothing : html`Compute it alone: <code>${command}</code>. `}
        <a href=${`?panel=errata&view=entries&errata.entry=${encodeURIComponent(name)}`}>A link to this claim</a></p>
    </article>`;
}

/** @param {ErrataEntry["figures"]} figures */
const numbers = (figures) =>
  figures.length
    ? html`<dl>${figures.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    : nothing;

/** What the other run finds. @param {Elsewhere} there @param {ViewContext} ctx */
const otherwise = ({ verdict, found, why, figures }, { beside }) => html`
  <h4><i class="mark dot"></i>${beside.start} <b>${found}</b> ${badge(verdict)}</h4>
  ${why ? html`<p class="why">${why}</p>` : nothing}
  ${numbers(figures)}`;

/** @param {{ verdict: string, said: string, found: string }} entry */
const compared = ({ verdict, said, found }) => html`
  <div class="said-found">
    <div><small>said</small><b>${said}</b></div>
    <div><small>found</small><b>${found}</b></div>
    ${badge(verdict)}
  </div>`;
