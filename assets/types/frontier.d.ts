// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints, TrainedCheckpoint } from "./shared";

export interface DistilReader {
  name: string;
  parameters: number;
  held: number;
  loss: number;
}

export interface HowSmallShown {
  smaller: SmallModel[];
  total: number;
  influence: number[];
  students: SmallStudent[];
  tokens: number;
  held_tokens: number;
  machine: string;
}

export interface SmallModel {
  way: string;
  amount: string;
  stored: number;
  loss: number;
}

export interface SmallStudent {
  way: string;
  size: number;
  seeds: number;
  held: number[];
  mean: number;
  below: number | null;
  low: number | null;
  high: number | null;
  known: boolean;
}

export interface TeacherStudent {
  text: string;
  tokens: string[];
  left_out: number;
  temperature: number;
  betas: number[];
  readers: DistilReader[];
  /** "beta pos" */
  student: Floats;
  /** "beta pos" */
  alone: Floats;
  names: string[][];
  /** "pos reader token" */
  likely: Floats;
  /** "pos reader" */
  next: Floats;
  /** "pos" */
  first: Floats;
  /** "pos" */
  entropy: Floats;
  /** "pos two" */
  agree: Ints;
}

export interface WayCourse {
  way: string;
  seed: number;
  step: number[];
  held: number[];
  loss: number[];
}

export interface WayEnd {
  way: string;
  seeds: number;
  held: number | null;
  each: number[];
  mean: number | null;
  low: number | null;
  high: number | null;
  known: boolean;
  forward: number | null;
  reverse: number | null;
  seconds: number;
}

export interface WaysToDistil {
  steps: number;
  tokens_per_step: number;
  held_tokens: number;
  parameters: number;
  teacher_parameters: number;
  teacher_loss: number;
  courses: WayCourse[];
  ends: WayEnd[];
  checkpoints: TrainedCheckpoint[];
  machine: string;
}
