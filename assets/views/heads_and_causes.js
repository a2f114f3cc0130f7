// Heads and causes: direct attribution of every head against the measured effect of removing it.
import { drawn } from "../js/drawn.js";
import * as scatter from "./overview/heads_and_causes/scatter.js";

export const views = { scatter: drawn(scatter, "scatter") };
