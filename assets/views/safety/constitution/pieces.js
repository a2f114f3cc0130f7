// @ts-check
/**
 * A text with the words that a revision took out and put in.
 *
 * @import { RevisionPiece } from "../../../types/safety"
 */
import { html } from "../../../vendor/lit.js";

/** @param {readonly RevisionPiece[]} pieces */
export const marked = (pieces) =>
  pieces.map(({ kind, text }) =>
    kind === "gone"
      ? html`<del>${text}</del> `
      : kind === "new"
        ? html`<ins>${text}</ins> `
        : html`<span>${text}</span> `,
  );
