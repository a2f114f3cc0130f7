// @ts-check
/**
 * What this browser keeps of lessons: how far one is in each, which is open, whether the tour was offered.
 *
 * @typedef {number | Record<string, number | null>} Answer one that was given: the choice, or what was picked
 * @typedef {{ step: number, answers: Record<string, Answer>, done?: boolean }} Place how far somebody is in a lesson
 *
 * @typedef {object} Kept
 * @property {Record<string, Place>} places by the lesson's name
 * @property {string | null} open the lesson that was left or is being read
 * @property {string} text of the one that is open, where it came from a file
 * @property {string} course the course that is being read
 * @property {boolean} met whether the tour was offered, or a lesson opened
 */
const KEY = "explorer-lessons";

/** @returns {Kept} */
export function kept() {
  const fresh = { places: {}, open: null, text: "", course: "", met: false };
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return found && typeof found === "object" ? { ...fresh, ...found } : fresh;
  } catch {
    return fresh; // a page without storage forgets the place; nothing else is lost
  }
}

/** @param {Partial<Kept>} change */
export function keep(change) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...change }));
  } catch {
    // the same
  }
}

/** @param {string} name @returns {Place} */
export function placeIn(name) {
  const { step = 0, answers = {}, done = false } = kept().places[name] ?? {};
  return { step, answers, done };
}

/** @param {string} name @param {Place} place */
export function keepPlace(name, place) {
  keep({ places: { ...kept().places, [name]: place } });
}
