// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, Milliseconds, TrainedCheckpoint } from "./shared";
import type { SeedDifference } from "./transformer";

export interface Asked {
  expert: number;
  position: number;
  layer: number;
  target: number;
  tokens: number;
  prompt: number;
  experts: number;
  layers: number;
  trained: number;
  stack: string[];
}

export interface BalancingCost {
  /** "step" */
  loss: Floats;
  end: BalancingEnd;
  limits: [number, number][] | null;
}

export interface BalancingEnd {
  steps: number;
  /** "expert" */
  share: Floats;
  /** "expert" */
  P: Floats;
  idle: number;
  effective: number;
  busiest: number;
  loss: number;
  balance: number;
  held_out: number | null;
  dropped: number[];
  unserved: number;
}

export interface BalancingPrice {
  layer: number;
  tokens: number;
  held: number;
  d_model: number;
  method: string;
  alpha: number;
  z: number;
  rate: number;
  experts: number;
  k: number;
  steps: number;
  batch: number;
  d_expert: number;
  seed: number;
  factors: number[];
  plain: BalancingCost;
  chosen: BalancingCost;
}

export interface BalancingTask {
  layer: number;
  tokens: number;
  held: number;
  d_model: number;
  method: string;
  alpha: number;
  z: number;
  rate: number;
  experts: number;
  k: number;
  steps: number;
  batch: number;
  d_expert: number;
  seed: number;
}

export interface BalancingTraining {
  layer: number;
  tokens: number;
  held: number;
  d_model: number;
  method: string;
  alpha: number;
  z: number;
  rate: number;
  experts: number;
  k: number;
  steps: number;
  batch: number;
  d_expert: number;
  seed: number;
  plain: TrainingBands;
  chosen: TrainingBands;
}

export interface CountRow {
  edit: string;
  kl: number;
  target: number;
  p: number;
  ids: number[];
  probabilities: number[];
  loss: number;
  k: number | null;
  kept: number | null;
}

export interface CounterfactualContinuation {
  expert: number;
  position: number;
  layer: number;
  target: number;
  tokens: number;
  prompt: number;
  experts: number;
  layers: number;
  trained: number;
  stack: string[];
  new: number;
  edit: string;
  label: string;
  parting: number;
  kl: number[];
  context: number[];
  plain: WrittenStep[];
  changed: WrittenStep[];
  ended: boolean;
}

export interface CounterfactualCounts {
  expert: number;
  position: number;
  layer: number;
  target: number;
  tokens: number;
  prompt: number;
  experts: number;
  layers: number;
  trained: number;
  stack: string[];
  where: string;
  rows: CountRow[];
  own: number | null;
}

export interface CounterfactualTable {
  expert: number;
  position: number;
  layer: number;
  target: number;
  tokens: number;
  prompt: number;
  experts: number;
  layers: number;
  trained: number;
  stack: string[];
  do: "forbid" | "force";
  scope: string;
  rows: ExpertRow[];
  before: number;
  selected: number | null;
}

export interface CrossReading {
  examples: string[];
  text: string;
  title: string;
  source: string[];
  written: string[];
  answer: string;
  /** "layer head step source" */
  cross: Floats;
  layer: number;
  head: number;
  /** "step" */
  p: Floats;
  ended: boolean;
}

export interface CutSpan {
  sentinel: string;
  truth: string[];
  written: string[];
  right: boolean;
}

export interface DecodeSpeed {
  name: string;
  batch: number;
  step_ms: number;
  low_ms: number;
  high_ms: number;
  tokens: number;
  slow: number;
  fast: number;
}

export interface DecoderMap {
  title: string;
  tokens: string[];
  /** "layer head query key" */
  pattern: Ints;
  ahead: number;
}

export interface EncoderMap {
  title: string;
  tokens: string[];
  /** "layer head query key" */
  pattern: Ints;
  ahead: number;
  d_model: number;
}

export interface Example {
  name: string;
  text: string;
}

export interface ExpertRow {
  edit: string;
  kl: number;
  target: number;
  p: number;
  ids: number[];
  probabilities: number[];
  loss: number;
  expert: number | null;
  weight: number | null;
  in_layers: number;
  in_places: number;
}

export interface ExpertsByKind {
  count: "pairs" | "weight" | "first";
  layers: number[];
  n_experts: number;
  k: number;
  kinds: string[];
  classes: string[];
  tokens: number;
  passages: number;
  shuffles: number;
  least: number;
  /** "layer expert" */
  share: Floats;
  /** "layer kind expert" */
  shares: Floats;
  /** "layer kind expert" */
  beyond: Bools;
  /** "layer kind expert" */
  low: Floats;
  /** "layer kind expert" */
  high: Floats;
  /** "layer" */
  bits: Floats;
  /** "layer" */
  chance: Floats;
  /** "layer" */
  band_high: Floats;
  /** "layer" */
  of_routing: Floats;
}

export interface ExpertsCorpus {
  count: "pairs" | "weight" | "first";
  layers: number[];
  n_experts: number;
  k: number;
  kinds: string[];
  classes: string[];
  tokens: number;
  passages: number;
  shuffles: number;
  least: number;
  /** "layer expert" */
  share: Floats;
}

export interface ExpertsInformation {
  count: "pairs" | "weight" | "first";
  layers: number[];
  n_experts: number;
  k: number;
  kinds: string[];
  classes: string[];
  tokens: number;
  passages: number;
  shuffles: number;
  least: number;
  /** "layer expert" */
  share: Floats;
  /** "layer" */
  available: Floats;
  sentences: string[];
  measured: LabelInformation[];
}

export interface FamilyModel {
  name: string;
  family: string;
  shape: string;
  objective: string;
  encoder_layers: number;
  decoder_layers: number;
  d_model: number;
  n_heads: number;
  n_kv_heads: number;
  d_ff: number;
  experts: number;
  k: number;
  shared: number;
  total: number;
  active: number;
  stated: number;
  stated_active: number | null;
  exact: number | null;
  source: string;
}

export interface ForbiddenExperts {
  kinds: string[];
  layers: number[];
  n_experts: number;
  k: number;
  texts: number;
  width: number;
  /** "layer" */
  counted: Ints;
  predicted: number;
  /** "kind" */
  loss: Floats;
  mean_loss: number;
  /** "layer expert" */
  added: Floats;
  /** "layer expert" */
  low: Floats;
  /** "layer expert" */
  high: Floats;
  /** "layer expert kind" */
  by_kind: Floats;
  /** "layer expert kind" */
  kind_low: Floats;
  /** "layer expert kind" */
  kind_high: Floats;
  /** "layer expert" */
  share: Floats;
  /** "layer expert kind" */
  kind_share: Floats;
}

export interface GranularityArm {
  name: string;
  experts: number;
  k: number;
  shared: number;
  width: number;
  parameters: number;
  active: number;
  router: number;
  combinations: number;
  load: Floats | null;
  step: Milliseconds | null;
  runs: GranularityRun[];
}

export interface GranularityRun {
  seed: number;
  losses: number[];
  measured: number[];
  held: number[];
  stuck: boolean;
}

export interface GranularityTraining {
  n_experts: number;
  k: number;
  m: number;
  n_shared: number;
  steps: number;
  seeds: number;
  texts: string;
  seed: number;
  bytes_per_step: number;
  held_bytes: number;
  by_frequency: number;
  arms: GranularityArm[];
  differences: SeedDifference[];
  checkpoints: TrainedCheckpoint[];
  enough: number;
}

export interface LabelInformation {
  label: string;
  /** "layer" */
  bits: Floats;
  /** "layer" */
  chance: Floats;
  /** "layer" */
  low: Floats;
  /** "layer" */
  high: Floats;
  /** "layer" */
  beyond: Bools;
  /** "layer" */
  of_label: Floats;
  /** "layer" */
  of_routing: Floats;
  entropy: number;
  /** "layer" */
  miller_madow: Floats;
}

export interface LatentAttention {
  q_rank: number | null;
  kv_rank: number;
  d_nope: number;
  d_rope: number;
  d_value: number;
}

export interface MixtureRatio {
  other: string;
  batch: number;
  median: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface ModelFamilies {
  models: FamilyModel[];
  unpublished: string[];
}

export interface MoeGpu {
  step: number;
  card: string | null;
  name: string;
  memory: number;
  sold: string;
}

export interface MoeReading {
  layer: number;
  n_experts: number;
  k: number;
  tokens: number;
  passages: number;
  expert: number | null;
  rows: Reading[];
  own: number[] | null;
}

export interface MoeRow {
  name: string;
  own: boolean;
  total: number;
  active: number;
  stated: number | null;
  parts: Record<string, [number, number]>;
  n_experts: number;
  k: number;
  n_shared: number;
  n_layers: number;
  lookup: number;
  attention: number;
  kv: number;
  kv_heads: number;
  windows: ([number, number | null])[];
  proved: number | null;
}

export interface MoeSizes {
  rows: MoeRow[];
  formats: Record<string, number>;
  gpus: MoeGpu[];
  overhead: number;
  proved_at: number;
}

export interface MoeSpeed {
  model: string;
  n_experts: number;
  k: number;
  batches: number[];
  prompt: number;
  new: number;
  rounds: number;
  done: number;
  threads: number;
  parameters: Record<string, number>;
  read: number[];
  speeds: DecodeSpeed[];
  ratios: MixtureRatio[];
}

export interface NeededExpert {
  edit: string;
  kl: number;
  target: number;
  p: number;
  ids: number[];
  probabilities: number[];
  loss: number;
  layer: number;
  expert: number;
  weight: number;
  place: number;
}

export interface NeededExperts {
  expert: number;
  position: number;
  layer: number;
  target: number;
  tokens: number;
  prompt: number;
  experts: number;
  layers: number;
  trained: number;
  stack: string[];
  cells: NeededExpert[];
  top: number;
}

export interface OneExpert {
  count: "pairs" | "weight" | "first";
  layers: number[];
  n_experts: number;
  k: number;
  kinds: string[];
  classes: string[];
  tokens: number;
  passages: number;
  shuffles: number;
  least: number;
  /** "layer expert" */
  share: Floats;
  /** "token" */
  ids: Ints;
  /** "passage" */
  starts: Ints;
  /** "passage" */
  kind_of_passage: Ints;
  documents: string[];
  near: number;
  lift: Top;
  often: Top;
  /** "layer kind expert" */
  by_kind: Floats;
  /** "layer kind expert" */
  kind_low: Floats;
  /** "layer kind expert" */
  kind_high: Floats;
  /** "layer class expert" */
  by_class: Floats;
  /** "layer class expert" */
  class_low: Floats;
  /** "layer class expert" */
  class_high: Floats;
  /** "layer expert kind rank" */
  at: Ints;
  /** "layer expert kind rank place" */
  weights: Ints;
}

export interface Outputs {
  /** "used" */
  experts: Ints;
  /** "used" */
  lengths: Floats;
  /** "used" */
  parts: Floats;
  cosine: number | null;
}

export interface OwnText {
  count: "pairs" | "weight" | "first";
  layers: number[];
  n_experts: number;
  k: number;
  kinds: string[];
  classes: string[];
  tokens: number;
  passages: number;
  shuffles: number;
  least: number;
  /** "layer expert" */
  share: Floats;
  text: string;
  examples: Example[];
  read: number;
  whole: number;
  run: number;
  draws: number;
  /** "layer kind expert" */
  kind_shares: Floats;
  /** "layer expert" */
  own: Floats;
  /** "layer expert" */
  low: Floats;
  /** "layer expert" */
  high: Floats;
  /** "kind" */
  apart: Floats;
  /** "kind" */
  nearest: Floats;
  /** "kind" */
  typical: Floats;
  right: number;
  /** "token" */
  ids: Ints;
  /** "layer expert token" */
  weights: Ints;
}

export interface PicturePatches {
  pictures: string[];
  picture: string;
  takes: boolean;
  title: string;
  image: string;
  grid: [number, number];
  layer: number;
  n_layers: number;
  patch: number;
  /** "head query key" */
  pattern: Ints;
  /** "pos pos" */
  alike: Ints;
  ahead: number;
}

export interface Reading {
  batch: number;
  even: number;
  expected: number;
  random: Touched;
  consecutive: Touched | null;
}

export interface RoutedText {
  layers: number[];
  n: number;
  n_experts: number;
  k: number;
  /** "layer pos slot" */
  indices: Ints;
  /** "layer pos slot" */
  weights: Floats;
}

export interface RoutingDecision {
  layer: number;
  position: number;
  n_experts: number;
  k: number;
  renormalised: boolean;
  /** "expert" */
  logits: Floats;
  /** "expert" */
  shut: Bools;
  /** "expert" */
  probs: Floats;
  /** "expert" */
  weights: Floats;
  kept: number;
  margin: number | null;
  runner_up: number | null;
  entropy: number;
  d_model: number;
  outputs: Outputs | null;
  cut: boolean;
}

export interface RoutingLanes {
  layers: number[];
  n: number;
  n_experts: number;
  k: number;
  /** "layer pos slot" */
  indices: Ints;
  /** "layer pos slot" */
  weights: Floats;
  /** "layer expert" */
  load: Floats;
  /** "gap ribbon" */
  source: Ints;
  /** "gap ribbon" */
  target: Ints;
  /** "gap ribbon" */
  weight: Floats;
  /** "gap ribbon" */
  tokens: Ints;
  /** "gap" */
  others: Ints;
  /** "gap" */
  rest: Floats;
}

export interface RoutingLoad {
  layers: number[];
  n: number;
  n_experts: number;
  k: number;
  /** "layer expert" */
  share: Floats;
  /** "layer expert" */
  P: Floats;
  /** "layer" */
  even: Floats;
  /** "layer" */
  balance: Floats;
  /** "layer expert" */
  corpus: Floats;
  /** "layer" */
  corpus_even: Floats;
  corpus_tokens: number;
  passages: number;
  kinds: string[];
  held_out: boolean;
  draws: number;
  /** "layer" */
  distance: Floats;
  /** "layer" */
  chance: Floats;
  /** "layer" */
  seldom: Floats;
}

export interface RoutingMatrix {
  layers: number[];
  n: number;
  n_experts: number;
  k: number;
  /** "layer pos slot" */
  indices: Ints;
  /** "layer pos slot" */
  weights: Floats;
  contribution: Floats | null;
  /** "layer expert" */
  share: Floats;
  /** "layer" */
  even: Floats;
  /** "layer" */
  balance: Floats;
}

export interface ShapeReach {
  title: string;
  tokens: string[];
  /** "depth pos" */
  moved: Floats;
  before: number;
  after: number;
  stirred: number;
}

export interface SoundRemoved {
  seconds: number;
  /** "bin end" */
  peaks: Floats;
  words: string[];
  /** "stretch" */
  frame_seconds: Floats;
  /** "layer head word stretch" */
  shares: Floats;
  /** "word stretch" */
  silenced: Floats;
  /** "word stretch" */
  replaced: Floats;
  done: number;
  parked: number;
  frames: number;
}

export interface SpanFilling {
  asked: SpansAsked;
  tokens: string[];
  /** "token" */
  noise: Bools;
  left_out: number;
  source: string[];
  target: string[];
  marks: number[];
  /** "target" */
  p: Floats;
  likeliest: string[];
  /** "target" */
  likeliest_p: Floats;
  spans: CutSpan[];
  ended: boolean;
  usual: number;
  pairs: number;
  all_pairs: number;
  loss: number;
  even: number;
}

export interface SpansAsked {
  title: string;
  examples: string[];
  text: string;
  density: number;
  mean_span: number;
  seed: number;
}

export interface SpeechHeard {
  title: string;
  sound: string;
  seconds: number;
  /** "bin end" */
  peaks: Floats;
  words: string[];
  text: string;
  /** "layer head word frame" */
  heads: Ints;
  /** "layer head" */
  forward: Floats;
  /** "frame" */
  frame_seconds: Floats;
}

export interface StoredTraining {
  name: string;
  step: number[];
  lm: number[];
  balance: number[];
  busiest: number[];
  idlest: number[];
}

export interface StoredTrainings {
  models: StoredTraining[];
  missing: number;
}

export interface ThreeShapes {
  text: string;
  decoder: DecoderMap;
  writer: WriterMaps;
  encoder: EncoderMap;
}

export interface Top {
  /** "layer expert rank" */
  ids: Ints;
  /** "layer expert rank" */
  lift: Floats;
  /** "layer expert rank" */
  share: Floats;
  /** "layer expert rank" */
  low: Floats;
  /** "layer expert rank" */
  high: Floats;
  /** "layer expert rank" */
  count: Floats;
}

export interface Touched {
  mean: number;
  deviation: number;
  batches: number;
}

export interface TrainingBands {
  method: string;
  /** "step expert" */
  share: Floats;
  /** "step expert" */
  f: Floats;
  /** "step expert" */
  P: Floats;
  /** "step" */
  loss: Floats;
  /** "step" */
  balance: Floats;
  end: BalancingEnd;
}

export interface UpcyclingArm {
  name: string;
  losses: number[];
  measured: number[];
  held: number[];
  apart: number[];
  load: Floats | null;
  parameters: number;
  active: number;
  peak: number;
  step: Milliseconds | null;
}

export interface UpcyclingTraining {
  experts: number;
  k: number;
  steps: number;
  rate: number;
  texts: string;
  seed: number;
  tokens_per_step: number;
  held_tokens: number;
  before: number;
  at: number;
  raw: number;
  text_tokens: number;
  fitted: number | null;
  fitted_steps: number;
  arms: UpcyclingArm[];
  checkpoints: TrainedCheckpoint[];
}

export interface WordReach {
  words: string[];
  word: number;
  by: string;
  text: string;
  other: string;
  decoder: ShapeReach;
  writer: ShapeReach;
  encoder: ShapeReach;
}

export interface WriterMaps {
  title: string;
  source: string[];
  tokens: string[];
  /** "encoder_layer head source source" */
  encoder: Ints;
  /** "layer head query query" */
  pattern: Ints;
  /** "layer head query source" */
  cross: Ints;
  ahead: number;
  text: string;
}

export interface WrittenStep {
  id: number;
  p: number;
  ids: number[];
  probabilities: number[];
}
