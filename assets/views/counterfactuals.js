// Counterfactuals: the run with an expert forbidden or forced, with fewer or more experts, and what it would have written then.
import { drawn } from "../js/drawn.js";
import * as continuation from "./architectures/counterfactuals/continuation.js";
import * as counts from "./architectures/counterfactuals/counts.js";
import * as depth from "./architectures/counterfactuals/depth.js";
import * as table from "./architectures/counterfactuals/table.js";

export const views = {
  depth: drawn(depth, "depth"),
  table: drawn(table, "table"),
  counts: drawn(counts, "counts"),
  continuation: drawn(continuation, "continuation"),
};
