// @ts-check
/**
 * Marks: dots, bars, lines, areas, rules, words, each a function of the plane that it is drawn on. Where a mark lies is
 * said in the values of the picture's scales, how it looks by the names of the page's colours.
 *
 * @import { Area, Bar, Dot, Labels, Mark, Of, Path, Plane, Rule, Span, Text } from "./mark"
 */
import { area as d3Area, line as d3Line } from "../../vendor/d3_first.js";
import { nothing, svg } from "../../vendor/lit.js";
import { placeLabels } from "./labels.js";
import { textWidth } from "./measure.js";

/** What a mark without data is drawn of. @type {any[]} */
const ONCE = [undefined];
/** Pixels of a line of names, and what a heavier face adds to their width. */
const LINE = 13;
const BOLD = 1.08;
/** Pixels from a rule to its name. */
const BESIDE = 8;

/**
 * @template Datum, Value
 * @param {Of<Datum, Value>} channel
 * @param {Datum} datum
 * @param {number} at
 */
export const given = (channel, datum, at) =>
  typeof channel === "function" ? /** @type {Function} */ (channel)(datum, at) : channel;

/** @param {string | undefined} color */
const named = (color) => (color === undefined ? nothing : color === "none" ? color : `var(--${color})`);

/**
 * How each mark of the data looks and by how many pixels it is moved.
 * @param {any} options
 * @param {unknown} datum
 * @param {number} at
 */
function lookOf({ color, hollow = false, stroke, dash, className, dx = 0, dy = 0 }, datum, at) {
  const of = (/** @type {any} */ channel) => given(channel, datum, at);
  return {
    color: named(of(color)),
    hollow: Boolean(of(hollow)),
    stroke: of(stroke),
    dash: of(dash) ?? nothing,
    className: of(className) || nothing,
    dx: of(dx),
    dy: of(dy),
  };
}

/**
 * @template Datum
 * @param {Dot<Datum>} options
 * @returns {Mark}
 */
export const dot =
  ({ data = ONCE, x, y, r = 4, ...rest }) =>
  (plane) =>
    Array.from(data, (datum, at) => {
      const look = lookOf(rest, datum, at);
      const width = look.stroke ?? (look.hollow ? 1.5 : nothing);
      return svg`<circle class=${look.className} cx=${plane.x(given(x, datum, at)) + look.dx}
        cy=${plane.y(given(y, datum, at)) + look.dy} r=${given(r, datum, at)}
        fill=${look.hollow ? "var(--surface)" : look.color}
        stroke=${look.hollow ? look.color : look.stroke ? "var(--surface)" : nothing} stroke-width=${width}
        stroke-dasharray=${look.dash} />`;
    });

/**
 * Pixels from and to, in their order.
 * @param {(value: number) => number} scale
 * @param {Span} span
 * @param {number} thick where only the middle is given
 */
export function ends(scale, span, thick) {
  if (typeof span === "number") return [scale(span) - thick / 2, scale(span) + thick / 2];
  const [from, to] = [scale(span[0]), scale(span[1])];
  return from < to ? [from, to] : [to, from];
}

/**
 * Of a value from nought, of a cell, of a stretch.
 * @template Datum
 * @param {Bar<Datum>} options
 * @returns {Mark}
 */
export const bar =
  ({ data = ONCE, x, y, thick = 0, least = 0, gap = 0, rx = 1, ...rest }) =>
  (plane) =>
    Array.from(data, (datum, at) => {
      const look = lookOf(rest, datum, at);
      const across = given(thick, datum, at);
      const [left, right] = ends(plane.x, given(x, datum, at), across);
      const [top, bottom] = ends(plane.y, given(y, datum, at), across);
      return svg`<rect class=${look.className} x=${left + gap + look.dx} y=${top + look.dy}
        width=${Math.max(least, right - left - 2 * gap)} height=${Math.max(least, bottom - top)} rx=${rx}
        fill=${look.hollow ? "none" : look.color} stroke=${look.hollow ? look.color : nothing}
        stroke-width=${look.stroke ?? nothing} stroke-dasharray=${look.dash} />`;
    });

/**
 * A straight line: through the whole plane, or between two places; an upright one may have a name at its top, the
 * longest that has room.
 * @template Datum
 * @param {Rule<Datum>} options
 * @returns {Mark}
 */
export const rule =
  ({ data = ONCE, x, y, over = 0, label = [], labelled = "ink", ...rest }) =>
  (plane) =>
    Array.from(data, (datum, at) => {
      const look = lookOf({ color: "line2", ...rest }, datum, at);
      const across = x === undefined ? [plane.left, plane.right] : both(plane.x, given(x, datum, at));
      const down = y === undefined ? [plane.top - over, plane.bottom] : both(plane.y, given(y, datum, at));
      return svg`${label.length ? nameOf(label, across[0], down[0], plane, labelled) : nothing}
        <line class=${look.className} x1=${across[0] + look.dx} x2=${across[1] + look.dx}
        y1=${down[0] + look.dy} y2=${down[1] + look.dy} stroke=${look.color} stroke-width=${look.stroke ?? 1}
        stroke-dasharray=${look.dash} />`;
    });

/**
 * @param {string[]} names the longest first
 * @param {number} x
 * @param {number} top
 * @param {Plane} plane
 * @param {string} className
 */
function nameOf(names, x, top, { width }, className) {
  const wide = (/** @type {string} */ name) => BOLD * textWidth(name) + BESIDE;
  const room = Math.max(x, width - x);
  const name = names.find((each) => wide(each) <= room) ?? names[names.length - 1];
  const turned = x + wide(name) > width;
  return svg`<text class="${className} haloed" x=${x + (turned ? -BESIDE : BESIDE)} y=${top + 8}
    text-anchor=${turned ? "end" : "start"}>${name}</text>`;
}

/** @param {(value: number) => number} scale @param {Span} span */
const both = (scale, span) => (typeof span === "number" ? [scale(span), scale(span)] : span.map(scale));

/**
 * Through its data; where one has no place, it has a gap.
 * @template Datum
 * @param {Path<Datum>} options
 * @returns {Mark}
 */
export const line =
  ({ data, x, y, color = "river-deep", stroke = 1.5, dash, className, dx = 0, dy = 0 }) =>
  (plane) => {
    const places = Array.from(data, (datum, at) => [
      plane.x(x(datum, at)) + given(dx, datum, at),
      plane.y(y(datum, at)) + given(dy, datum, at),
    ]);
    const drawn = d3Line()
      .digits(1)
      .defined((place) => place.every(Number.isFinite));
    return svg`<path class=${className ?? nothing} d=${drawn(/** @type {[number, number][]} */ (places)) ?? ""}
      fill="none" stroke=${named(color)} stroke-width=${stroke} stroke-linejoin="round"
      stroke-dasharray=${dash ?? nothing} />`;
  };

/**
 * Between two values of its data.
 * @template Datum
 * @param {Area<Datum>} options
 * @returns {Mark}
 */
export const area =
  ({ data, x, y, color = "river", className }) =>
  (plane) => {
    const places = Array.from(data, (datum, at) => {
      const span = y(datum, at);
      const [low, high] = typeof span === "number" ? [0, span] : span;
      return [plane.x(x(datum, at)), plane.y(low), plane.y(high)];
    });
    const drawn = d3Area()
      .digits(1)
      .defined((place) => /** @type {any} */ (place).every(Number.isFinite))
      .y0((place) => place[1])
      .y1((place) => /** @type {any} */ (place)[2]);
    return svg`<path class=${className ?? nothing} d=${drawn(/** @type {any} */ (places)) ?? ""}
      fill=${named(color)} />`;
  };

/**
 * Words on the plane, their baseline four pixels below the place, so that its middle is theirs.
 * @template Datum
 * @param {Text<Datum>} options
 * @returns {Mark}
 */
export const text =
  ({ data = ONCE, x, y, text, anchor = "start", ...rest }) =>
  (plane) =>
    Array.from(data, (datum, at) => {
      const look = lookOf(rest, datum, at);
      // a space between two words, for who reads an item's text as a whole
      return svg` <text class=${look.className} x=${plane.x(given(x, datum, at)) + look.dx}
        y=${plane.y(given(y, datum, at)) + look.dy + 4} text-anchor=${given(anchor, datum, at)}
        style=${typeof look.color === "string" ? `fill: ${look.color}` : nothing}>${given(text, datum, at)}</text>`;
    });

/**
 * Names of dots, placed where they cover neither dots nor each other; one that finds no place is left out.
 * @template Datum
 * @param {Labels<Datum>} options
 * @returns {Mark}
 */
export const labels =
  ({ data, x, y, r = 4, text, rank = () => 0, clear = () => [], over = {}, dx = 0, dy = 0, className = "ink" }) =>
  (plane) => {
    const placed = Array.from(data, (datum, at) => ({
      datum,
      at,
      x: plane.x(given(x, datum, at)) + given(dx, datum, at),
      y: plane.y(given(y, datum, at)) + given(dy, datum, at),
      r: given(r, datum, at),
      width: BOLD * textWidth(text(datum)),
      height: LINE,
    }));
    const ranked = [...placed].sort((one, other) => rank(other.datum) - rank(one.datum));
    const { left = 0, right = 0, top = 0, bottom = 0 } = over;
    const bounds = {
      left: plane.left - left,
      right: plane.right + right,
      top: plane.top - top,
      bottom: plane.bottom + bottom,
    };
    const places = placeLabels({ labels: ranked, circles: [...placed, ...clear(plane)], bounds });
    return places.map((place, index) => {
      if (!place) return nothing;
      const { datum, at } = ranked[index];
      return svg`
        ${place.away ? leader(place, ranked[index]) : nothing}
        <text class="${given(className, datum, at)} called" x=${place.x} y=${place.y + 4}
          text-anchor="middle">${text(datum)}</text>`;
    });
  };

/**
 * From a mark to the edge of its name.
 * @param {{ x: number, y: number }} place of the name's middle
 * @param {{ x: number, y: number, width: number, height: number }} mark
 */
function leader({ x, y }, mark) {
  const inward = Math.min(
    mark.width / 2 / Math.max(1, Math.abs(x - mark.x)),
    mark.height / 2 / Math.max(1, Math.abs(y - mark.y)),
  );
  const end = { x: x + inward * (mark.x - x), y: y + inward * (mark.y - y) };
  return svg`<line class="leader" x1=${mark.x} y1=${mark.y} x2=${end.x} y2=${end.y} />`;
}
