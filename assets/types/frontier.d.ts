// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface CyclesArm {
  arm: string;
  seeds: number;
  held: CyclesSpread;
  trained: CyclesSpread;
  first: CyclesSpread;
  last: CyclesSpread;
  /** "point" */
  loss_step: Floats;
  /** "seed point" */
  losses: Floats;
  /** "seed place" */
  by_seed: Floats;
  halted: number[];
  halted_right: number[];
  halted_at: number[];
  still: number[];
  still_right: number[];
  several: number[];
}

export interface CyclesCurves {
  arms: CyclesArm[];
  given: number[];
  least_given: number;
  most_given: number;
  puzzles: number;
  starts: number;
  still: number;
  most: number;
  parameters: number;
  seconds: number;
  gain: CyclesSpread;
}

export interface CyclesEnd {
  /** "cell" */
  answer: Ints;
  count: number;
  right: boolean;
  still: number;
}

export interface CyclesSpread {
  /** "place" */
  mean: Floats;
  /** "place" */
  low: Floats;
  /** "place" */
  high: Floats;
}

export interface CyclesThink {
  problem: string;
  /** "cell" */
  puzzle: Ints;
  solutions: number;
  /** "cell" */
  solution: Ints;
  /** "cycle cell" */
  answers: Ints;
  /** "cycle cell digit" */
  probabilities: Floats;
  /** "cycle" */
  halt: Floats;
  /** "cycle" */
  moved: Floats;
  right: boolean[];
  still: number;
  most: number;
  ends: CyclesEnd[];
}
