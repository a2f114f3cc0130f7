// Prefill and decode: the passes of a real generation on one time axis, and passes of many sizes under the measured roof.
import { drawn } from "../js/drawn.js";
import * as phases from "./inference/prefill_decode/phases.js";
import * as roof from "./inference/prefill_decode/roof.js";

export const views = { phases: drawn(phases, "phases"), roof: drawn(roof, "roof") };
