// Memory calculator: what fits, when the cache outgrows the weights, and the formula against real tensors.
import { drawn } from "../js/drawn.js";
import * as budget from "./inference/memory_calculator/budget.js";
import * as calibration from "./inference/memory_calculator/calibration.js";
import * as table from "./inference/memory_calculator/table.js";

export const views = {
  budget: drawn(budget, "budget"),
  table: drawn(table, "table"),
  calibration: drawn(calibration, "calibration"),
};
