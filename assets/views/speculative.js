// Speculative decoding: the rounds of one generation, what decided each token, and what each draft would be worth.
import { drawn } from "../js/drawn.js";
import * as drafts from "./inference/speculative/drafts.js";
import * as rounds from "./inference/speculative/rounds.js";

export const views = { rounds: drawn(rounds, "rounds"), drafts: drawn(drafts, "drafts") };
