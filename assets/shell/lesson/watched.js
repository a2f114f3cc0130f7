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
  lessons.page.panels.page.given.picked = (change) => pressed(lessons, change);
  document.addEventListener("keydown", (event) => keyed(lessons, event));
  lessons.page.address.found = () => back(lessons);
}

/**
 * What the question asks for in the picture, until it was found.
 * @param {Lessons} lessons
 * @returns {(keyof Focus)[]}
 */
function sought({ reading, shown, wandered }) {
  if (!reading || reading.left || shown.applying || wandered) return [];
  if (reading.answer !== undefined && reading.right()) return [];
  return reading.step.ask?.pick ?? [];
}

/**
 * Something else is selected: that answers a question which asks for such a thing.
 * @param {Lessons} lessons
 * @param {(keyof Focus)[]} changed
 */
function picked(lessons, changed) {
  const pick = sought(lessons);
  const { focus } = lessons.page.store;
  if (!pick.some((name) => changed.includes(name))) return;
  lessons.answer(Object.fromEntries(pick.map((name) => [name, focus[name]])));
}

/**
 * A press in the picture, which may be of what is selected already. Whether it answers a question.
 * @param {Lessons} lessons
 * @param {Partial<Focus>} change
 */
function pressed(lessons, change) {
  const { focus } = lessons.page.store;
  const named = sought(lessons).filter((name) => name in change);
  if (named.length && named.every((name) => change[name] === focus[name])) picked(lessons, named);
  return named.length > 0;
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
