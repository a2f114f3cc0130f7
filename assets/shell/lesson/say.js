// @ts-check
/**
 * A lesson's text as a template: every word of it is a value, so that nothing in a file can be markup.
 *
 * @import { Name } from "../../kit/text/glossary"
 * @import { Block, Inline, Value } from "./lesson"
 *
 * @typedef {object} Saying
 * @property {Record<string, Value> | undefined} values of the run; nothing while they are awaited
 * @property {Set<Name>} seen terms that are underlined already
 * @property {(link: string) => void} go
 */
import { explained } from "../../kit/text/terms.js";
import { visible } from "../../kit/text/vocabulary.js";
import { html } from "../../vendor/lit.js";
import { written } from "./written.js";

/** @param {Block[]} blocks @param {Saying} saying */
export const say = (blocks, saying) =>
  blocks.map(({ kind, rows }) =>
    kind === "list"
      ? html`<ul>${rows.map((row) => html`<li>${inlines(row, saying)}</li>`)}</ul>`
      : html`<p>${inlines(rows[0], saying)}</p>`,
  );

/** The same without paragraphs: for a button, or behind a word. @param {Block[]} blocks @param {Saying} saying */
export const sayShort = (blocks, saying) => blocks.map(({ rows }) => rows.map((row) => inlines(row, saying)));

/** @param {Inline[]} parts @param {Saying} saying @returns {unknown[]} */
const inlines = (parts, saying) => parts.map((part) => inline(part, saying));

/** @param {Inline} part @param {Saying} saying */
function inline({ kind, text, to, parts }, saying) {
  if (kind === "code") return /^ | $/.test(text) ? word(text) : html`<code>${text}</code>`;
  if (kind === "strong") return html`<strong>${inlines(parts, saying)}</strong>`;
  if (kind === "em") return html`<em>${inlines(parts, saying)}</em>`;
  if (kind === "value") return value(saying.values?.[text], saying.values !== undefined);
  if (kind === "term") {
    return html`<span class="term" role="button" tabindex="0" aria-haspopup="dialog"
      data-term=${to}>${inlines(parts, saying)}</span>`;
  }
  if (kind === "link") {
    return html`<a class="way" href="/${to}" @click=${(/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a window of its own
      event.preventDefault();
      saying.go(to);
    }}>${inlines(parts, saying)}</a>`;
  }
  return explained(text, saying.seen);
}

/** A token, its spaces seen. @param {string} text */
const word = (text) => html`<span class="mono tokword">${visible(text)}</span>`;

/** @param {Value | undefined} found @param {boolean} told whether the run has been heard */
function value(found, told) {
  if (!found) return html`<span class="said wait">${told ? "?" : "…"}</span>`;
  return found.kind === "token" ? word(String(found.value)) : html`<b class="said">${written(found)}</b>`;
}
