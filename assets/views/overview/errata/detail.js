// @ts-check
/**
 * One claim: the words of the reference, what is said beside what came out, and the numbers behind it.
 *
 * @import { ErrataEntry } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { html, nothing } from "../../../vendor/lit.js";
import { badge } from "./verdicts.js";

/** @param {ErrataEntry} entry @param {ViewContext} ctx */
export function detail(entry, ctx) {
  const { chapter, chapter_title, says, quotation, verdict, said, found, why, figures, panel, panel_title, view } =
    entry;
  const open = verdict === "open";
  return html`
    <article class="claim-detail ${verdict}" aria-label=${says}>
      <h3>${says}</h3>
      <blockquote>
        <p>${quotation}</p>
        <p class="from">The reference, chapter ${chapter}, ${chapter_title}</p>
      </blockquote>
      ${open ? html`<p>${badge(verdict)}</p>` : compared({ verdict, said, found })}
      <p class="why">${why}</p>
      ${
        figures.length
          ? html`<dl>${figures.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
          : nothing
      }
      ${
        panel
          ? html`<button class="linkbtn" type="button" @click=${() => ctx.go(panel, view)}>
              ${panel === "errata" ? "See it drawn below" : `See it in ${panel_title}`}&nbsp;→
            </button>`
          : nothing
      }
    </article>`;
}

/** @param {{ verdict: string, said: string, found: string }} entry */
const compared = ({ verdict, said, found }) => html`
  <div class="said-found">
    <div><small>said</small><b>${said}</b></div>
    <div><small>found</small><b>${found}</b></div>
    ${badge(verdict)}
  </div>`;
