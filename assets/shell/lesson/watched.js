// @ts-check
/**
 * What happens on the page while a lesson is read: presses that answer its question, keys that walk it, Back and
 * Forward.
 *
 * @import { Focus } from "../protocol"
 * @import { Lessons } from "./course"
 */

/** @param {Lessons} lessons */
export function watch(lessons) {
  lessons.page.store.on((what, detail) => {
    const { reading } = lessons;
    if (!reading || reading.left) return;
    if (what === "focus") picked(lessons, /** @type {(keyof Focus)[]} */ (detail));
    if (what !== "sampler") queueMicrotask(() => lessons.draw());
  });
  document.addEventListener("keydown", (event) => keyed(lessons, event));
  addEventListener("popstate", () => back(lessons));
}

/**
 * A press in the picture answers the question, where it asks for such a thing.
 * @param {Lessons} lessons
 * @param {(keyof Focus)[]} changed
 */
function picked(lessons, changed) {
  const { reading, page, shown, wandered } = lessons;
  const pick = reading?.step.ask?.pick ?? [];
  if (!reading || shown.applying || wandered || !pick.some((name) => changed.includes(name))) return;
  if (reading.answer !== undefined && reading.right()) return;
  lessons.answer(Object.fromEntries(pick.map((name) => [name, page.store.focus[name]])));
}

/** @param {Lessons} lessons @param {KeyboardEvent} event */
function keyed(lessons, event) {
  const { reading, page, aside } = lessons;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!reading || reading.left || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const at = /** @type {Element} */ (event.target);
  if (at !== document.body && at !== page.stage && !aside.contains(at)) return; // arrows of a picture
  lessons.go(reading.at + step);
}

/** Back and Forward bring a step's state: its words follow. @param {Lessons} lessons */
function back(lessons) {
  const { reading } = lessons;
  const step = Number(new URLSearchParams(location.search).get("step"));
  if (!reading || reading.left || !step || step - 1 === reading.at || step > reading.lesson.steps.length) return;
  reading.move(step - 1);
  lessons.stepped();
}
