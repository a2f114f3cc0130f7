// @ts-check
/** Names and colours of what chooses. */

/** @type {Record<string, string>} */
export const JUDGES = {
  outcome: "outcome verifier",
  process: "process verifier",
  few: "taught on few",
  large: "likes large answers",
};

/** @type {Record<string, string>} */
export const COLOURS = {
  pass: "ink3",
  vote: "prob",
  outcome: "pos",
  process: "ok",
  few: "neg",
  large: "ink2",
  right: "ok",
  wrong: "river-deep",
};
