// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, Milliseconds, TimesAsLong, TrainedCheckpoint } from "./shared";

export interface AnswerWord {
  word: string;
  share: number;
  blank: number;
}

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

export interface CannotCopy {
  tasks: string[];
  trained_to: number[];
  arms: CopyArm[];
  steps: number;
  heads: number;
  seeds: number;
  machine: string;
  seconds: number;
}

export interface ChainChange {
  kept_follows: number;
  kept_stays: number;
  anew_follows: number;
  anew_stays: number;
  anew_right: number;
}

export interface ChainOpened {
  refused: string;
  prompt: string;
  instructions: string[];
  answer: number;
  text: string;
  said: number;
  held_out: boolean;
  drawn: number;
  places: ChainPlace[];
  changes: ChainChange[];
  longer: number;
  swapped_prompt: string;
  swapped_answer: number;
  swapped_right: number;
}

export interface ChainPlace {
  step: number;
  follows: boolean;
  p: number;
  cut: number;
  value: number;
  sampled: number;
  worth: number;
  stops: number;
}

export interface ComputeAccuracy {
  prompts: number;
  of: number;
  parameters: Record<string, number>;
  methods: ComputeMethod[];
}

export interface ComputeMethod {
  model: string;
  kind: string;
  n: number;
  right: number;
  half: number;
  flops: number;
}

export interface Confused {
  kind: string;
  answer: string;
  said: string;
  count: number;
  example: string;
  seed: number;
}

export interface Connector {
  arm: string;
  image_tokens: number;
  parameters: number;
  sequence: number;
  trained: ConnectorTrained | null;
}

export interface ConnectorTrained {
  seconds: number;
  right: number[];
  mean: number;
  half: number;
  difference: number;
  difference_half: number;
  by_kind: number[];
}

export interface Connectors {
  kinds: string[];
  seeds: number;
  steps: number;
  arms: Connector[];
}

export interface CopyArm {
  name: string;
  layers: string[];
  parameters: number;
  state_bytes: number[];
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

export interface Counted {
  kind: string;
  n: number;
  right: number;
  low: number;
  high: number;
  blank: number;
  usual: number;
}

export interface CurvePoint {
  step: number;
  loss: number;
  right: number | null;
}

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

export interface DistilReader {
  name: string;
  parameters: number;
  held: number;
  loss: number;
}

export interface EmojiAsked {
  image: string;
  char: string;
  name: string;
  trained: boolean;
  question: string;
  answer: string;
  truth: string;
  answers: AnswerWord[];
  caption: string;
  true_caption: string;
  sorts: OfSort[];
  scenes: OnScenes[];
  curve: EmojiLearned[];
  share: number;
  pairs: number;
  emoji: number;
  kept_out: number;
  steps: number;
  parameters: number;
}

export interface EmojiLearned {
  step: number;
  scenes: number;
  name: number;
  presence: number;
}

export interface EulerOrExact {
  text: string;
  tokens: string[];
  layer: number;
  layers: number;
  dt: number[];
  states: StepRuleShare[];
  /** "rule pos" */
  nats: Floats;
  mean: number[];
  same: number;
}

export interface FormErrors {
  name: string;
  matrix: number;
  blocks: number;
}

export interface HeldOut {
  kind: string;
  bound: number;
  exact: number;
  gap: number;
  half: number;
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

export interface InductionArm {
  name: string;
  points: CopyPoint[];
}

export interface LookedAt {
  pictured: Pictured;
  words: string[];
  /** "word layer head token" */
  attention: Floats;
  /** "token" */
  effect: Floats;
  counts: number[];
  by_attention: number[];
  by_effect: number[];
  at_random: number[];
  random_low: number[];
  random_high: number[];
  draws: number;
  agreement: number;
}

export interface MaskWeightGap {
  name: string;
  mean: number;
  low: number;
  high: number;
  values: number[];
}

export interface MaskWeightRun {
  weighing: string;
  seed: number;
  bound: number;
  by_share: number[];
  written: number[];
  distinct: number[];
  curve: number[][];
  seconds: number;
}

export interface MeasuredLength {
  length: number;
  state: Milliseconds;
  cache: Milliseconds;
  times: TimesAsLong;
}

export interface Mistaken {
  char: string;
  name: string;
  kind: string;
  said: string;
  count: number;
  of: number;
  seed: number;
}

export interface Mistakes {
  by: Record<string, Sorted[]>;
  unseen: Sorted;
  seen: Sorted;
  confused: Confused[];
  scenes: number;
  captions_right: number;
  captions_of: number;
  parameters: number;
  steps: number;
  machine: string;
  seconds: number;
  curve: CurvePoint[];
}

export interface NextToken {
  token: string;
  p: number;
}

export interface OfSort {
  name: string;
  counted: Counted[];
  mistakes: Mistaken[];
}

export interface OnScenes {
  kind: string;
  n: number;
  right: number;
  low: number;
  high: number;
  alone: number;
  alone_low: number;
  alone_high: number;
}

export interface OneThing {
  trained_to: number;
  arms: InductionArm[];
  steps: number;
  texts: number;
  seeds: number;
  machine: string;
  seconds: number;
}

export interface OptimisedJudge {
  name: string;
  score: number[];
  right: number[];
  half: number[];
  kl: number[];
}

export interface OverOptimised {
  prompts: number;
  of: number;
  n: number[];
  judges: OptimisedJudge[];
}

export interface PatchNorms {
  pictures: string[];
  picture: string;
  takes: boolean;
  title: string;
  image: string;
  grid: [number, number];
  /** "depth pos" */
  norms: Floats;
  depth: number;
}

export interface PatchesRemoved {
  pictures: string[];
  picture: string;
  takes: boolean;
  image: string;
  grid: [number, number];
  depth: number;
  n_layers: number;
  chosen: number[];
  /** "patch" */
  norms: Floats;
  cls: number;
  others: number;
  placebo_cls: number[];
  placebo_others: number[];
  example: number[];
}

export interface PictureAnswer {
  pictured: Pictured;
  answers: AnswerWord[];
  caption: string;
  true_caption: string;
}

export interface Pictured {
  picture: string;
  takes: boolean;
  image: string;
  grid: [number, number];
  things: ShownThing[];
  question: string;
  offered: string[];
  answer: string;
  truth: string;
}

export interface RecordedCost {
  step: Milliseconds;
  read: Milliseconds;
  carried: number;
  peak: number;
}

export interface RecordedLength {
  length: number;
  state: RecordedCost;
  cache: RecordedCost;
  step_times: TimesAsLong;
  read_times: TimesAsLong;
  rounds: number[];
}

export interface Running {
  draws: number;
  mean: number;
  half: number;
}

export interface SameText {
  base: string;
  arms: TextArm[];
  length: number;
  twice: number;
  windows: number;
  steps_a_point: number;
  seed: number;
  steps: number;
  tokens: number;
  peak: number;
  machine: string;
  seconds: number;
}

export interface SelfAgainst {
  other: string;
  apart: SelfInterval;
  p: number;
}

export interface SelfChecked {
  prompts: number;
  of: number;
  drawn: number;
  others: number;
  area_prompts: number;
  likeliest: SelfInterval;
  methods: SelfMethod[];
}

export interface SelfCount {
  k: number;
  right: SelfInterval;
  sampled: number;
  against: SelfAgainst[];
}

export interface SelfInterval {
  mean: number | null;
  low: number | null;
  high: number | null;
}

export interface SelfMethod {
  name: string;
  own: boolean;
  area: SelfInterval | null;
  counts: SelfCount[];
}

export interface ShownThing {
  colour: string;
  shape: string;
  patches: number[];
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

export interface Sorted {
  name: string;
  n: number;
  right: number;
  low: number;
  high: number;
  blind: number;
  usual: number;
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

export interface StateCostRecorded {
  names: string[];
  rows: RecordedLength[];
  machine: string;
  cores: number;
  load: number[];
  date: string;
  seconds: number;
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

export interface StepRuleShare {
  speed: number;
  mean: number;
  low: number;
  median: number;
  high: number;
}

export interface StepTree {
  refused: string;
  prompt: string;
  answer: number;
  found: number;
  text: string;
  nodes: TreeNode[];
  tokens_shared: number;
  tokens_apart: number;
  bytes_shared: number;
  bytes_apart: number;
  flops_shared: number;
  flops_apart: number;
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

export interface TextArm {
  name: string;
  layers: Record<string, number>;
  parameters: number;
  carried: number;
  loss: number[];
  held_out: number[][];
  mean: number;
  less_attention: TextMean;
  kinds: TextKind[];
  saved: TextMean;
  seconds: number;
}

export interface TextKind {
  kind: string;
  loss: number;
  less_attention: TextMean;
}

export interface TextMean {
  mean: number;
  low: number;
  high: number;
}

export interface ThinkingApart {
  mean: number;
  low: number;
  high: number;
}

export interface ThinkingCourse {
  trainings: ThinkingTraining[];
  prompts: number;
  steps_help: ThinkingApart;
  reward_helps: ThinkingApart;
  longer: ThinkingApart;
}

export interface ThinkingTraining {
  name: string;
  seeds: number;
  step: number[];
  /** "seed step" */
  direct: Floats;
  /** "seed step" */
  chain: Floats;
  /** "seed step" */
  length: Floats;
  seconds: number;
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

export interface TokenWords {
  pictured: Pictured;
  words: string[];
  /** "depth token rank" */
  nearest: Ints;
  /** "depth token rank" */
  share: Floats;
  /** "rows what" */
  named: Floats;
}

export interface TreeNode {
  parent: number;
  sign: string;
  digit: number;
  right: boolean;
  p: number;
  total: number;
  score: number;
  fate: string;
  best: boolean;
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

export interface TwinsWeights {
  runs: MaskWeightRun[];
  gaps: MaskWeightGap[];
  shares: MaskWeightGap[];
  kinds: MaskWeightGap[];
  orders: string[];
  parts: number;
  seeds: number[];
  windows: number;
  texts: number;
  temperature: number;
  steps: number;
  begins: number;
  start_apart: number;
  machine: string;
  seconds: number;
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

export interface VotedAnswers {
  refused: string;
  prompt: string;
  answer: number;
  judges: string[];
  p: number[];
  rest: number;
  texts: number;
  samples: VotedSample[];
  counts: VotedCount[];
}

export interface VotedCount {
  k: number;
  passed: number;
  majority: number;
  best: number[];
  kl: number[];
  bound: number;
  sampled_passed: number;
  sampled_majority: number;
  sampled_best: number[];
}

export interface VotedSample {
  text: string;
  answer: number;
  right: boolean;
  scores: number[];
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
  seconds: number | null;
}

export interface WaysToDistil {
  teacher: string;
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
