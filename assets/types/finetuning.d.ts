// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

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

export interface PreferenceAnswer {
  ids: number[];
  /** "token" */
  reference: Floats;
  /** "token" */
  policy: Floats;
}

export interface PreferenceFall {
  rule: string;
  about: string;
  pairs: PreferenceText[];
  method: string;
  steps: number;
  length: number;
  terms: string[];
  chosen: PreferenceMoved;
  rejected: PreferenceMoved;
  cosine: number;
  norms: [number, number];
  gradient: number;
  blocks: number;
}

export interface PreferenceLoss {
  name: string;
  title: string;
  /** "point" */
  curve_x: Floats;
  /** "point" */
  curve_y: Floats;
  /** "pair" */
  x: Floats;
  /** "pair" */
  y: Floats;
  /** "pair" */
  raises: Floats;
  /** "pair" */
  lowers: Floats;
}

export interface PreferenceMoved {
  ids: number[];
  /** "token" */
  before: Floats;
  /** "token" */
  after: Floats;
  /** "token" */
  by_chosen: Floats;
  /** "token" */
  by_rejected: Floats;
  predicted: number[];
  slope: number;
}

export interface PreferencePair {
  rule: string;
  about: string;
  pairs: PreferenceText[];
  chosen: PreferenceAnswer;
  rejected: PreferenceAnswer;
  /** "step pair" */
  way_chosen: Floats;
  /** "step pair" */
  way_rejected: Floats;
  losses: PreferenceLoss[];
  method: string;
  steps: number;
  blocks: number;
}

export interface PreferencePoint {
  step: number;
  chosen: number;
  rejected: number;
  right: number;
  kl: number;
  said: string;
}

export interface PreferenceRun {
  name: string;
  title: string;
  losses: number[];
  chosen: number[];
  rejected: number[];
  norms: number[];
  points: PreferencePoint[];
  stopped: string;
}

export interface PreferenceRuns {
  rule: string;
  about: string;
  ask: string;
  runs: PreferenceRun[];
  steps: number;
  pairs: number;
  held_out: number;
  at_once: number;
  blocks: number;
  trained: number;
  done: boolean;
}

export interface PreferenceSmallest {
  start: number;
  beta: number;
  rate: number;
  /** "step" */
  s: Floats;
  /** "step" */
  ab: Floats;
  /** "step" */
  aa: Floats;
  /** "step" */
  bb: Floats;
  /** "step" */
  margin: Floats;
  /** "step" */
  by_chosen: Floats;
  /** "step" */
  by_rejected: Floats;
}

export interface PreferenceText {
  request: string;
  chosen: string;
  rejected: string;
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

export interface RewardJudged {
  rule: string;
  about: string;
  pairs: number;
  requests: string[];
  chosen_texts: string[];
  rejected_texts: string[];
  /** "head pair" */
  chosen: Floats;
  /** "head pair" */
  rejected: Floats;
  /** "head" */
  agreement: Floats;
  together: number;
  ece: number;
  /** "bin" */
  confidence: Floats;
  /** "bin" */
  accuracy: Floats;
  count: number[];
  twins: RewardTwin[];
  beaten: number;
  asked: number;
}

export interface RewardScores {
  rule: string;
  about: string;
  request: string;
  answers: RewardedAnswer[];
  pairs: number;
  template: boolean;
}

export interface RewardTwin {
  name: string;
  example: string;
  /** "pair" */
  change: Floats;
  beats: number;
}

export interface RewardedAnswer {
  text: string;
  ids: number[];
  /** "head" */
  rewards: Floats;
  /** "token" */
  moves: Floats;
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
