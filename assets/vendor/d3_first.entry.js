// What the first picture uses of d3: a first visit brings no more of it.
export { extent, greatest, max, min, range, sum, tickStep } from "d3-array";
export { rgb } from "d3-color";
export { interpolateRgb, quantize } from "d3-interpolate";
export { scaleLinear, scaleQuantize } from "d3-scale";
export { area, curveBumpX, curveBumpY, line } from "d3-shape";
