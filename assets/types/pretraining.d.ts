// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, Milliseconds, TimesAsLong, TrainedCheckpoint } from "./shared";
import type { SeedDifference } from "./transformer";

export interface BitsRead {
  form: string;
  scale: number;
  zero: number;
  error: number;
  overflowed: boolean;
}

export interface BitsStep {
  scale: number;
  theirs: number;
  overflowed: boolean;
  loss: number;
  unscaled: number;
  single: number;
}

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

export interface BugArm {
  name: string;
  runs: BugRun[];
}

export interface BugBorders {
  ids: number[];
  documents: number[];
  /** "query key" */
  pattern: Floats;
  /** "query" */
  over: Floats;
  pairs: number;
  all_pairs: number;
}

export interface BugCurves {
  bug: string;
  steps: number;
  seeds: number;
  seed: number;
  weight_decay: number;
  peak: number;
  bytes_per_step: number;
  held_bytes: number;
  parameters: number;
  arms: BugArm[];
  course: SeedCourse | null;
  checkpoints: TrainedCheckpoint[];
}

export interface BugEvidence {
  bug: string;
  seed: number;
  opened: number;
  steps: number;
  weight_decay: number;
  losses: [number, number];
  rates: [number, number];
  parts: BugPart[];
  rows: BugRow[];
  labels: BugLabel[];
  warmup: [number, number][];
  borders: BugBorders | null;
}

export interface BugLabel {
  id: number;
  right: number;
  wrong: number;
  right_nats: number;
  wrong_nats: number;
}

export interface BugPart {
  name: string;
  weights: number;
  gradients: [number, number];
  gradient_apart: number;
  cosine: number;
  moved: [number, number];
  moved_apart: number;
  changed: [number, number];
  decay: [number, number];
}

export interface BugRow {
  tokens: number;
  loss: number;
  right: number;
  wrong: number;
}

export interface BugRun {
  seed: number;
  losses: number[];
  measured: number[];
  held: number[];
  gains: number[];
  embedding: number[];
  matrices: number[];
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

export interface CoordinateSize {
  parametrisation: string;
  part: string;
  width: number;
  seed: number;
  change: number;
}

export interface CoordinateSlope {
  parametrisation: string;
  part: string;
  middle: number;
  low: number;
  high: number;
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

export interface CourseThrough {
  run: string;
  seed: number;
  parameters: number;
  d_vocab: number;
  repeated: number;
  period: [number, number];
  /** "point" */
  loss: Floats;
  /** "held" */
  held_step: Floats;
  /** "held" */
  held: Floats;
  /** "held" */
  again: Floats;
  /** "held" */
  said_first: Floats;
  steps: number[];
  /** "step layer head" */
  induction: Floats;
  /** "step" */
  random_again: Floats;
  checkpoints: TrainedCheckpoint[];
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

export interface EmbeddingsThrough {
  steps: number[];
  tokens: string[];
  /** "token" */
  kinds: Ints;
  classes: string[];
  /** "step token" */
  x: Floats;
  /** "step token" */
  y: Floats;
  /** "step" */
  share: Floats;
  /** "step" */
  variance: Floats;
  d_model: number;
  checkpoints: TrainedCheckpoint[];
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

export interface GramsThrough {
  steps: number[];
  /** "order step" */
  kl: Floats;
  /** "step" */
  loss: Floats;
  /** "order" */
  gram_loss: Floats;
  contexts: number;
  counted: number;
  checkpoints: TrainedCheckpoint[];
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

export interface MemoryDevices {
  name: string;
  formula: string;
  bytes: number;
}

export interface MemoryKind {
  name: string;
  formula: number;
  real: number;
  whole: number;
}

export interface MemoryPart {
  name: string;
  block: number;
  formula: number;
  real: number;
  whole: number;
}

export interface MemoryPolicy {
  policy: string;
  kept: number;
  peak: number;
  time: Milliseconds;
  times: TimesAsLong | null;
  apart: number;
}

export interface MemoryPublished {
  s: number;
  b: number;
  h: number;
  a: number;
  t: number;
  rows: MemoryDevices[];
  parts: MemoryUnits[];
  theirs: number;
  ours: number;
  copies: number;
}

export interface MemoryRecompute {
  kernel: string;
  rounds: number;
  done: number;
  rows: MemoryPolicy[];
}

export interface MemorySixteen {
  trained: number;
  numbers: number;
  reads: BitsRead[];
  /** "bin" */
  bins: Floats;
  /** "bin" */
  shares: Floats;
  least: number;
  normal: number;
  interval: number;
  steps: BitsStep[];
}

export interface MemoryTensor {
  block: number;
  part: string;
  module: string;
  name: string;
  shape: number[];
  item: number;
  bytes: number;
  kept: number;
}

export interface MemoryTensors {
  policy: string;
  kernel: string;
  tensors: MemoryTensor[];
  apart: number;
  real: number;
}

export interface MemoryTerms {
  model: string;
  parameters: number;
  measured_blocks: number;
  blocks: number;
  tokens: number;
  length: number;
  item: number;
  policy: string;
  kernel: string;
  optimizer: string;
  kinds: MemoryKind[];
  parts: MemoryPart[];
  peak: number;
  apart: number;
}

export interface MemoryUnits {
  name: string;
  theirs: number;
  ours: number;
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

export interface NextThrough {
  text: string;
  tokens: string[];
  left_out: number;
  steps: number[];
  candidates: string[];
  /** "step candidate" */
  p: Floats;
  /** "order candidate" */
  grams: Floats;
  /** "order step" */
  kl: Floats;
  d_vocab: number;
  checkpoints: TrainedCheckpoint[];
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
  asked: number | null;
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

export interface RateCurve {
  parametrisation: string;
  width: number;
  exponents: number[];
  losses: number[][];
  best: number[];
  edges: number;
}

export interface RateRange {
  of: RunShape;
  steps: number;
  low: number;
  high: number;
  ended: boolean;
  stopped: string;
  rates: number[];
  losses: number[];
  smoothed: number[];
  lowest: number;
  steepest: number | null;
}

export interface RateShift {
  parametrisation: string;
  each: number[];
  mean: number;
  half: number | null;
  beyond: boolean;
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

export interface RolesThrough {
  steps: number[];
  roles: string[];
  /** "role step layer head" */
  scores: Floats;
  texts: number;
  read: number;
  checkpoints: TrainedCheckpoint[];
}

export interface RunBands {
  steps: number[];
  /** "tensor step level" */
  quantiles: Floats;
}

export interface RunChange {
  step: number;
  what: string;
  value: string;
}

export interface RunCurve {
  name: string;
  seed: number;
  losses: number[];
  rates: number[];
  grad_norms: number[];
  measured: number[];
  held: number[];
  stopped: string;
}

export interface RunSample {
  step: number;
  given: string;
  written: string;
}

export interface RunShape {
  parameters: number;
  layers: number;
  width: number;
  heads: number;
  kv_heads: number;
  hidden: number;
  experts: number;
  active: number;
  d_vocab: number;
  unit: string;
  text: string;
  optimizer: string;
  rate: number;
  rows: number;
  context: number;
  seed: number;
  kinds: number;
  held_tokens: number;
}

export interface RunSpeed {
  tokens_per_second: number;
  mfu: number | null;
  peak: number | null;
  flops_of_a_token: number;
}

export interface RunStopped {
  step: number;
  tensor: string;
}

export interface RunWork {
  name: string;
  share: number;
}

export interface RunsDiffer {
  what: string;
  values: [string, string];
  fork: number;
  steps: number;
  seed: number;
  layers: number;
  width: number;
  rows: number;
  context: number;
  texts: string;
  parameters: number;
  held_tokens: number;
  optimizer: string;
  rate: number;
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

export interface SeedCourse {
  steps: number[];
  seeds: number;
  enough: boolean;
  /** "step" */
  mean: Floats;
  /** "step" */
  low: Floats;
  /** "step" */
  high: Floats;
  /** "step" */
  by_seeds: Floats;
  ends: number[];
  clear: boolean;
  seen: boolean;
}

export interface SpectrumLine {
  name: string;
  /** "value" */
  values: Floats;
  stable_rank: number;
  count: number;
}

export interface SpectrumThrough {
  name: string;
  steps: number[];
  /** "step value" */
  values: Floats;
  checkpoints: TrainedCheckpoint[];
}

export interface StepRate {
  rule: string;
  rate: number;
  held: number[];
  mean: number;
  taken: boolean;
}

export interface StepRun {
  rule: string;
  rate: number;
  seed: number;
  steps: number;
  tokens: number;
  held: number;
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

export interface StepTokens {
  grid: StepRate[];
  runs: StepRun[];
  ratios: (number | null)[];
  mean: number | null;
  low: number | null;
  high: number | null;
  parameters: number;
  machine: string;
  seconds: number;
}

export interface TrainedRun {
  of: RunShape;
  steps: number;
  done: boolean;
  went_on: number;
  stopped: RunStopped | null;
  losses: number[];
  grad_norms: number[];
  rates: number[];
  tokens: number;
  measured: number[];
  held: number[];
  ln_v: number;
  by_frequency: number;
  changes: RunChange[];
  parent: number[];
  speed: RunSpeed | null;
  work: RunWork[];
  samples: RunSample[];
  kept: number[];
  unkept: boolean;
  checkpoints: TrainedCheckpoint[];
}

export interface TwinLosses {
  name: string;
  /** "token" */
  nats: Floats;
  /** "token" */
  hidden: Bools;
  positions: number;
  targets: number;
  heads: number[];
  marks: number;
  run: TwinRun;
}

export interface TwinRun {
  name: string;
  steps: number;
  tokens: number;
  targets: number;
  flops: number;
  parameters: number;
  held_out: number;
  curve: [number, number][];
  sha256: string;
}

export interface TwinRunsBands {
  differ: RunsDiffer;
  kinds: string[];
  matrices: string[];
  levels: number[];
  curves: RunCurve[];
  bands: RunBands[];
  checkpoints: TrainedCheckpoint[];
}

export interface TwinRunsDifference {
  differ: RunsDiffer;
  seeds: number;
  curves: RunCurve[];
  course: SeedCourse | null;
  checkpoints: TrainedCheckpoint[];
}

export interface TwinsShown {
  text: string;
  ids: number[];
  tokens: string[];
  left_out: number;
  seed: number;
  twins: TwinLosses[];
}

export interface WidthCoordinates {
  exponent: number;
  steps: number;
  base: number;
  widths: number[];
  widest: number;
  seeds: number;
  parts: string[];
  sizes: CoordinateSize[];
  slopes: CoordinateSlope[];
  at: number;
  scales: WidthScale[];
  scores: number;
}

export interface WidthRates {
  steps: number;
  seeds: number[];
  base: number;
  runs: number;
  minutes: number;
  curves: RateCurve[];
  shifts: RateShift[];
  kept: RateShift[];
}

export interface WidthScale {
  kind: string;
  std: number;
  multiplier: number;
  rate: number;
  std_standard: number;
}
