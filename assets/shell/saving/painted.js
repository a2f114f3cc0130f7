// @ts-check
/**
 * A part of the page as SVG: its drawings, its canvases as images, its words, boxes and fields, each at its place. What
 * one only presses is left out.
 *
 * @import { Place } from "./painted/boxes"
 * @import { Origin } from "./painted/words"
 */
import { made, standalone } from "./drawing.js";
import { box, cut } from "./painted/boxes.js";
import { pixelsOf } from "./painted/colours.js";
import { field } from "./painted/fields.js";
import { generated, marker } from "./painted/generated.js";
import { words } from "./painted/words.js";

/** What is pressed says nothing in a file, but for a row of choices: it says which was taken. */
const PRESSED = ".stepper, .btn, .modebar-container, .plotly-notifier";
const SET = "select, input, textarea";
const SHOWN = `svg, canvas, img, output, button:not(${PRESSED}), ${SET}`;
/** Hidden from the eye, for those who listen. */
const UNSEEN = "inset(50%";
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
  if (!seen || style.clipPath.startsWith(UNSEEN) || leftOut(element)) return [];
  const place = placeOf(element, origin);
  if (element instanceof SVGElement) return place.width ? [standalone(element, place)] : [];
  const { own, turn } = turned(element, style, place);
  const { under, over } = box(element, style, own);
  const parts = [...under, ...clipped(element, style, place, inside(element, style, place, origin)), ...over];
  return grouped(shaped(style, place, parts), style.opacity, turn);
}

/** Also the name of a row in which everything is pressed. @param {Element} element */
const leftOut = (element) =>
  element.matches(PRESSED) ||
  (element.matches("[role=group]") && !!element.querySelector(".btn") && !element.querySelector(SHOWN));

/**
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @param {Origin} origin
 */
function inside(element, style, place, origin) {
  if (element instanceof HTMLCanvasElement) return image(element, element, place);
  if (element instanceof HTMLImageElement) return image(drawn(element), element, place);
  if (element.matches(SET)) return field(element, style, place);
  return [
    ...marker(element, style, place),
    ...generated(element, place, "::before"),
    ...layered(element).flatMap((child) => paint(child, origin)),
    ...generated(element, place, "::after"),
  ];
}

/** What is placed by itself lies over its neighbours. @param {Element} element */
function layered(element) {
  const nodes = [...element.childNodes];
  if (nodes.length < 2) return nodes;
  const level = new Map(nodes.map((node) => [node, levelOf(node)]));
  return nodes.sort((one, other) => Number(level.get(one)) - Number(level.get(other)));
}

/** @param {Node} node */
function levelOf(node) {
  if (!(node instanceof Element)) return 0;
  const { position, zIndex } = getComputedStyle(node);
  if (position === "static") return 0;
  const level = Number(zIndex);
  return Number.isFinite(level) && level < 0 ? level : 1 + (level || 0);
}

/** @param {Element} element @param {Origin} origin @returns {Place} */
function placeOf(element, { left, top }) {
  const found = element.getBoundingClientRect();
  return { x: found.left - left, y: found.top - top, width: found.width, height: found.height };
}

/** @param {HTMLCanvasElement} canvas @param {Element} element on which it is seen @param {Place} place */
function image(canvas, element, place) {
  if (!canvas.width || !canvas.height) return [];
  const pixelated = getComputedStyle(element).imageRendering === "pixelated" ? "image-rendering:pixelated" : undefined;
  return [made("image", { ...place, href: canvas.toDataURL(), preserveAspectRatio: "none", style: pixelated })];
}

/** @param {HTMLImageElement} picture */
function drawn(picture) {
  const size = { width: picture.naturalWidth, height: picture.naturalHeight };
  const canvas = Object.assign(document.createElement("canvas"), size);
  if (size.width && size.height) canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas;
}

/** @param {SVGElement[]} parts @param {string} opacity @param {string} transform */
function grouped(parts, opacity, transform) {
  if ((opacity === "1" && !transform) || !parts.length) return parts;
  return [made("g", { opacity, transform: transform || undefined }, ...parts)];
}

/**
 * What a box cuts off on the page is cut off here.
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @param {SVGElement[]} parts
 */
function clipped(element, style, place, parts) {
  if (style.overflow === "visible" || style.display === "inline" || !parts.length) return parts;
  const over = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
  if (!over && style.borderTopLeftRadius === "0px") return parts;
  return held(made("path", { d: cut(style, place) }), parts);
}

/** @param {SVGElement} shape @param {SVGElement[]} parts */
function held(shape, parts) {
  clips += 1;
  const id = `clip${clips}`;
  return [made("clipPath", { id }, shape), made("g", { "clip-path": `url(#${id})` }, ...parts)];
}

/**
 * In the corners that it was cut to.
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @param {SVGElement[]} parts
 */
function shaped(style, place, parts) {
  const corners = style.clipPath.match(/^polygon\((.*)\)$/)?.[1];
  if (!corners || !parts.length) return parts;
  const points = corners.split(",").map((corner) => {
    const [x, y] = corner.trim().split(/\s+/);
    return `${place.x + pixelsOf(x, place.width)},${place.y + pixelsOf(y, place.height)}`;
  });
  return held(made("polygon", { points: points.join(" ") }), parts);
}

/**
 * A box with nothing in it that is turned about its middle: as it was before, and how it is turned.
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 */
function turned(element, style, place) {
  const matrix = style.transform === "none" ? null : new DOMMatrix(style.transform);
  if (!matrix?.b || element.childNodes.length || !(element instanceof HTMLElement)) return { own: place, turn: "" };
  const { offsetWidth: width, offsetHeight: height } = element;
  const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
  const angle = (Math.atan2(matrix.b, matrix.a) * 180) / Math.PI;
  return { own: { x: x - width / 2, y: y - height / 2, width, height }, turn: `rotate(${angle} ${x} ${y})` };
}
