// @ts-check
/**
 * How lessons begin: from a link, the list, or the offer to a newcomer. Loaded when the first of that is asked for.
 *
 * @typedef {import("../page").Page} Page
 */
import { Lessons } from "./course.js";
import { keep, kept } from "./kept.js";
import { openLinked } from "./linked.js";
import { offer } from "./offer.js";

/** @type {Lessons | null} */
let made = null;

/** @param {Page} page */
function of(page) {
  made ??= new Lessons(page);
  return made;
}

/** The address names a lesson; the page opens in any case. @param {Page} page */
export const linked = (page) => openLinked(of(page)).catch(console.error);

/** The list was asked for. @param {Page} page */
export const list = (page) => of(page).list();

/**
 * Somebody is here: a lesson that was left stands in its line; a newcomer is offered the tour, once.
 * @param {Page} page
 * @param {boolean} bare the address asked for nothing
 */
export async function met(page, bare) {
  const { open, met } = kept();
  if (made?.reading) return;
  if (open) return of(page).recall();
  if (met || !bare) return;
  keep({ met: true });
  offer(() => of(page).open({ name: "five-minutes" }));
}
