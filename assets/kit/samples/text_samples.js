// @ts-check
/**
 * Texts and tokens on the kit's page.
 *
 * @typedef {typeof import("./samples.js").kept & { drafts?: object }} Kept
 * @typedef {{ kept: Kept, keep: (change: Partial<Kept>) => void }} Sample
 */
import { html } from "../../vendor/lit.js";
import { typed, typedText } from "../controls/typed.js";
import { mergeTree } from "../drawing/merge_tree.js";
import { mergeNodes, symbolsAt } from "../drawing/merges.js";
import { signs, spelled } from "../text/spelled.js";
import { learn, svgToken, token } from "../text/tokens.js";
import { wordList } from "../text/words.js";

learn({ 1: "When", 2: " Mary", 3: "\n", 4: { hex: "f0 9f" } });
/** A made-up training of three merges: l o, lo w, e r. */
const WORDS = [
  { word: "low", merges: [0, 0] },
  { word: " lower", merges: [1, 1, 2] },
].map(({ word, merges }) => {
  const names = word.length === 3 ? ["lo", "low"] : ["lo", "low", "er"];
  return mergeNodes(
    [...word].map((letter) => ({ label: signs(letter), length: 1 })),
    merges.map((index, i) => ({ index, row: i + 1, label: names[i] })),
  );
});
const ROWS = ["letters", "1st", "2nd", "3rd"].map((name, row) => ({ row, name }));
const DONE = 2;
/** @type {Record<string, string>} */
const controls = { typed: "A text" };

/** @param {Sample} sample */
export const textParts = ({ kept, keep }) => [
  {
    name: "tokens",
    says: "Tokens in a line and in a drawing: spaces, line ends and lone bytes can be seen.",
    shows: () => html`
      <p>${[1, 2, 3, 4, 5].map((id) => token(id, { className: "tok" }))}</p>
      <svg class="fig" height="30" role="img" aria-label="Two tokens">
        ${svgToken(1, { x: 0, y: 20 })} ${svgToken(2, { x: 60, y: 20 })}
      </svg>`,
  },
  {
    name: "words",
    says: "The words of a text in their tokens; arrow keys choose one.",
    shows: () =>
      wordList({
        label: "Two sample words",
        words: WORDS.map((nodes, at) => ({
          pieces: symbolsAt(nodes, DONE).map(({ label }) => label),
          look: at ? "longer" : "",
        })),
        chosen: kept.word,
        choose: (word) => keep({ word }),
      }),
  },
  {
    name: "merge_tree",
    says: "The merges of a word, done and still to come.",
    shows: (/** @type {number} */ width) =>
      mergeTree({
        nodes: WORDS[kept.word],
        rows: kept.word ? ROWS : ROWS.slice(0, 3),
        at: DONE,
        width: Math.min(460, width),
        label: "A sample word’s merges",
        mark: String(DONE),
      }),
  },
  {
    name: "typed",
    says: "A text that one types, taken after a pause; what cannot be seen, written so that it can.",
    shows: (/** @type {number} */ width) => {
      const control = (/** @type {string} */ name, /** @type {string} */ text) => {
        controls[name] = text;
      };
      const declared = () => ({ label: "A sample text", longest: 80 });
      const ctx = /** @type {any} */ ({ kept, keep, controls, control, declared, width, toast: () => {} });
      const value = typedText("typed", controls.typed, ctx);
      return html`
        ${typed({ name: "typed", value }, ctx)}
        <p class="readout mono">
          ${signs(controls.typed)} · ${spelled(new TextEncoder().encode(controls.typed).slice(0, 8))}
        </p>`;
    },
  },
];
