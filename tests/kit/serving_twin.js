// @ts-check
/** Answers servings as the page does, in what its files hold: the ground and what is asked come as JSON. */
import { readFileSync } from "node:fs";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const CALCULATOR = "../../assets/views/inference/memory_calculator";
const fit = await import(`${CALCULATOR}/fit.js`);
const budget = await import(`${CALCULATOR}/budget.js`);

const { grounds, asked } = JSON.parse(readFileSync(0, "utf8"));
const answers = asked.map((/** @type {[number, object]} */ [at, controls]) => {
  const [data, ctx] = [{ ground: grounds[at] }, { controls }];
  const { formats, capacity } = budget.exported(data, ctx);
  return { ...fit.exported(data, ctx), formats, capacity };
});
process.stdout.write(JSON.stringify(answers));
