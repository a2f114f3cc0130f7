// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints } from "./shared";

export interface BoundDrawn {
  text: string;
  tokens: string[];
  left_out: number;
  asked: number;
  eps: number;
  estimators: BoundEstimator[];
  causal: number;
}

export interface BoundEstimator {
  name: string;
  running: Running[];
  spread: number;
  largest: number;
  /** "draw" */
  values: Floats;
}

export interface BoundExact {
  text: string;
  tokens: string[];
  left_out: number;
  sets: number;
  orders: number;
  bound: number;
  best: number;
  worst: number;
  mixture: number;
  forward: number;
  backward: number;
  causal: number;
  best_order: number[];
  worst_order: number[];
  by_count: number[];
  spread_by_count: number;
  eps: number;
  mean_by_time: number;
  spread_by_time: number;
  weights: number[];
  curve: [number, number, number][];
}

export interface HeldOut {
  kind: string;
  bound: number;
  exact: number;
  gap: number;
  half: number;
}

export interface Running {
  draws: number;
  mean: number;
  half: number;
}

export interface TwinCourse {
  name: string;
  begins: number;
  steps: number;
  tokens: number;
  parameters: number;
  processor_seconds: number;
  curve: [number, number][];
  sha256: string;
}

export interface TwinsHeldOut {
  kinds: HeldOut[];
  mean_bound: number;
  mean_exact: number;
  windows: number;
  draws: number;
  tokens: number;
  courses: TwinCourse[];
  seed: number;
}

export interface UnmaskQuality {
  texts: number;
  context: number;
  length: number;
  prompt: string;
  ways: UnmaskWay[];
  largest: number;
}

export interface UnmaskReplay {
  text: string;
  left_out: number;
  given: string[];
  said: string[][];
  /** "step pos" */
  confidence: Floats;
  /** "step pos" */
  entropy: Floats;
  /** "step pos" */
  holes: Bools;
  /** "step pos" */
  kept: Bools;
  /** "pos" */
  filled: Ints;
  /** "pos" */
  changed: Ints;
  /** "pos" */
  nats: Floats;
}

export interface UnmaskWay {
  order: string;
  steps: number;
  nats: number;
  low: number;
  high: number;
  distinct: number;
  distinct_low: number;
  distinct_high: number;
  example: string;
}
