// @ts-check
/**
 * Where a lesson comes from: the server's own, a file, or the address that carries one.
 *
 * @typedef {{ name?: string, text?: string }} Which a lesson that the server has, or one that is carried here
 */
import { learnTerms } from "../../kit/text/glossary.js";
import { toast } from "../toast.js";
import { carried, inAddress, unfolded } from "./carried.js";
import { Reading } from "./reading.js";

const GONE = "The lesson in this link cannot be read: the link was cut, or the lesson is too long.";

/**
 * Reads a lesson; null where it cannot be read, and then says why.
 * @param {import("../page").Page} page
 * @param {Which} which
 */
export async function fetched(page, { name = "", text = "" }) {
  /** @type {import("./lesson").LessonAnswer | import("../protocol").ErrorAnswer} */
  const answer = await page.server.call("lesson", { name, text });
  if (answer.kind === "lesson") {
    learnTerms(answer.lesson.terms);
    return new Reading(answer.lesson, text);
  }
  toast(answer.message);
  return null;
}

/** The lesson that the address names or carries. @param {URLSearchParams} parts @returns {Promise<Which | null>} */
export async function named(parts) {
  const packed = inAddress();
  if (packed === null) return { name: parts.get("lesson") ?? "" };
  try {
    return { text: await unfolded(packed) };
  } catch {
    toast(GONE);
    return null;
  }
}

/** A lesson's text goes with the address. @param {string} text */
export async function carry(text) {
  history.replaceState(null, "", `${location.pathname}${location.search}#lesson=${await carried(text)}`);
}

/** @param {URLSearchParams} parts of an address whose lesson cannot be had */
export function without(parts) {
  parts.delete("lesson");
  parts.delete("course");
  parts.delete("step");
  return parts.size ? `${location.pathname}?${parts}` : location.pathname;
}
