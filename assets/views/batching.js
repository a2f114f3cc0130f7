// Batching: one small load served twice, pass by pass. Time runs to the right, on a phone downward; a lane is a request.
import { drawn } from "../js/drawn.js";
import * as timeline from "./inference/batching/timeline.js";

export const views = { timeline: drawn(timeline, "timeline") };
