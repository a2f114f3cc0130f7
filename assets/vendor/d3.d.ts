// The types of d3.js, which `make vendor` bundles.
export type { ScaleLinear } from "d3-scale";
export type { Area } from "d3-shape";
export * from "./d3.entry.js";
