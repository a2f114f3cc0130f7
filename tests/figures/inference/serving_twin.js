// @ts-check
/** Answers servings by the page's own formulas: the ground and what is asked come as JSON, so do the answers go. */
import { readFileSync } from "node:fs";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const CALCULATOR = "../../../assets/views/inference/memory_calculator";
const { answerOf, formatsOf } = await import(`${CALCULATOR}/answer.js`);
const { read } = await import(`${CALCULATOR}/asked.js`);

const { grounds, asked } = JSON.parse(readFileSync(0, "utf8"));
const answers = asked.map((/** @type {[number, object]} */ [at, controls]) => {
  const served = read(grounds[at], controls);
  const { asked: understood, wrong, name, sizes, card } = served;
  const rest = { answer: answerOf(grounds[at], served), formats: formatsOf(grounds[at], served) };
  return { asked: understood, wrong, name, sizes, capacity: card.memory, ...rest };
});
process.stdout.write(JSON.stringify(answers));
