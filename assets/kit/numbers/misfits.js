// @ts-check
/** Formats that are left out, in words: those that share a reason stand in one sentence. And a format’s short name. */
import { html, nothing } from "../../vendor/lit.js";

/** @param {readonly { title: string, reason: string }[]} left */
export const leftOut = (left) => (left.length ? html`<p class="hint">${misfits(left)}</p>` : nothing);

/**
 * @param {readonly { title: string, reason: string }[]} left
 * @returns {string} one sentence a reason; "" where nothing is left out
 */
export function misfits(left) {
  /** @type {Map<string, string[]>} */
  const by = new Map();
  for (const { title, reason } of left) by.set(reason, [...(by.get(reason) ?? []), title]);
  return [...by]
    .map(([reason, titles]) => {
      const last = titles.at(-1);
      const names = titles.length > 1 ? `${titles.slice(0, -1).join(", ")} and ${last} are` : `${last} is`;
      return `${names} left out: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
    })
    .join(" ");
}

/** A format’s title without its explanation, for a label beside a mark. @param {string} title */
export const brief = (title) =>
  title
    .replace(/, (one scale per row|groups of 32|rotated|a mix)$/, "")
    .replace("groups of ", "g")
    .replace("double quantization", "DQ")
    .replace("bitsandbytes", "bnb");
