// The types of d3_layouts.js, which `make vendor` bundles.
export * from "./d3_layouts.entry.js";
