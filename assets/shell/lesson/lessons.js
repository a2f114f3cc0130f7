// @ts-check
/**
 * How lessons begin: from a link, the list, or the welcome. Loaded when the first of that is asked for.
 *
 * @typedef {import("../page").Page} Page
 */
import { Lessons } from "./course.js";
import { kept } from "./kept.js";
import { openLinked } from "./linked.js";

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

/** The first lesson. @param {Page} page */
export const tour = (page) => of(page).open({ name: "five-minutes" });

/** Somebody is here: a lesson that was left stands in its line. @param {Page} page */
export async function met(page) {
  if (kept().open && !made?.reading) return of(page).recall();
}
