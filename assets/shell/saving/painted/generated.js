// @ts-check
/**
 * What a stylesheet puts before and behind an element's own content: no script can ask where it is, so its place is
 * reckoned from what is said of it.
 *
 * @import { Place } from "./boxes"
 */
import { made, widthOf } from "../drawing.js";
import { box } from "./boxes.js";
import { tinted } from "./colours.js";
import { fontOf, written } from "./words.js";

/**
 * @param {Element} element
 * @param {Place} place
 * @param {"::before" | "::after"} which
 * @returns {SVGElement[]}
 */
export function generated(element, place, which) {
  const style = getComputedStyle(element, which);
  if (style.content === "none" || style.content === "normal" || style.display === "none") return [];
  if (style.visibility !== "visible" || style.clipPath.startsWith("inset(50%")) return [];
  const text = said(style.content, element);
  const found =
    style.position === "absolute" ? absolute(element, style, place) : flowing(element, style, place, which, text);
  if (!found) return [];
  return [...box(element, style, found).under, ...(text ? written(text, found, style) : [])];
}

/** The words of its content. @param {string} content @param {Element} element */
function said(content, element) {
  const parts = content.match(/"(?:[^"\\]|\\.)*"|counter\([^)]*\)/g) ?? [];
  return parts.map((part) => (part.startsWith("counter") ? String(counted(element)) : JSON.parse(part))).join("");
}

/** Its number among those beside it that are counted. @param {Element} element */
function counted(element) {
  let number = 0;
  for (let each = /** @type {Element | null} */ (element); each; each = each.previousElementSibling) {
    if (getComputedStyle(each).counterIncrement !== "none") number += 1;
  }
  return number;
}

/** @param {string} length */
const of = (length) => Number.parseFloat(length) || 0;

/**
 * In its element, where that is what it is placed in.
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 */
function absolute(element, style, place) {
  const own = getComputedStyle(element);
  if (own.position === "static") return null;
  const edge = (/** @type {string} */ side) => of(style.getPropertyValue(`border-${side}-width`));
  const padding = (/** @type {string} */ side) => of(style.getPropertyValue(`padding-${side}`));
  const outer = style.boxSizing === "border-box";
  const width = of(style.width) + (outer ? 0 : padding("left") + padding("right") + edge("left") + edge("right"));
  const height = of(style.height) + (outer ? 0 : padding("top") + padding("bottom") + edge("top") + edge("bottom"));
  return {
    x: place.x + of(own.borderLeftWidth) + of(style.left) + of(style.marginLeft),
    y: place.y + of(own.borderTopWidth) + of(style.top) + of(style.marginTop),
    width,
    height,
  };
}

/**
 * Before the first of its element's content or behind the last of it; a block below it.
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @param {"::before" | "::after"} which
 * @param {string} text
 */
function flowing(element, style, place, which, text) {
  const own = getComputedStyle(element);
  const inner = {
    x: place.x + of(own.borderLeftWidth) + of(own.paddingLeft),
    y: place.y + of(own.borderTopWidth) + of(own.paddingTop),
  };
  const bottom = place.y + place.height - of(own.borderBottomWidth) - of(own.paddingBottom);
  const right = place.x + place.width - of(own.borderRightWidth) - of(own.paddingRight);
  if (style.display === "block") {
    const height = of(style.height) + of(style.borderTopWidth) + of(style.borderBottomWidth);
    const y = which === "::after" ? bottom - height : inner.y;
    return { x: inner.x, y, width: of(style.width) || right - inner.x, height };
  }
  const width = text ? widthOf(text, fontOf(style)) : of(style.width);
  const height = text ? bottom - inner.y : of(style.height);
  const x = which === "::after" ? right - width : inner.x;
  return { x, y: inner.y + (bottom - inner.y - height) / 2, width, height };
}

/**
 * The triangle before what opens and closes.
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 */
export function marker(element, style, place) {
  if (element.localName !== "summary" || !style.listStyleType.startsWith("disclosure")) return [];
  const size = of(style.fontSize);
  const [x, y] = [place.x + of(style.paddingLeft) + 0.08 * size, place.y + place.height / 2];
  const [far, near] = [0.52 * size, 0.27 * size];
  const open = style.listStyleType === "disclosure-open";
  const d = open ? `M${x} ${y - near}h${far}l${-far / 2} ${far}Z` : `M${x} ${y - near}v${2 * near}l${far} ${-near}Z`;
  return [made("path", { d, ...tinted("fill", style.color) })];
}
