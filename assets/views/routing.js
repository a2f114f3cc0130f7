// Routing: the experts of every token, the router's choice at the selected one, lanes through the depth, and the load.
import { drawn } from "../js/drawn.js";
import * as load from "./architectures/routing/load.js";
import { decision } from "./routing_decision.js";
import { lanes } from "./routing_lanes.js";
import { matrix } from "./routing_matrix.js";

export const views = { matrix, decision, lanes, load: drawn(load, "load") };
