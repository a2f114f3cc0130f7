// @ts-check
/**
 * A line, bars or points as plotly.js is told of them, in the page's colours.
 *
 * @import { Trace, Values } from "./chart_layout.js"
 */
import { css, rgb, rgbs } from "../colour/theme.js";

const FILL = 0.14;

/**
 * @param {string} name
 * @param {number} [alpha]
 */
export function colour(name, alpha) {
  if (name.startsWith("#")) return name;
  return alpha === undefined ? css(name) : rgbs(rgb(name), alpha);
}

/**
 * What plotly.js takes for a list: a plain one.
 * @param {Values | undefined} values
 */
export function list(values) {
  if (values === undefined) return undefined;
  return Array.from(/** @type {ArrayLike<any>} */ ("a" in values ? values.a : values));
}

/** @param {Trace} trace */
export function drawnTrace({
  color = "river-deep",
  alpha,
  dash,
  width = 2,
  size = 7,
  hollow,
  symbol,
  hover,
  labelled,
  fill,
  whiskers,
  ...own
}) {
  const ink = colour(color, alpha);
  const hollowInk = own.type === "bar" ? "rgba(0,0,0,0)" : css("surface");
  const marker = { color: hollow ? hollowInk : ink };
  const style =
    own.type === "bar"
      ? { marker: { ...marker, line: { color: ink, width: hollow ? 1 : 0 } } }
      : {
          line: { color: ink, width, dash, ...own.line },
          marker: {
            ...marker,
            size: typeof size === "number" ? size : list(size),
            symbol,
            line: { color: ink, width: hollow ? 1.5 : 0 },
          },
        };
  return {
    mode: "lines",
    ...own,
    x: list(own.x),
    y: list(own.y),
    showlegend: Boolean(own.name) && !labelled && own.legend !== false,
    hovertemplate: hover ?? `%{y}<extra>${own.name ?? ""}</extra>`,
    ...style,
    ...(fill ? { fill, fillcolor: colour(color, FILL) } : {}),
    ...(whiskers ? { error_y: drawnWhiskers(list(own.y) ?? [], whiskers, ink) } : {}),
  };
}

/**
 * @param {number[]} values
 * @param {{ low: ArrayLike<number>, high: ArrayLike<number> }} ends
 * @param {string} color
 */
function drawnWhiskers(values, { low, high }, color) {
  return {
    type: "data",
    symmetric: false,
    array: values.map((value, at) => high[at] - value),
    arrayminus: values.map((value, at) => value - low[at]),
    thickness: 1,
    width: 2,
    color,
  };
}
