// @ts-check
/** What is said of a claim: a sign and a word, so that colour says nothing alone. */
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { sign: string, word: string, means: string }>} */
export const VERDICTS = {
  wrong: { sign: "✗", word: "wrong", means: "What comes out is something else." },
  loose: { sign: "≈", word: "loose", means: "It holds for some of what it speaks of, and not for the rest." },
  right: { sign: "✓", word: "right", means: "What comes out is what is said." },
  open: { sign: "–", word: "not checked", means: "It cannot be computed on this model or machine." },
};

/** @param {string} verdict */
export function badge(verdict) {
  const { sign, word, means } = VERDICTS[verdict];
  return html`<span class="verdict-badge ${verdict}" title=${means}><i aria-hidden="true">${sign}</i>${word}</span>`;
}
