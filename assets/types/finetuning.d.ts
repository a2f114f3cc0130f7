// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

export interface LessonAnswer {
  request: string;
  wanted: string;
  before: string;
  now: string;
  exact_before: boolean;
  exact: boolean;
}

export interface LessonMade {
  base: string;
  task: string;
  method: string;
  matrices: string;
  r: number;
  alpha: number;
  rate: number;
  steps: number;
  seed: number;
  pairs: number;
  held_out: number;
  fresh: boolean;
  template: boolean;
  rows: number;
  length: number;
  trained: number;
  parameters: number;
  losses: number[];
  rates: number[];
  measured: number[];
  held: number[];
  exact: number[];
  asked: number;
  ask: string;
  samples: LessonSample[];
  answers: LessonAnswer[];
  step_seconds: number | null;
  seconds_left: number | null;
  seconds: number;
  done: boolean;
  stopped: string;
  read: boolean;
  name: string | null;
  unkept: boolean;
}

export interface LessonSample {
  step: number;
  said: string;
}

export interface SftConversation {
  request: string;
  answer: string;
  ids: number[];
  template: boolean;
  /** "token" */
  mark: Bools;
  /** "token" */
  learnt: Bools;
  /** "token" */
  loss: Floats;
  first: number;
  by_length: number;
}

export interface SftStep {
  request: string;
  answer: string;
  other: string;
  ids: number[];
  /** "token" */
  learnt: Bools;
  /** "token" */
  before: Floats;
  /** "token" */
  after: Floats;
  other_ids: number[];
  /** "other" */
  other_before: Floats;
  /** "other" */
  other_after: Floats;
  trained: number;
  gradient: number;
  length: number;
  /** "layer" */
  by_layer: Floats;
}
