// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Milliseconds, TimesAsLong } from "./shared";

export interface CannotCopy {
  tasks: string[];
  trained_to: number[];
  arms: CopyArm[];
  steps: number;
  seeds: number;
  machine: string;
  seconds: number;
}

export interface CopyArm {
  name: string;
  layers: string[];
  parameters: number;
  state_bytes: number;
  points: CopyPoint[][];
}

export interface CopyPoint {
  length: number;
  mean: number;
  low: number;
  high: number;
  bytes: number;
  seeds: number[];
}

export interface FormErrors {
  name: string;
  matrix: number;
  blocks: number;
}

export interface MeasuredLength {
  length: number;
  state: Milliseconds;
  cache: Milliseconds;
  times: TimesAsLong;
}

export interface NextToken {
  token: string;
  p: number;
}

export interface StateAtWork {
  title: string;
  text: string;
  tokens: string[];
  /** "layer pos" */
  dt: Floats;
  /** "layer pos" */
  kept: Floats;
  layer: number;
  /** "query key" */
  held: Floats;
  /** "query key" */
  read: Floats;
  numbers: number;
  following: NextToken[];
}

export interface StateBytes {
  names: string[];
  parameters: number[];
  length: number[];
  state: number[];
  cache: number[];
  even: number;
}

export interface StateLens {
  title: string;
  text: string;
  tokens: string[];
  said: string[][];
  /** "depth pos" */
  p: Floats;
  /** "depth pos" */
  rank: Floats;
}

export interface StateTimes {
  names: string[];
  longest: number;
  rows: MeasuredLength[];
}

export interface ThreeForms {
  title: string;
  text: string;
  tokens: string[];
  layer: number;
  layers: number;
  channel: number;
  channels: number;
  block: number;
  /** "pos state" */
  states: Floats;
  /** "query key" */
  M: Floats;
  /** "way pos" */
  y: Floats;
  compiled: number;
  errors: FormErrors[];
}
