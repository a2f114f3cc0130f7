// Cost of a mixture: parameters that are stored and used, experts that a batch reads, decode speed.
import { drawn } from "../js/drawn.js";
import * as reading from "./architectures/moe_cost/reading.js";
import * as sizes from "./architectures/moe_cost/sizes.js";
import * as speed from "./architectures/moe_cost/speed.js";

export const views = {
  sizes: drawn(sizes, "sizes"),
  reading: drawn(reading, "reading"),
  speed: drawn(speed, "speed"),
};
