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

export interface RolesThrough {
  steps: number[];
  roles: string[];
  /** "role step layer head" */
  scores: Floats;
  texts: number;
  read: number;
  checkpoints: TrainedCheckpoint[];
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

export interface TwinsShown {
  text: string;
  ids: number[];
  tokens: string[];
  left_out: number;
  seed: number;
  twins: TwinLosses[];
}
