// @ts-check
/** What is said of a claim: a sign and a word, so that colour says nothing alone. */
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { sign: string, word: string, means: string }>} */
export const VERDICTS = {
  wrong: { sign: "✗", word: "wrong", means: "The result is not what the reference says." },
  loose: { sign: "≈", word: "loose", means: "The claim holds for some of what it speaks of." },
  right: { sign: "✓", word: "right", means: "The result is what the reference says." },
  open: { sign: "–", word: "not checked", means: "This model or machine cannot compute it; the claim says why." },
};

/** @param {string} verdict */
export function badge(verdict) {
  const { sign, word, means } = VERDICTS[verdict];
  return html`<span class="verdict-badge ${verdict}" title=${means}><i aria-hidden="true">${sign}</i>${word}</span>`;
}
