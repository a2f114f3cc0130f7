// The types of lit.js, which `make vendor` bundles.
export * from "./lit.entry.js";
