// Sampling: one distribution through the sampler's stages, and the draw.
import { drawn } from "../js/drawn.js";
import * as stages from "./overview/sampling/stages.js";

export const views = { stages: drawn(stages, "stages") };
