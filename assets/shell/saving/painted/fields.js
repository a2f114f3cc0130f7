// @ts-check
/**
 * What is set in the fields of a view: the choice of a list, a number, a slider's place, a tick.
 *
 * @import { Place } from "./boxes"
 */

import { css } from "../../../kit/colour/theme.js";
import { made, widthOf, wrapped } from "../drawing.js";
import { tinted } from "./colours.js";
import { fontOf, written } from "./words.js";

/** The arrow of a list: its room at the right, and half of its width. */
const [ARROW, HALF] = [18, 3.5];
const THUMB = 5.5;

/**
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @returns {SVGElement[]}
 */
export function field(element, style, place) {
  if (element instanceof HTMLSelectElement) return list(element, style, place);
  if (element instanceof HTMLTextAreaElement) return lines(element, style, place);
  if (!(element instanceof HTMLInputElement)) return [];
  if (element.type === "range") return slider(element, place);
  if (element.type === "checkbox" || element.type === "radio") return tick(element, place);
  return line(element.value || element.placeholder, style, inner(style, place), Boolean(element.value));
}

/** @param {CSSStyleDeclaration} style @param {Place} place @returns {Place} */
function inner(style, { x, y, width, height }) {
  const of = (/** @type {string} */ side) =>
    Number.parseFloat(style.getPropertyValue(`padding-${side}`)) +
    Number.parseFloat(style.getPropertyValue(`border-${side}-width`));
  const [top, right, bottom, left] = ["top", "right", "bottom", "left"].map(of);
  return { x: x + left, y: y + top, width: width - left - right, height: height - top - bottom };
}

/**
 * As much of a text as there is room for.
 * @param {string} text
 * @param {CSSStyleDeclaration} style
 * @param {Place} room
 */
function line(text, style, room, real = true) {
  const font = fontOf(style);
  const letters = [...text];
  const said = () => (letters.length < [...text].length ? `${letters.join("")}…` : text);
  while (letters.length && widthOf(said(), font) > room.width) letters.pop();
  if (!letters.length) return [];
  const drawn = written(said(), { ...room, width: 0 }, style);
  return real ? drawn : [made("g", { opacity: 0.6 }, ...drawn)];
}

/** @param {HTMLSelectElement} element @param {CSSStyleDeclaration} style @param {Place} place */
function list(element, style, place) {
  const room = inner(style, place);
  const text = element.selectedOptions[0]?.textContent?.trim() ?? "";
  const [x, y] = [place.x + place.width - ARROW / 2 - 4, place.y + place.height / 2];
  const arrow = { d: `M${x - HALF} ${y - 2}l${HALF} ${HALF}l${HALF} ${-HALF}`, fill: "none", "stroke-width": 1.6 };
  return [
    ...line(text, style, { ...room, x: room.x + 4, width: place.x + place.width - ARROW - room.x - 4 }),
    made("path", { ...arrow, ...tinted("stroke", style.color) }),
  ];
}

/** @param {HTMLTextAreaElement} element @param {CSSStyleDeclaration} style @param {Place} place */
function lines(element, style, place) {
  const room = inner(style, place);
  const height = Number.parseFloat(style.lineHeight) || 1.4 * Number.parseFloat(style.fontSize);
  const all = element.value.split("\n").flatMap((each) => (each ? wrapped(each, fontOf(style), room.width) : [""]));
  const first = Math.floor(element.scrollTop / height);
  const fits = Math.max(1, Math.floor(room.height / height));
  return all
    .slice(first, first + fits)
    .flatMap((each, at) => line(each, style, { ...room, y: room.y + at * height, height }));
}

/** @param {HTMLInputElement} element @param {Place} place */
function slider({ min, max, value }, { x, y, width, height }) {
  const [least, most] = [Number(min || 0), Number(max || 100)];
  const share = most > least ? (Number(value) - least) / (most - least) : 0;
  const middle = y + height / 2;
  const at = x + THUMB + share * (width - 2 * THUMB);
  return [
    made("rect", { x, y: middle - 1.5, width, height: 3, rx: 1.5, ...tinted("fill", css("line2")) }),
    made("circle", {
      ...{ cx: at, cy: middle, r: THUMB, "stroke-width": 2 },
      ...tinted("fill", css("surface")),
      ...tinted("stroke", css("ink")),
    }),
  ];
}

/** @param {HTMLInputElement} element @param {Place} place */
function tick({ type, checked }, { x, y, width, height }) {
  const rx = type === "radio" ? width / 2 : 2;
  const edge = { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1, rx, ...tinted("stroke", css("ink3")) };
  const box = made("rect", { ...edge, ...tinted("fill", css(checked ? "ink" : "surface")) });
  const [w, h] = [width / 12, height / 12];
  const d = `M${x + 3 * w} ${y + 6 * h}l${2.2 * w} ${2.4 * h}l${4 * w} ${-4.6 * h}`;
  return checked
    ? [box, made("path", { d, fill: "none", "stroke-width": 1.6, ...tinted("stroke", css("surface")) })]
    : [box];
}
