// The types of d3_first.js, which `make vendor` bundles.
export * from "./d3_first.entry.js";
