// Norms: one row before and after, at every position; LayerNorm against RMSNorm on the same rows; gradients before training.
import { drawn } from "../js/drawn.js";
import * as gradients from "./transformer/norms/gradients.js";
import * as mean from "./transformer/norms/mean.js";
import * as scale from "./transformer/norms/scale.js";

export const views = { scale: drawn(scale, "scale"), mean: drawn(mean, "mean"), gradients: drawn(gradients, "gradients") };
