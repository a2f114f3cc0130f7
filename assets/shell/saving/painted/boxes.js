// @ts-check
/**
 * What a box has of its own: shadows, ground, frame, outline.
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Place
 * @typedef {[topLeft: number, topRight: number, bottomRight: number, bottomLeft: number]} Corners
 */
import { made } from "../drawing.js";
import { parted, pixelsOf, seen, tinted } from "./colours.js";
import { layers } from "./gradients.js";

const SIDES = /** @type {const} */ (["top", "right", "bottom", "left"]);

/**
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @returns {{ under: SVGElement[], over: SVGElement[] }} below and above what lies in it
 */
export function box(element, style, place) {
  if (!(place.width > 0 && place.height > 0)) return { under: [], over: [] };
  const corners = cornersOf(style, place);
  const frame = borders(style, place, corners);
  return {
    under: [
      ...shadows(style, place, corners, false),
      ...ground(element, style, place, corners),
      ...shadows(style, place, corners, true),
      ...frame,
    ],
    over: outline(style, place, corners),
  };
}

/** @param {Element} element @param {CSSStyleDeclaration} style @param {Place} place @param {Corners} corners */
function ground(element, style, place, corners) {
  const drawn = seen(style.backgroundColor)
    ? [made("path", { d: round(place, corners), ...tinted("fill", style.backgroundColor) })]
    : [];
  if (!style.backgroundImage.includes("gradient(")) return drawn;
  const padding = within(place, widthsOf(style));
  const shape = (/** @type {Place} */ whole) => made("path", { d: round(whole, corners) });
  return [...drawn, ...layers(style, padding, element, shape)];
}

/** @param {CSSStyleDeclaration} style @param {Place} place @returns {Corners} */
export function cornersOf(style, { width, height }) {
  const most = Math.min(width, height) / 2;
  const of = (/** @type {string} */ said) => Math.min(pixelsOf(parted(said, " ")[0], width), most);
  return [
    of(style.borderTopLeftRadius),
    of(style.borderTopRightRadius),
    of(style.borderBottomRightRadius),
    of(style.borderBottomLeftRadius),
  ];
}

/** @param {Place} place @param {Corners} corners */
export function round({ x, y, width, height }, [a, b, c, d]) {
  const arc = (/** @type {number} */ r, /** @type {number} */ dx, /** @type {number} */ dy) =>
    r ? `a${r} ${r} 0 0 1 ${dx * r} ${dy * r}` : "";
  const [right, bottom] = [x + width, y + height];
  const [top, side] = [`M${x + a} ${y}H${right - b}${arc(b, 1, 1)}`, `V${bottom - c}${arc(c, -1, 1)}`];
  return `${top}${side}H${x + d}${arc(d, -1, -1)}V${y + a}${arc(a, 1, -1)}Z`;
}

/** @param {CSSStyleDeclaration} style @returns {Corners} of the four sides */
const widthsOf = (style) => {
  const of = (/** @type {string} */ side) => Number.parseFloat(style.getPropertyValue(`border-${side}-width`)) || 0;
  return [of("top"), of("right"), of("bottom"), of("left")];
};

/** @param {Place} place @param {Corners} widths @returns {Place} */
const within = ({ x, y, width, height }, [top, right, bottom, left]) => ({
  x: x + left,
  y: y + top,
  width: Math.max(0, width - left - right),
  height: Math.max(0, height - top - bottom),
});

/** @param {Place} place @param {number} by @returns {Place} */
const wider = (place, by) => within(place, [-by, -by, -by, -by]);

/** What is cut off at a box's edges. @param {CSSStyleDeclaration} style @param {Place} place */
export function cut(style, place) {
  const widths = widthsOf(style);
  const corners = /** @type {Corners} */ (cornersOf(style, place).map((r) => Math.max(0, r - widths[0])));
  return round(within(place, widths), corners);
}

/** How a line of some style is dashed. @param {string} kind @param {number} thick */
function dashes(kind, thick) {
  if (kind === "dotted") return { "stroke-dasharray": `${thick} ${thick}` };
  const length = thick * (thick < 3 ? 3 : 2);
  return kind === "dashed" ? { "stroke-dasharray": `${length} ${length}` } : {};
}

/** @param {CSSStyleDeclaration} style @param {Place} place @param {Corners} corners @returns {SVGElement[]} */
function borders(style, place, corners) {
  const widths = widthsOf(style);
  const drawn = SIDES.map((side, at) => ({
    at,
    thick: widths[at],
    css: style.getPropertyValue(`border-${side}-color`),
    kind: style.getPropertyValue(`border-${side}-style`),
  })).filter(({ thick, css }) => thick && seen(css));
  const [first] = drawn;
  const alike = drawn.every(
    ({ thick, css, kind }) => thick === first.thick && css === first.css && kind === first.kind,
  );
  if (drawn.length === SIDES.length && alike) return ring(place, corners, first);
  return drawn.flatMap(({ at, ...line }) => sideLine(place, at, line));
}

/**
 * @typedef {{ thick: number, css: string, kind: string }} Line
 * @param {Place} place
 * @param {Corners} corners
 * @param {Line} line
 */
function ring(place, corners, { thick, css, kind }) {
  const rings = kind === "double" ? [thick / 6, (5 * thick) / 6] : [thick / 2];
  const width = kind === "double" ? thick / 3 : thick;
  return rings.map((inset) => {
    const d = round(wider(place, -inset), /** @type {Corners} */ (corners.map((r) => Math.max(0, r - inset))));
    return made("path", { d, fill: "none", ...tinted("stroke", css), "stroke-width": width, ...dashes(kind, width) });
  });
}

/** @param {Place} place @param {number} side @param {Line} line */
function sideLine({ x, y, width, height }, side, { thick, css, kind }) {
  const half = thick / 2;
  const ends = [
    [x, y + half, x + width, y + half],
    [x + width - half, y, x + width - half, y + height],
    [x, y + height - half, x + width, y + height - half],
    [x + half, y, x + half, y + height],
  ][side];
  const [x1, y1, x2, y2] = ends;
  return [made("line", { x1, y1, x2, y2, ...tinted("stroke", css), "stroke-width": thick, ...dashes(kind, thick) })];
}

/** @param {CSSStyleDeclaration} style @param {Place} place @param {Corners} corners */
function outline(style, place, corners) {
  const thick = Number.parseFloat(style.outlineWidth) || 0;
  const kind = style.outlineStyle;
  if (!thick || kind === "none" || kind === "auto" || !seen(style.outlineColor)) return [];
  const by = thick + (Number.parseFloat(style.outlineOffset) || 0);
  const round = /** @type {Corners} */ (corners.map((r) => (r ? r + by : 0)));
  return ring(wider(place, by), round, { thick, css: style.outlineColor, kind });
}

/**
 * Those with an edge; what is blurred lifts a box off the page, and there is no page.
 * @param {CSSStyleDeclaration} style
 * @param {Place} place
 * @param {Corners} corners
 * @param {boolean} inset
 */
function shadows({ boxShadow }, place, corners, inset) {
  if (boxShadow === "none") return [];
  const all = parted(boxShadow).filter((each) => parted(each, " ").includes("inset") === inset);
  return all.reverse().flatMap((each) => shadow(each, place, corners, inset));
}

/**
 * @param {string} said
 * @param {Place} place
 * @param {Corners} corners
 * @param {boolean} inset
 * @returns {SVGElement[]}
 */
function shadow(said, place, corners, inset) {
  const parts = parted(said, " ");
  const [dx, dy, blur, spread] = parts.filter((part) => /px$/.test(part)).map(Number.parseFloat);
  const css = parts.find((part) => part !== "inset" && !/px$/.test(part)) ?? "";
  if (blur || !seen(css)) return [];
  const by = inset ? -spread : spread;
  const moved = wider({ ...place, x: place.x + dx, y: place.y + dy }, by);
  if (!(moved.width > 0 && moved.height > 0)) return [];
  const d = round(moved, /** @type {Corners} */ (corners.map((r) => Math.max(0, r + by))));
  // An outer one is not seen through its box, an inner one not outside of it.
  return inset
    ? [clippedRing(round(place, corners), `${round(wider(place, Math.abs(dx) + Math.abs(dy)), corners)}${d}`, css)]
    : [made("path", { d: `${d}${round(place, corners)}`, "fill-rule": "evenodd", ...tinted("fill", css) })];
}

let rings = 0;
/** @param {string} edge @param {string} d @param {string} css */
function clippedRing(edge, d, css) {
  rings += 1;
  const id = `ring${rings}`;
  const shape = made("path", { d, "fill-rule": "evenodd", "clip-path": `url(#${id})`, ...tinted("fill", css) });
  return made("g", {}, made("clipPath", { id }, made("path", { d: edge })), shape);
}
