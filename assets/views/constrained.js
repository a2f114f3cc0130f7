// Constrained decoding: a text token by token under a rule; what was forbidden at each of them, over the whole vocabulary.
import { drawn } from "../js/drawn.js";
import * as steps from "./inference/constrained/steps.js";

export const views = { steps: drawn(steps, "steps") };
