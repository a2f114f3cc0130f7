// @ts-check
/** SVG made by hand, for files: elements, and copies of the page's own drawings that stand alone. */
import { plain } from "./painted/colours.js";

const SVG = "http://www.w3.org/2000/svg";

/** What a drawing takes from the stylesheet. */
const PRESENTED = [
  ...["fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray"],
  ...["stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "opacity"],
  ...["paint-order", "vector-effect", "shape-rendering", "font-family", "font-size", "font-weight", "font-style"],
  ...["font-variant-numeric", "font-variant-ligatures", "letter-spacing", "text-anchor", "dominant-baseline"],
  ...["text-decoration-line", "visibility", "clip-path", "mask", "marker-start", "marker-end"],
];
/** Where a stylesheet says the shape itself. @type {Record<string, string[]>} */
const SHAPES = {
  rect: ["x", "y", "width", "height", "rx", "ry"],
  circle: ["cx", "cy", "r"],
  ellipse: ["cx", "cy", "rx", "ry"],
  path: ["d"],
};
/** What is said where nothing is. */
const PLAIN = new Set(["", "normal", "auto", "none"]);
const SPACES = /\b(?:color|oklab|oklch|lab|lch|color-mix)\(/;
const NAMED = /url\("?[^"#)]*#([^")]+)"?\)/;

/**
 * @param {string} tag
 * @param {Record<string, string | number | undefined>} [attributes]
 * @param {...(Node | string)} children
 */
export function made(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The same drawing with its styles written out, at a place.
 * @param {SVGElement} drawing
 * @param {{ x: number, y: number, width: number, height: number }} place
 */
export function standalone(drawing, place) {
  const copy = written(drawing);
  copy.removeAttribute("transform"); // its place is where it has been moved to
  borrowed(copy);
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  copy.setAttribute("overflow", getComputedStyle(drawing).overflow === "visible" ? "visible" : "hidden");
  withoutComments(copy);
  return copy;
}

/** @param {CSSStyleDeclaration} style @param {SVGElement} element */
function writeOut(style, element) {
  for (const name of ["class", "style", "fill", "stroke"]) element.removeAttribute(name); // they name the page's own
  const presented = element.localName === "stop" ? ["stop-color", "stop-opacity"] : PRESENTED;
  for (const name of presented) {
    const value = style.getPropertyValue(name);
    if (PLAIN.has(value) && !["fill", "stroke"].includes(name)) continue;
    const named = value.match(NAMED);
    const known = SPACES.test(value) ? inRgb(value) : named ? `url(#${named[1]})` : value;
    element.style.setProperty(name, known);
  }
  for (const name of ["transform", ...(SHAPES[element.localName] ?? [])]) {
    const value = style.getPropertyValue(name);
    if (!PLAIN.has(value) && value !== "0px" && !element.hasAttribute(name))
      element.setAttribute(name, plainShape(value));
  }
}

/** @param {string} colour */
function inRgb(colour) {
  const { colour: mixed, alpha } = plain(colour);
  return alpha < 1 ? mixed.replace("rgb", "rgba").replace(")", `, ${alpha.toFixed(3)})`) : mixed;
}

/** A length in pixels is a number, and a path is what its brackets hold. @param {string} value */
const plainShape = (value) => value.replace(/^path\("(.*)"\)$/, "$1").replace(/px$/, "");

/**
 * Patterns and ramps that a drawing takes from another one of the page.
 * @param {SVGElement} copy
 */
function borrowed(copy) {
  const asked = new XMLSerializer().serializeToString(copy).matchAll(/url\((?:&quot;|")?#([^)"&]+)/g);
  const names = new Set(Array.from(asked, ([, name]) => name));
  const lacking = [...names].filter((name) => !copy.querySelector(`[id="${name}"]`));
  const found = lacking.map((name) => document.getElementById(name)).filter((each) => each instanceof SVGElement);
  if (found.length) copy.prepend(made("defs", {}, ...found.map((each) => written(each))));
}

/** A copy with its styles written out. @param {SVGElement} drawing */
function written(drawing) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  const [from, to] = [drawing, copy].map((each) => [each, ...each.querySelectorAll("*")]);
  /** @type {Element[]} */
  const unseen = [];
  from.forEach((element, at) => {
    const style = getComputedStyle(element);
    if (style.display === "none" && !element.closest("defs")) unseen.push(to[at]);
    else writeOut(style, /** @type {SVGElement} */ (to[at]));
  });
  for (const each of unseen) each.remove();
  return copy;
}

/** A template's marks mean nothing in a file. @param {Node} root */
function withoutComments(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const comments = [];
  while (walker.nextNode()) comments.push(walker.currentNode);
  for (const each of comments) each.parentNode?.removeChild(each);
}

const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/**
 * How far a font's letters reach above and below their line.
 * @param {string} font
 */
export function reach(font) {
  pen.font = font;
  const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = pen.measureText("x");
  return { above, below };
}

/** @type {HTMLElement | null} */
let rule = null;

/**
 * How wide a text is in the page's own letters: a canvas knows a font, and not which shapes of it the page has chosen.
 * @param {string} text
 * @param {string} font
 */
export function widthOf(text, font) {
  rule ??= Object.assign(document.createElement("span"), { ariaHidden: "true" });
  if (!rule.isConnected) document.body.append(rule);
  Object.assign(rule.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre", top: "0", font });
  rule.style.fontVariantLigatures = "none";
  rule.textContent = text;
  const { width } = rule.getBoundingClientRect();
  rule.remove();
  return width;
}

/**
 * A text in lines of some width; a word that is too long for one is parted.
 * @param {string} text
 * @param {string} font
 * @param {number} width
 */
export function wrapped(text, font, width) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer, font) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (widthOf(line, font) > width && line.length > 1) {
      const fits = fitting(line, font, width);
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  return line ? [...lines, line] : lines;
}

/** How many of its characters fit. @param {string} text @param {string} font @param {number} width */
function fitting(text, font, width) {
  let [least, most] = [1, text.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (widthOf(text.slice(0, middle), font) <= width) least = middle;
    else most = middle - 1;
  }
  return least;
}
