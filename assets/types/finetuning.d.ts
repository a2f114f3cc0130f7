// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Milliseconds } from "./shared";

export interface AdapterDepth {
  adapter: string;
  offered: string[];
  r: number;
  blocks: number;
  sizes: AdapterSize[];
}

export interface AdapterHeads {
  adapter: string;
  offered: string[];
  task: string;
  tokens: number;
  /** "layer head" */
  moved: Floats;
}

export interface AdapterKept {
  kept: number[];
  losses: number[];
}

export interface AdapterMatrix {
  adapter: string;
  offered: string[];
  layer: string;
  block: number;
  blocks: number;
  r: number;
  scale: number;
  pictures: AdapterPicture[];
  /** "r" */
  values: Floats;
  /** "all" */
  base: Floats;
  /** "top" */
  tuned: Floats;
  effective_rank: number;
  /** "r top" */
  cosines: Floats;
  /** "top" */
  nearest: Floats;
  bound: number;
  chance: number;
}

export interface AdapterPicture {
  name: string;
  shape: [number, number];
  /** "row column" */
  cells: Floats;
  norm: number;
}

export interface AdapterRanks {
  adapter: string;
  offered: string[];
  task: string;
  r: number;
  first: AdapterKept[];
  without: AdapterKept[];
}

export interface AdapterSize {
  block: number;
  role: string;
  base: number;
  update: number;
  effective_rank: number;
}

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

export interface MethodDifference {
  mean: number;
  half: number | null;
  clear: boolean;
}

export interface MethodFigure {
  each: number[];
  mean: number;
  half: number | null;
}

export interface MethodRow {
  name: string;
  title: string;
  rate: number;
  tried: number[];
  edge: boolean;
  trained: number;
  weights: number;
  gradients: number;
  optimizer: number;
  activations: number;
  seconds: MethodFigure;
  loss: MethodFigure;
  exact: MethodFigure;
  changed: MethodFigure;
  kinds: MethodFigure[];
  loss_difference: MethodDifference | null;
  exact_difference: MethodDifference | null;
  changed_difference: MethodDifference | null;
}

export interface MethodStep {
  name: string;
  title: string;
  tokens: number;
  counted: number;
  trained: number;
  weights: number;
  counted_weights: number;
  gradients: number;
  optimizer: number;
  activations: number;
  step: Milliseconds;
  forward: Milliseconds;
  rounds: number;
}

export interface MethodsCompared {
  model: string;
  against: string;
  instructions: string;
  steps: number;
  rows: number;
  length: number;
  held_out: number;
  seeds: number[];
  enough: number;
  base_loss: number;
  base_exact: number;
  runs: number;
  minutes: number;
  kinds: string[];
  methods: MethodRow[];
}

export interface QloraBytes {
  parts: QloraPart[];
  tokens: number;
  bits: number;
  large: QloraLarge[];
  r: number;
}

export interface QloraGradient {
  each: QloraGradientOf[];
  whole: number;
  exact_loss: number;
  rounded_loss: number;
  blocks: number;
  tokens: number;
}

export interface QloraGradientOf {
  block: number;
  role: string;
  cosine: number;
  ratio: number;
}

export interface QloraLarge {
  r: number;
  trained: number;
  base: number;
  rest: number;
}

export interface QloraMerging {
  adapter: string;
  offered: string[];
  task: string;
  models: QloraModel[];
}

export interface QloraModel {
  name: string;
  losses: number[];
  kl: number;
}

export interface QloraPart {
  name: string;
  numbers: number;
  bytes: number;
  plain: number;
}

export interface QloraSum {
  name: string;
  losses: number[][];
}

export interface QloraSums {
  first: string;
  second: string;
  offered: string[];
  tasks: string[];
  each: QloraSum[];
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
