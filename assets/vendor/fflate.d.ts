// The types of fflate.js, which `make vendor` bundles.
export * from "./fflate.entry.js";
