// Residual stream: what each depth would say, one token's rank through depth, where a logit comes from, how the stream grows.
import { drawn } from "../js/drawn.js";
import * as lens from "./overview/residual_stream/lens.js";
import * as norms from "./overview/residual_stream/norms.js";
import * as rank from "./overview/residual_stream/rank.js";
import * as waterfall from "./overview/residual_stream/waterfall.js";

export const views = {
  lens: drawn(lens, "lens"),
  rank: drawn(rank, "rank"),
  waterfall: drawn(waterfall, "waterfall"),
  norms: drawn(norms, "norms"),
};
