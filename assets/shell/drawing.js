// @ts-check
/** SVG made by hand, for files: elements, and copies of the page's own drawings that stand alone. */
const SVG = "http://www.w3.org/2000/svg";

/** What a drawing takes from the stylesheet. */
const PRESENTED = [
  ...["fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap"],
  ...["stroke-linejoin", "opacity", "paint-order", "font-family", "font-size", "font-weight", "font-style"],
  ...[
    "font-variant-numeric",
    "font-variant-ligatures",
    "letter-spacing",
    "text-anchor",
    "dominant-baseline",
    "visibility",
  ],
];

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
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  const [from, to] = [drawing, copy].map((each) => [each, ...each.querySelectorAll("*")]);
  /** @type {Element[]} */
  const unseen = [];
  from.forEach((element, at) => {
    const style = getComputedStyle(element);
    if (style.display === "none") unseen.push(to[at]);
    else writeOut(style, /** @type {SVGElement} */ (to[at]));
  });
  for (const each of unseen) each.remove();
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  copy.setAttribute("overflow", getComputedStyle(drawing).overflow === "visible" ? "visible" : "hidden");
  withoutComments(copy);
  return copy;
}

/** @param {CSSStyleDeclaration} style @param {SVGElement} element */
function writeOut(style, element) {
  element.removeAttribute("class");
  element.removeAttribute("style");
  for (const name of PRESENTED) {
    const value = style.getPropertyValue(name);
    if (value && value !== "normal" && value !== "auto") element.style.setProperty(name, value);
  }
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
 * How wide a text is, and how far its letters reach above and below their line.
 * @param {string} text
 * @param {string} font
 */
export function sized(text, font) {
  pen.font = font;
  const { width, fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = pen.measureText(text);
  return { width, above, below };
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
    if (sized(longer, font).width <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (sized(line, font).width > width && line.length > 1) {
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
    if (sized(text.slice(0, middle), font).width <= width) least = middle;
    else most = middle - 1;
  }
  return least;
}
