// @ts-check
/**
 * One picture of each of two runs, beside each other where there is room, else below each other: what a view shows of
 * another run where its picture does not lay both into one.
 *
 * @import { Other, ViewContext } from "../view"
 */
import { html, nothing, ref, render } from "../../vendor/lit.js";
import { spokenIn, vocabularyOf } from "../text/vocabulary.js";
import { OTHER, parted } from "./beside.js";

/** Pixels: of a view that has room for two pictures, and between them. */
const ROOM = 1000;
const GAP = 36;

/** What one of two pictures may fill. @param {number} width */
export const half = (width) => (width >= ROOM ? Math.floor((width - GAP) / 2) : width);

/** A landmark's name, told apart from that of this run's. @param {Element} region @param {string} whose */
function named(region, whose) {
  const name = region.getAttribute("aria-label") ?? "";
  if (!name.endsWith(whose)) region.setAttribute("aria-label", `${name}, ${whose}`);
}

/**
 * @param {ViewContext} ctx
 * @param {unknown} here
 * @param {() => unknown} there drawn in that run's own vocabulary
 */
export function bothRuns({ width, beside, other }, here, there) {
  const vocabulary = vocabularyOf(other?.strings);
  const draw = (/** @type {Element | undefined} */ into) => {
    if (!(into instanceof HTMLElement)) return;
    spokenIn(vocabulary, () => render(there(), into));
    for (const region of into.querySelectorAll('[role="region"]')) named(region, beside.name);
  };
  const title = beside === OTHER ? other?.model?.title : "";
  return html`
    <div class="both-runs ${width >= ROOM ? "wide" : ""}">
      <section aria-label="This run"><h3 class="sub3">This run</h3>${here}</section>
      <section aria-label=${beside.The}>
        <h3 class="sub3">${beside.The}${title ? html` <small>${title}</small>` : nothing}</h3>
        <div ${ref(draw)}></div>
      </section>
    </div>`;
}

/** One picture, and that the other run has none at this position. @param {ViewContext} ctx @param {unknown} here */
export const oneRun = (ctx, here) => html`<p class="readout basenote">${parted(ctx)}</p>${here}`;
