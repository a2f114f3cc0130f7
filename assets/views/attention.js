// Attention: the wall of all heads, one head opened, and what every block reads from the selected token.
import { drawn } from "../js/drawn.js";
import * as head from "./overview/attention/head.js";
import * as reads from "./overview/attention/reads.js";
import * as wall from "./overview/attention/wall.js";

export const views = { wall: drawn(wall, "wall"), head: drawn(head, "head"), reads: drawn(reads, "reads") };
