// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, Milliseconds } from "./shared";

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

export interface FrontierPoint {
  beta: number;
  kl: number;
  reward: number;
}

export interface FrontierRun {
  stage: string;
  title: string;
  seed: number;
  steps: FrontierStep[];
}

export interface FrontierStep {
  step: number;
  kl: number;
  reward: number;
}

export interface HackedPoint {
  beta: number;
  kl: number;
  proxy: number;
  truth: number;
}

export interface HackedRun {
  seed: number;
  steps: HackedStep[];
}

export interface HackedStep {
  step: number;
  kl: number;
  proxy: number;
  truth: number;
}

export interface KlEstimator {
  name: string;
  value: number;
  deviation: number;
  spread: number;
  /** "batch" */
  means: Floats;
  /** "pos" */
  by_position: Floats;
  cosine: number | null;
  other: number | null;
  length: number;
}

export interface KlEstimators {
  policy: string;
  reference: string;
  offered: string[];
  ids: number[];
  /** "pos" */
  exact: Floats;
  mean: number;
  draws: number;
  each: KlEstimator[];
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

export interface OptimumAnswers {
  prompt: string;
  held_out: boolean;
  answers: string[];
  right: boolean[];
  stages: OptimumStage[];
  frontier: FrontierPoint[];
  /** "beta answer" */
  best: Floats;
  refused: string;
}

export interface OptimumStage {
  name: string;
  title: string;
  p: number[];
  reward: number;
  kl: number;
}

export interface PolicyAnswer {
  prompt: number;
  text: string;
  pieces: string[];
  right: boolean;
  drawn: number;
}

export interface PolicyDraw {
  answer: number;
  reward: number | null;
  why: string;
}

export interface PolicyScope {
  loss: number[];
  norm: number[];
  /** "estimator estimator" */
  cosine: Floats;
  /** "estimator answer" */
  by_length: Floats;
  /** "estimator answer" */
  by_rate: Floats;
}

export interface PolicyState {
  age: number;
  /** "answer token" */
  logp: Floats;
  /** "slot slot" */
  gram: Floats;
  scopes: PolicyScope[];
}

export interface PolicySwapped {
  prompts: string[];
  answers: PolicyAnswer[];
  draws: PolicyDraw[];
  /** "answer token" */
  slots: Ints;
  /** "answer token" */
  values: Floats;
  states: PolicyState[];
  names: string[];
  step: number;
  nats: number;
  drift: number;
  moved: number;
  whole: boolean;
  stuck: boolean;
  done: boolean;
  critic_error: number;
  reward_variance: number;
  longest: number;
  empty: number[];
  refused: string;
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
  wrong: number;
  simpo_beta: number;
  gamma: number;
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
  drawn: number;
  new_tokens: number;
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

export interface RatioWay {
  name: string;
  against: string;
  /** "token" */
  ratios: Floats;
  mean: number;
  most: number;
  outside: number[];
  sequence: number;
}

export interface RewardFrontier {
  frontier: FrontierPoint[];
  runs: FrontierRun[];
  start: number;
  sums: number;
  dpo_beta: number;
  grpo_beta: number;
  ppo_beta: number | null;
}

export interface RewardHacking {
  points: HackedPoint[];
  proxy: number;
  truth: number;
  runs: HackedRun[];
  grpo_beta: number;
  sums: number;
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

export interface SamplerCut {
  ids: number[];
  /** "token" */
  ratios: Floats;
  /** "token" */
  plain: Floats;
  /** "token" */
  mass: Floats;
  mean: number;
  mean_plain: number;
  mean_mass: number;
  outside: number;
  outside_plain: number;
  top_p: number;
  temperature: number;
}

export interface SamplerTrainer {
  ids: number[];
  ways: RatioWay[];
  clips: [number, number][];
  done: boolean;
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

export interface ThroughAnswers {
  prompt: string;
  total: number;
  held_out: boolean;
  answers: string[];
  right: boolean[];
  watched: string;
  written: string[];
  counted: number;
  stages: ThroughStage[];
  refused: string;
}

export interface ThroughExam {
  name: string;
  title: string;
  model: string;
  exact: number;
  carried: number;
  plain: number;
  chance: number;
  in_parts: number;
  kl_base: number;
  kl_sft: number;
}

export interface ThroughPoint {
  stage: string;
  seed: number;
  step: number;
  exact: number;
  sampled: number;
}

export interface ThroughStage {
  name: string;
  title: string;
  model: string;
  p: number[];
  right: number;
  in_parts: number;
  other: number;
  entropy: number;
  kl_base: number;
  kl_sft: number;
  tokens: number[];
}

export interface ThroughStages {
  exams: ThroughExam[];
  held_out: number;
  few: number;
  parameters: number;
  points: ThroughPoint[];
  pairs: string;
}
