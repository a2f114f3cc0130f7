// @ts-check
/**
 * A part of the page as SVG: its drawings, its canvases as images, its words and boxes, each at its place. What one
 * only presses is left out.
 *
 * @typedef {{ left: number, top: number }} Origin
 */
import { made, sized, standalone } from "./drawing.js";

/** Controls say nothing in a file, but for a row of choices: it says which was taken. */
const CONTROLS = "input, select, textarea, .slide, .mini, .stepper, .btn, .plotly-notifier";
const CLEAR = /^(?:transparent|rgba\(.*, 0\))$/;
const COLOURS = /rgba?\([^)]*\)|#[0-9a-f]{3,8}/gi;
/** Words, and the parts of words between which a line may end. */
const PIECES = /[^\s\-‐–—/]+[-‐–—/]*|[-‐–—/]+/g;
let clips = 0;

/** @param {Element} root */
export function painted(root) {
  const { left, top, width } = root.getBoundingClientRect();
  const parts = [...root.childNodes].flatMap((child) => paint(child, { left, top }));
  return { parts, width, height: Math.ceil(lowest(root) - top) };
}

/** Where it ends: its last child may reach below it. @param {Element} root */
function lowest(root) {
  return Math.max(
    root.getBoundingClientRect().bottom,
    ...[...root.children].map((child) => child.getBoundingClientRect().bottom),
  );
}

/**
 * @param {Node} node
 * @param {Origin} origin
 * @returns {SVGElement[]}
 */
function paint(node, origin) {
  if (node.nodeType === Node.TEXT_NODE) return words(/** @type {Text} */ (node), origin);
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const element = /** @type {Element} */ (node);
  const style = getComputedStyle(element);
  const seen = style.display === "contents" || element.checkVisibility({ visibilityProperty: true });
  if (!seen || element.matches(CONTROLS)) return [];
  const place = placeOf(element, origin);
  if (element instanceof SVGElement) return place.width ? [standalone(element, place)] : [];
  if (element instanceof HTMLCanvasElement) return image(element, place);
  const inside = [...element.childNodes].flatMap((child) => paint(child, origin));
  return grouped([...box(style, place), ...clipped(element, place, inside)], style.opacity);
}

/** @param {Element} element @param {Origin} origin */
function placeOf(element, { left, top }) {
  const found = element.getBoundingClientRect();
  return { x: found.left - left, y: found.top - top, width: found.width, height: found.height };
}

/** @typedef {ReturnType<typeof placeOf>} Place */

/** @param {HTMLCanvasElement} canvas @param {Place} place */
function image(canvas, place) {
  if (!canvas.width || !canvas.height) return [];
  const pixelated = getComputedStyle(canvas).imageRendering === "pixelated" ? "image-rendering:pixelated" : undefined;
  return [made("image", { ...place, href: canvas.toDataURL(), preserveAspectRatio: "none", style: pixelated })];
}

/** @param {SVGElement[]} parts @param {string} opacity */
const grouped = (parts, opacity) => (opacity === "1" || !parts.length ? parts : [made("g", { opacity }, ...parts)]);

/**
 * What a box cuts off on the page is cut off here.
 * @param {Element} element
 * @param {Place} place
 * @param {SVGElement[]} parts
 */
function clipped(element, place, parts) {
  const over = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  if (!over || getComputedStyle(element).overflow === "visible" || !parts.length) return parts;
  clips += 1;
  const id = `clip${clips}`;
  return [made("clipPath", { id }, made("rect", place)), made("g", { "clip-path": `url(#${id})` }, ...parts)];
}

/** @param {CSSStyleDeclaration} style @param {Place} place */
function box(style, place) {
  if (!place.width || !place.height) return [];
  return [...ground(style, place), ...borders(style, place)];
}

/** @param {CSSStyleDeclaration} style @param {Place} place */
function ground(style, place) {
  const rx = radius(style, place);
  if (style.backgroundImage.startsWith("linear-gradient")) return gradient(style.backgroundImage, place, rx);
  return CLEAR.test(style.backgroundColor) ? [] : [made("rect", { ...place, rx, fill: style.backgroundColor })];
}

/**
 * Of the first corner; half of the box where it is given as such a share.
 * @param {CSSStyleDeclaration} style
 * @param {{ width: number }} place
 */
function radius({ borderTopLeftRadius: said }, { width }) {
  const value = Number.parseFloat(said) || 0;
  return Math.min(said.endsWith("%") ? (value / 100) * width : value, width / 2);
}

/** From left to right: as the ramps of keys are. @param {string} css @param {Place} place @param {number} rx */
function gradient(css, place, rx) {
  const colours = css.match(COLOURS) ?? [];
  clips += 1;
  const id = `ramp${clips}`;
  const stops = colours.map((colour, at) =>
    made("stop", { offset: at / Math.max(1, colours.length - 1), "stop-color": colour }),
  );
  return [made("linearGradient", { id }, ...stops), made("rect", { ...place, rx, fill: `url(#${id})` })];
}

/** @param {CSSStyleDeclaration} style @param {Place} place */
function borders(style, { x, y, width, height }) {
  /** @type {[side: string, x1: number, y1: number, x2: number, y2: number][]} */
  const sides = [
    ["top", x, y, x + width, y],
    ["right", x + width, y, x + width, y + height],
    ["bottom", x, y + height, x + width, y + height],
    ["left", x, y, x, y + height],
  ];
  const drawn = sides.flatMap(([side, x1, y1, x2, y2]) => {
    const thick = Number.parseFloat(style.getPropertyValue(`border-${side}-width`));
    const stroke = style.getPropertyValue(`border-${side}-color`);
    return thick && !CLEAR.test(stroke) ? [{ x1, y1, x2, y2, stroke, "stroke-width": thick }] : [];
  });
  const { stroke, "stroke-width": thick } = drawn[0] ?? {};
  const around = drawn.length === sides.length && drawn.every((each) => each.stroke === stroke);
  if (!around || !thick) return drawn.map((each) => made("line", each));
  const inner = { x: x + thick / 2, y: y + thick / 2, width: width - thick, height: height - thick };
  return [made("rect", { ...inner, rx: radius(style, inner), fill: "none", stroke, "stroke-width": thick })];
}

/** A text node, line by line. @param {Text} node @param {Origin} origin */
function words(node, origin) {
  const parent = node.parentElement;
  if (!parent || !node.data.trim()) return [];
  const style = getComputedStyle(parent);
  const font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return linesOf(node).map(({ text, rect }) => {
    const { above, below } = sized(text, font);
    const attributes = {
      x: rect.left - origin.left,
      y: rect.top - origin.top + (rect.height - above - below) / 2 + above,
      textLength: rect.width,
      fill: style.color,
      style: fontOf(style),
    };
    return made("text", attributes, style.textTransform === "uppercase" ? text.toUpperCase() : text);
  });
}

/** @param {CSSStyleDeclaration} style */
function fontOf({ fontFamily, fontSize, fontWeight, fontStyle }) {
  const family = fontFamily.replaceAll('"', "'");
  const cut = `font-weight:${fontWeight};font-style:${fontStyle}`;
  return `font-family:${family};font-size:${fontSize};${cut};white-space:pre`;
}

/**
 * The lines that the page has broken it into.
 * @param {Text} node
 * @returns {{ text: string, rect: DOMRect }[]}
 */
function linesOf(node) {
  const range = document.createRange();
  const parent = /** @type {Element} */ (node.parentElement);
  const spaces = getComputedStyle(parent).whiteSpace.startsWith("pre") ? /\s/g : /\s+/g; // as the page folds them
  /** @type {{ from: number, to: number, top: number }[]} */
  const lines = [];
  const topOf = (/** @type {number} */ from, /** @type {number} */ to) => {
    range.setStart(node, from);
    range.setEnd(node, to);
    return range.getClientRects()[0]?.top;
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
