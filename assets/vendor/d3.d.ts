// The types of d3.js, which `make vendor` bundles.
export * from "./d3.entry.js";
