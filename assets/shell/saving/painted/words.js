// @ts-check
/**
 * Words of the page as SVG, line by line, each where the page has broken it.
 *
 * @typedef {{ left: number, top: number }} Origin
 */
import { made, reach, widthOf } from "../drawing.js";
import { tinted } from "./colours.js";

/** Words, and the parts of words between which a line may end. */
const PIECES = /[^\s\-‐–—/]+[-‐–—/]*|[-‐–—/]+/g;

/** A text node, line by line. @param {Text} node @param {Origin} origin */
export function words(node, origin) {
  const parent = node.parentElement;
  if (!parent || !node.data.trim()) return [];
  const style = getComputedStyle(parent);
  if (style.fontSize === "0px" || style.visibility !== "visible") return [];
  const right = rightEnd(parent);
  return linesOf(node, style).flatMap(({ text, rect }) => {
    const box = { x: rect.left - origin.left, y: rect.top - origin.top, width: rect.width, height: rect.height };
    return written(cutOff(text, box, right - origin.left, style), box, style, parent);
  });
}

/** @param {CSSStyleDeclaration} style */
export const fontOf = (style) => `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;

/**
 * One line in its box.
 * @param {string} said
 * @param {{ x: number, y: number, width: number, height: number }} box
 * @param {CSSStyleDeclaration} style
 * @param {Element | null} [parent]
 */
export function written(said, { x, y, width, height }, style, parent = null) {
  const text = style.textTransform === "uppercase" ? said.toUpperCase() : said;
  const { above, below } = reach(fontOf(style));
  const upright = style.writingMode.startsWith("horizontal");
  const line = ((upright ? height : width) - above - below) / 2 + above;
  const place = upright
    ? { x, y: y + line, textLength: width || undefined }
    : { transform: `translate(${x + width - line} ${y}) rotate(90)`, textLength: height };
  const attributes = { ...tinted("fill", style.color), "text-decoration": decoration(parent), style: lettered(style) };
  return [made("text", { ...place, ...attributes }, text)];
}

/** Lines through and below a text come from whatever holds it. @param {Element | null} element */
function decoration(element) {
  for (let each = element, depth = 0; each && depth < 4; each = each.parentElement, depth++) {
    const { textDecorationLine, textDecorationStyle } = getComputedStyle(each);
    if (textDecorationLine === "line-through") return textDecorationLine;
    if (textDecorationLine === "underline" && textDecorationStyle === "solid") return textDecorationLine;
  }
  return undefined;
}

/** @param {CSSStyleDeclaration} style */
function lettered({ fontFamily, fontSize, fontWeight, fontStyle }) {
  const family = fontFamily.replaceAll('"', "'");
  const cut = `font-weight:${fontWeight};font-style:${fontStyle}`;
  return `font-family:${family};font-size:${fontSize};${cut};white-space:pre`;
}

/** Where a box that says so with three dots ends its words. @param {Element} parent */
function rightEnd(parent) {
  for (
    let each = /** @type {Element | null} */ (parent), depth = 0;
    each && depth < 3;
    each = each.parentElement, depth++
  ) {
    const { textOverflow, paddingRight, borderRightWidth } = getComputedStyle(each);
    if (textOverflow !== "ellipsis" || each.scrollWidth <= each.clientWidth) continue;
    return each.getBoundingClientRect().right - Number.parseFloat(paddingRight) - Number.parseFloat(borderRightWidth);
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * @param {string} text
 * @param {{ x: number, width: number }} box which becomes as wide as what is left
 * @param {number} right
 * @param {CSSStyleDeclaration} style
 */
function cutOff(text, box, right, style) {
  if (box.x + box.width <= right + 1) return text;
  const letters = [...text];
  const said = () => `${letters.join("").trimEnd()}…`;
  while (letters.length && widthOf(said(), fontOf(style)) > right - box.x) letters.pop();
  box.width = Math.max(1, Math.min(right - box.x, widthOf(said(), fontOf(style))));
  return said();
}

/**
 * The lines that the page has broken it into.
 * @param {Text} node
 * @param {CSSStyleDeclaration} style
 * @returns {{ text: string, rect: DOMRect }[]}
 */
function linesOf(node, style) {
  const range = document.createRange();
  const spaces = style.whiteSpace.startsWith("pre") ? /\s/g : /\s+/g; // as the page folds them
  const upright = style.writingMode.startsWith("horizontal");
  /** @type {{ from: number, to: number, top: number }[]} */
  const lines = [];
  const topOf = (/** @type {number} */ from, /** @type {number} */ to) => {
    range.setStart(node, from);
    range.setEnd(node, to);
    const first = range.getClientRects()[0];
    return first && (upright ? first.top : first.left);
  };
  for (const { index, 0: word } of node.data.matchAll(PIECES)) {
    const [top, to] = [topOf(index, index + word.length), index + word.length];
    const last = lines.at(-1);
    if (top === undefined) continue;
    if (last && Math.abs(last.top - top) < 2) last.to = to;
    else lines.push({ from: index, to, top });
  }
  return lines.map(({ from, to }) => {
    range.setStart(node, from);
    range.setEnd(node, to);
    return { text: range.toString().replace(spaces, " "), rect: range.getBoundingClientRect() };
  });
}
