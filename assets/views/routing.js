// Routing: the experts of every token, the router's choice at the selected one, lanes through the depth, and the load.
import { drawn } from "../js/drawn.js";
import * as decision from "./architectures/routing/decision.js";
import * as lanes from "./architectures/routing/lanes.js";
import * as load from "./architectures/routing/load.js";
import * as matrix from "./architectures/routing/matrix.js";

export const views = {
  matrix: drawn(matrix, "matrix"),
  decision: drawn(decision, "decision"),
  lanes: drawn(lanes, "lanes"),
  load: drawn(load, "load"),
};
