// @ts-check
/** What the four forms and the four conditions are called. */

/** @type {Record<string, string>} */
export const FORMS = {
  answer: "an opinion",
  sure: "are you sure?",
  feedback: "feedback",
  mimicry: "a friend’s mistake",
};

/** @type {Record<string, string>} */
export const CONDITIONS = { plain: "plain", placebo: "placebo", denied: "wrong one denied", pressure: "pressure" };
