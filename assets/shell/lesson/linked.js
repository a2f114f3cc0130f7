// @ts-check
/**
 * A lesson that the address names, as the page opens.
 *
 * @import { Lessons } from "./course"
 */
import { follow, nextIn, readList } from "./courses.js";
import { fetched, named, without } from "./opened.js";

/** At the step that the address names, else where its reader left it. @param {Lessons} lessons */
export async function openLinked(lessons) {
  const parts = new URLSearchParams(location.search);
  const which = (await begun(parts)) ?? (await named(parts));
  const reading = which && (await fetched(lessons.page, which));
  if (!reading) return history.replaceState(null, "", without(parts));
  const asked = Number(parts.get("step")) || reading.at + 1;
  lessons.take(reading, Math.max(1, Math.min(asked, reading.lesson.steps.length)) - 1);
  // A link of the page's own has the whole state; a short one is filled in with the step's.
  if (!parts.has("panel")) {
    const theme = parts.get("__theme");
    const link = reading.step.link + lessons.tail + (theme ? `&__theme=${theme}` : "");
    history.replaceState(null, "", location.pathname + link + location.hash);
  }
  lessons.stepped();
}

/** The next lesson of the course that the address names. @param {URLSearchParams} parts */
async function begun(parts) {
  const asked = parts.get("course");
  if (!asked) return null;
  const course = (await readList()).courses.find(({ name }) => name === asked);
  if (!course) return null;
  follow(course.name);
  return { name: nextIn(course) };
}
