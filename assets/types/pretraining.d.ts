// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, TrainedCheckpoint } from "./shared";
import type { SeedDifference } from "./transformer";

export interface BudgetLaw {
  key: string;
  name: string;
  source: string;
  counts: string;
  parameters: number;
  tokens: number;
  loss: number;
  exponent: number;
  /** "budget" */
  ratios: Floats;
}

export interface ComputeBudget {
  compute: number;
  /** "budget" */
  exponents: Floats;
  laws: BudgetLaw[];
  repeated: RepeatedTokens[];
}

export interface ComputeCost {
  parameters: number;
  tokens: number;
  devices: number;
  device: string;
  peak: number;
  peak_said: string;
  source: string;
  address: string;
  note: string;
  mfu: number;
  watts: number;
  hourly: number;
  flops: number;
  days: number;
  device_hours: number;
  megawatt_hours: number;
  price: number;
  reference: ReferenceDays;
}

export interface ComputeModules {
  model: string;
  parameters: number;
  length: number;
  parts: ComputePart[];
  exact: number;
  six_n: number;
  counted: number;
  torchs: number;
  formula: number;
}

export interface ComputePart {
  name: string;
  flops: number;
  share: number;
}

export interface CountedExponent {
  way: string;
  counts: string;
  value: number | null;
  low: number;
  high: number;
}

export interface CountedSize {
  parameters: number;
  blocks: number;
}

export interface DataPipelineFlow {
  order: string;
  documents: number;
  kept: number;
  tokens: number;
  tokens_kept: number;
  tokenizer: string;
  stages: PipelineStage[];
  left: PipelineLeft[];
}

export interface DuplicateCurve {
  documents: number;
  rows: number;
  bands: number;
  threshold: number;
  /** "pair" */
  jaccard: Floats;
  /** "pair" */
  estimate: Floats;
  /** "pair" */
  caught: Bools;
  candidates: number;
  strange: number;
  removed: number;
  proved: [number, number][];
}

export interface DuplicatePassage {
  text: string;
  count: number;
  bytes: number;
}

export interface DuplicatePassages {
  documents: number;
  bytes: number;
  at_least: number;
  copies: number;
  covered: number;
  different: number;
  passages: DuplicatePassage[];
}

export interface DuplicateSides {
  text: string;
  other: string;
  words: string[];
  /** "word" */
  shared: Bools;
  other_words: string[];
  /** "other_word" */
  other_shared: Bools;
  both: number;
  every: number;
  jaccard: number;
  estimate: number;
  /** "band row" */
  equal: Bools;
  chance: number;
}

export interface EmergenceDrill {
  kind: string;
  question: string;
  answer: string;
  models: EmergenceModel[];
}

export interface EmergenceDrills {
  drills: EmergenceDrill[];
  asked: number;
  share: number;
}

export interface EmergenceModel {
  name: string;
  parameters: number;
  points: EmergencePoint[];
  sharpest_exact: number;
  sharpest_likelihood: number;
}

export interface EmergencePoint {
  tokens: number;
  compute: number;
  likelihood: number;
  right: number;
  exact: number[];
}

export interface FilteringArm {
  name: string;
  documents: number;
  bytes: number;
  epochs: number;
  runs: FilteringRun[];
}

export interface FilteringKind {
  kind: string;
  documents: number;
  bytes: number;
  removed: number;
}

export interface FilteringRun {
  seed: number;
  losses: number[];
  measured: number[];
  held: number[];
}

export interface FilteringTraining {
  filter: string;
  steps: number;
  seeds: number;
  seed: number;
  bytes_per_step: number;
  held_bytes: number;
  parameters: number;
  by_frequency: number;
  kinds: FilteringKind[];
  arms: FilteringArm[];
  difference: SeedDifference | null;
  beyond: boolean;
  checkpoints: TrainedCheckpoint[];
}

export interface GoodTextJudge {
  name: string;
  kept: boolean;
  removed_by: string;
  rules: GoodTextRule[];
}

export interface GoodTextJudges {
  text: string;
  example: string;
  judges: GoodTextJudge[];
  lines: GoodTextLine[];
  personal: GoodTextPersonal[];
  language: string;
  probability: number;
  runner_up: string;
  lead: number;
  prior: number;
  grams: GoodTextPart[];
}

export interface GoodTextLeft {
  context: string;
  weight: number;
}

export interface GoodTextLine {
  text: string;
  cut_by: string;
}

export interface GoodTextPart {
  text: string;
  count: number;
  toward: number;
}

export interface GoodTextPersonal {
  kind: string;
  text: string;
  by: string;
}

export interface GoodTextRule {
  rule: string;
  value: number;
  threshold: number;
  side: string;
  margin: number;
  kept: boolean;
}

export interface GoodTextWord {
  word: string;
  end: boolean;
  known: boolean;
  p: number;
  matched: number;
  found: string;
  own: number;
  left: GoodTextLeft[];
  toward: number | null;
}

export interface GoodTextWords {
  order: number;
  trained_on: number;
  vocabulary: number;
  words: GoodTextWord[];
  perplexity: number;
  /** "piece" */
  usual: Floats;
  below: number;
  orders: number[];
  good: number;
  log_odds: number;
  read: number;
}

export interface InsideStep {
  matrix: string;
  rows: number;
  columns: number;
  t: number;
  read: number;
  losses: number[];
  weight_norm: number;
  gradient: StepTerm;
  /** "bin" */
  gradient_sizes: Floats;
  /** "bin" */
  bins: Floats;
  taken: StepTaken;
  other: StepTaken;
}

export interface MixDraws {
  by: string;
  temperature: number;
  most: number;
  characters: number;
  batches: number;
  rows: number;
  seed: number;
  sources: MixSource[];
}

export interface MixSource {
  kind: string;
  size: number;
  natural: number;
  share: number;
  epochs: number;
  expected: number;
  low: number;
  high: number;
  count: number;
  inside: boolean;
}

export interface ObjectiveExample {
  name: string;
  /** "pos" */
  inputs: Ints;
  /** "head pos" */
  targets: Ints;
  /** "pos" */
  places: Ints;
  /** "head pos" */
  wanted: Ints;
  /** "query key" */
  attends: Bools;
  share: number;
  predicted: number;
}

export interface ObjectiveLosses {
  text: string;
  ids: number[];
  lead: number[];
  left_out: number;
  /** "token" */
  causal: Floats;
  /** "token" */
  middle_last: Floats;
  /** "token" */
  order: Ints;
  begin: number;
  end: number;
  prefix: number;
  shifted_twice: number;
}

export interface ObjectivesShown {
  text: string;
  ids: number[];
  left_out: number;
  d_vocab: number;
  marks: string[];
  examples: ObjectiveExample[];
  missing: Record<string, string>;
  source: number;
  fits: number;
  target: number;
}

export interface PackedBatch {
  length: number;
  packing: string;
  documents: number;
  tokens: number;
  shown: PackedRow[];
  ways: PackedWay[];
  strings: Record<string, string>;
}

export interface PackedPiece {
  document: number;
  name: string;
  start: number;
  stop: number;
  length: number;
}

export interface PackedRow {
  /** "token" */
  ids: Ints;
  pieces: PackedPiece[];
  pairs: number;
}

export interface PackedWay {
  name: string;
  rows: number;
  kept: number;
  cropped: number;
  padded: number;
  broken: number;
  pairs: number;
}

export interface PaperLaw {
  key: string;
  name: string;
  /** "run" */
  said: Floats;
  mean: number;
  spread: number;
}

export interface PassportBlock {
  path: string;
  pieces: PassportPiece[];
}

export interface PassportCuts {
  id: string;
  html: string;
  blocks: PassportBlock[];
  kept: number;
  cut: number;
  texts: PassportText[];
  text: string;
  ended: string;
}

export interface PassportOffered {
  id: string;
  name: string;
}

export interface PassportPiece {
  text: string;
  by: string;
  put: string;
}

export interface PassportRule {
  rule: string;
  value: number;
  threshold: number;
  side: string;
  margin: number;
  kept: boolean;
}

export interface PassportRules {
  id: string;
  url: string;
  planted: string;
  begins: string;
  removed_by: string;
  set_aside: string;
  documents: number;
  stages: PassportStage[];
  offered: PassportOffered[];
}

export interface PassportStage {
  name: string;
  read: boolean;
  late: boolean;
  removes: boolean;
  tokens_before: number;
  tokens_after: number;
  origin: string;
  rules: PassportRule[];
}

export interface PassportText {
  stage: string;
  pieces: PassportPiece[];
}

export interface PipelineLeft {
  planted: string;
  pages: number;
  kept: number;
  most: string;
  most_removed: number;
}

export interface PipelineRemoved {
  id: string;
  url: string;
  planted: string;
  begins: string;
  rule: string;
  value: number;
  threshold: number;
  side: string;
  tokens: number;
}

export interface PipelineRule {
  rule: string;
  threshold: number;
  side: string;
  removed: number;
  control: string;
}

export interface PipelineStage {
  name: string;
  documents: number;
  removed: number;
  set_aside: number;
  changed: number;
  tokens: number;
  tokens_removed: number;
  tokens_cut: number;
  meant: string[];
  acted: number;
  right: number;
  planted: number;
  rules: PipelineRule[];
  listed: PipelineRemoved[];
}

export interface PublishedMix {
  name: string;
  source: string;
  tokens: number | null;
  total: number;
  shares: PublishedShare[];
}

export interface PublishedMixes {
  reference: PublishedRange[];
  mixes: PublishedMix[];
  sizes: PublishedSize[];
}

export interface PublishedRange {
  name: string;
  low: number;
  high: number;
}

export interface PublishedShare {
  name: string;
  share: number;
  epochs: number | null;
  calculated: number | null;
}

export interface PublishedSize {
  model: string;
  parameters: number;
  tokens: number | null;
  reference: string;
  source: string;
}

export interface PublishedTraining {
  model: string;
  what: string;
  calculated: number;
  published: number | null;
  error: number | null;
  met: boolean;
  formula: string;
  source: string;
  note: string;
}

export interface PublishedTrainings {
  rows: PublishedTraining[];
}

export interface ReferenceDays {
  said: number;
  found: number;
  mfu: number;
  shown: boolean;
}

export interface RepeatedTokens {
  epochs: number;
  worth: number;
}

export interface ScalingBand {
  compute: number;
  /** "size" */
  sizes: Floats;
  /** "size" */
  law: Floats;
  /** "size" */
  low: Floats;
  /** "size" */
  high: Floats;
}

export interface ScalingConstant {
  name: string;
  value: number;
  low: number;
  high: number;
}

export interface ScalingEmbeddings {
  exponents: CountedExponent[];
  sizes: CountedSize[];
  omega: number;
  /** "budget" */
  budgets: Floats;
  /** "budget" */
  blocks: Floats;
  whole: number;
  ours: [number, number];
  kaplan: number;
}

export interface ScalingFit {
  counts: string;
  constants: ScalingConstant[];
  points: ScalingPoint[];
  bands: ScalingBand[];
  papers: PaperLaw[];
  rms: number;
  noise: number;
  resamples: number;
  share: number;
}

export interface ScalingGroup {
  compute: number;
  runs: ScalingRun[];
  inside: boolean;
  best: number;
  loss: number;
  /** "size" */
  sizes: Floats;
  /** "size" */
  curve: Floats;
}

export interface ScalingGroups {
  groups: ScalingGroup[];
  exponent: number | null;
  low: number;
  high: number;
  unusable: number;
  noise: number;
  seeds: number;
  rates: ScalingRun[];
  texts: ScalingText[];
  machine: string;
}

export interface ScalingPoint {
  name: string;
  compute: number;
  parameters: number;
  tokens: number;
  loss: number;
  law: number;
}

export interface ScalingPrediction {
  run: string;
  parameters: number;
  tokens: number;
  compute: number;
  times: number;
  loss: number;
  low: number;
  high: number;
  share: number;
  runs: number;
  /** "resample" */
  said: Floats;
  found: number | null;
  noise: number;
  trained: ScalingRun[];
  points: ScalingPoint[];
  /** "budget" */
  spent: Floats;
  /** "budget" */
  best: Floats;
  /** "budget" */
  best_low: Floats;
  /** "budget" */
  best_high: Floats;
}

export interface ScalingRun {
  name: string;
  compute: number;
  layers: number;
  width: number;
  seed: number;
  parameters: number;
  embedding: number;
  tokens: number;
  epochs: number;
  rate: number;
  seconds: number;
  loss: number;
  /** "point" */
  seen: Floats;
  /** "point" */
  losses: Floats;
  /** "measured" */
  held_seen: Floats;
  /** "measured" */
  held: Floats;
}

export interface ScalingText {
  title: string;
  licence: string;
  tokens: number;
}

export interface SpectrumLine {
  name: string;
  /** "value" */
  values: Floats;
  stable_rank: number;
  count: number;
}

export interface StepSpectrum {
  matrix: string;
  t: number;
  read: number;
  lines: SpectrumLine[];
  iterates: SpectrumLine[];
  of: string;
}

export interface StepTaken {
  name: string;
  lr: number;
  terms: StepTerm[];
  /** "bin" */
  sizes: Floats;
  moved_norm: number;
  moved_rms: number;
  ratio: number;
  loss: number;
  predicted: number;
  peer_error: number;
}

export interface StepTerm {
  name: string;
  /** "row column" */
  corner: Floats;
  most: number;
  rms: number;
}
