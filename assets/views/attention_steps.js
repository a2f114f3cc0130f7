// Attention step by step: every matrix of one head as an equation, one step at a time.
import { drawn } from "../js/drawn.js";
import * as steps from "./transformer/attention_steps/steps.js";

export const views = { steps: drawn(steps, "steps") };
