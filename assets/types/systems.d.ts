// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, MachineSpeed, Milliseconds, TimesAsLong } from "./shared";

export interface AwareErrors {
  layer: number;
  role: string;
  roles: string[];
  format: string;
  formats: Named[];
  tokens: number;
  tokens_eight: number;
  alphas: number[];
  awq: number[];
  smooth: number[];
  nearest: number;
  clipped: number;
  cut: number;
  eight: number;
}

export interface AwareProduct {
  layer: number;
  role: string;
  roles: string[];
  reader: string;
  alpha: number;
  token: number;
  tokens: number;
  id: number;
  output: number;
  outputs: number;
  /** "written" */
  channels: Ints;
  /** "written" */
  x: Floats;
  /** "written" */
  w: Floats;
  /** "written" */
  x_codes: Ints;
  /** "written" */
  w_codes: Ints;
  rest: number;
  noughts: number;
  d_in: number;
  total: number;
  step_x: number;
  step_w: number;
  y: number;
  exact: number;
  unsmoothed: number;
}

export interface AwareRanges {
  layer: number;
  role: string;
  roles: string[];
  readers: string[];
  tokens: number;
  window: number;
  /** "in" */
  x_mean: Floats;
  /** "in" */
  x_largest: Floats;
  /** "in" */
  w_largest: Floats;
  outliers: Outlier[];
}

export interface AwareTurned {
  layer: number;
  format: string;
  formats: Named[];
  d_model: number;
  core: number;
  /** "in" */
  before: Floats;
  /** "in" */
  after: Floats;
  rows: TurnedRow[];
}

export interface BackwardKept {
  layer: number;
  head: number;
  n_tokens: number;
  d_head: number;
  tile: number;
  n_heads: number;
  n_layers: number;
  standard: KeptTensor[];
  flash: KeptTensor[];
  tiles: number;
  all_tiles: number;
  cells: number;
  forward_flops: number;
  backward_flops: number;
  forward_bytes: number;
  backward_bytes: number;
}

export interface BackwardTiles {
  layer: number;
  head: number;
  kv: number;
  position: number;
  n_tokens: number;
  first: number;
  tile: number;
  d_head: number;
  scaling: number;
  softcap: number | null;
  objective: string;
  target: number;
  value: number;
  /** "window d_head" */
  q: Floats;
  /** "window d_head" */
  k: Floats;
  /** "window d_head" */
  v: Floats;
  /** "window d_head" */
  out: Floats;
  /** "window d_head" */
  d_out: Floats;
  /** "window" */
  m: Floats;
  /** "window" */
  l: Floats;
  /** "window" */
  lse: Floats;
  /** "window" */
  delta: Floats;
  /** "window" */
  delta_p: Floats;
  /** "window window" */
  s: Floats;
  /** "window window" */
  p: Floats;
  /** "window window" */
  dp: Floats;
  /** "window window" */
  ds: Floats;
  /** "window d_head" */
  dq: Floats;
  /** "window d_head" */
  dk: Floats;
  /** "window d_head" */
  dv: Floats;
  /** "step 2" */
  order: Ints;
  lengths: Lengths;
}

export interface BitField {
  kind: string;
  count: number;
}

export interface BrokenGradients {
  model: string;
  ranks: number;
  rows: number;
  mistakes: BrokenMistake[];
}

export interface BrokenMistake {
  mistake: string;
  weights: BrokenWeight[];
  loss: number;
  error: number;
  cosine: number;
  length: number;
  most: number;
  between: number;
}

export interface BrokenWeight {
  name: string;
  block: number;
  kind: string;
  first: number;
  last: number;
  cosine: number;
  length: number;
}

export interface CacheSize {
  level: number;
  bytes: number;
  shared: boolean;
}

export interface Choice {
  name: string;
  title: string;
  reason: string;
}

export interface CollectiveBytes {
  ranks: number;
  counted: boolean;
  sizes: CollectiveSize[];
}

export interface CollectiveMove {
  to: number;
  piece: number;
  sent: number;
  came: number;
  source: number;
  added: boolean;
}

export interface CollectiveSize {
  size: number;
  times: CollectiveTime[];
}

export interface CollectiveSteps {
  ranks: number;
  walks: CollectiveWalk[];
}

export interface CollectiveTime {
  name: string;
  ours: boolean;
  ms: number;
  low: number;
  high: number;
  steps: number;
  formula: number;
  socket: number | null;
}

export interface CollectiveWalk {
  algorithm: string;
  states: number[][][];
  moves: CollectiveMove[][];
  sent: number[];
  formula: number[];
}

export interface EffectOfFormat {
  name: string;
  title: string;
  bits: number;
  nbytes: number;
  mean_kl: number;
  flips: number;
}

export interface ErrorsByBits {
  role: string;
  roles: string[];
  baseline: string;
  matrices: number;
  of_matrices: number;
  rows: number;
  weights: number;
  of_formats: number;
  points: FormatPoint[];
}

export interface ExpertTravel {
  layer: number;
  /** "token" */
  token_ids: Ints;
  /** "token slot" */
  experts: Ints;
  /** "token slot" */
  weights: Floats;
  /** "token slot" */
  kept: Bools;
  n_experts: number;
  d_model: number;
  capacity: number | null;
  rounds: number;
  ranks: TravelRank[];
  collectives: TravelCollective[];
  imbalance: number;
}

export interface FlashGrown {
  runs: GrownRun[];
  stops: GrownStop[];
  ratios: GrownRatio[];
  lengths: number[];
  squares: number[];
  powers: (number | null)[];
  d: number;
  causal: boolean;
  backward: boolean;
  free: number;
  allowed: number;
  seconds: number;
  threads: number;
  whole: boolean;
  base: GrownBeside | null;
}

export interface FlashTiles {
  layer: number;
  head: number;
  kv: number;
  n_tokens: number;
  first: number;
  windows: number[];
  scaling: number;
  softcap: number | null;
  sliding: number | null;
  causal: boolean;
  algorithm: string;
  dtype: string;
  word: number;
  rows: number;
  columns: number;
  sizes: number[];
  /** "window d_head" */
  q: Floats;
  /** "window d_head" */
  k: Floats;
  /** "window d_head" */
  v: Floats;
  /** "window window" */
  scores: Floats;
  /** "window" */
  lse: Floats;
  /** "window d_head" */
  out: Floats;
  run: TileSteps;
  sums: TileSums[];
  /** "step 2" */
  other: Ints;
  fast: number;
  rises: number;
  whole: number[];
  selected: [number, number] | null;
  base: TilesBeside | null;
}

export interface FormatBeside {
  name: string;
  mean_kl: number;
  flips: number;
}

export interface FormatGrid {
  name: string;
  title: string;
  bits: number;
  group: number | null;
  source: string;
  fields: BitField[];
  step: number;
  low: number | null;
  /** "level" */
  levels: Floats;
  count: number;
  /** "place" */
  codes: Ints;
  /** "place" */
  values: Floats;
}

export interface FormatMemory {
  row: string;
  name: string;
  formula: string;
  quoted: number | null;
  nbytes: number[];
  average: number[];
  verdict: ("holds" | "gib" | "more" | "less" | "none")[];
  packed: boolean;
}

export interface FormatPoint {
  name: string;
  title: string;
  bits: number | null;
  real: number | null;
  normal: number | null;
  best: boolean;
  own: boolean;
  misfit: string;
}

export interface FormatRefused {
  name: string;
  title: string;
  reason: string;
}

export interface FormatsBeside {
  read: number;
  formats: FormatBeside[];
}

export interface Fp8Errors {
  layer: number;
  head: number;
  n_tokens: number;
  rows: number;
  choices: number[];
  n_draws: number;
  spread: number;
  d_head: number;
  measured: number;
  n_layers: number;
  /** "way layer head" */
  rmse: Floats;
  /** "draw layer head" */
  draws: Floats;
  /** "2 layer head" */
  outlier: Floats;
  /** "layer head" */
  predicted: Floats;
  helped: number;
  hurt: number;
}

export interface Fp8Overlap {
  d_head: number;
  numbers: string;
  tiles: number;
  rows: number;
  columns: number;
  device: string;
  products: number;
  exponentials: number;
  multiprocessors: number;
  product: number;
  softmax: number;
  schedules: Timeline[];
}

export interface Fp8Turned {
  layer: number;
  head: number;
  kv: number;
  position: number;
  first: number;
  n_tokens: number;
  rows: number;
  choices: number[];
  d_head: number;
  spread: number;
  lowest: number;
  /** "d_head" */
  signs: Floats;
  before: Side;
  after: Side;
}

export interface GenerationWork {
  passes: number;
  token_passes: number;
  matrix_flops: number;
  attention_flops: number;
  weight_bytes: number;
  cache_bytes: number;
}

export interface GptqHessian {
  layer: number;
  matrix: string;
  roles: string[];
  role: string;
  tokens: number;
  d_in: number;
  pooled: number;
  /** "cell cell" */
  plain: Floats;
  /** "cell cell" */
  ordered: Floats;
  /** "in" */
  diagonal: Floats;
  /** "in" */
  order: Ints;
  /** "in" */
  eigenvalues: Floats;
  damping: number;
  /** "in" */
  left: Floats;
}

export interface GptqLosses {
  format: string;
  formats: Named[];
  scope: string;
  layer: number;
  done: number;
  wanted: number;
  tokens: number;
  rows: LossRow[];
}

export interface GptqSteps {
  layer: number;
  matrix: string;
  roles: string[];
  role: string;
  format: string;
  formats: Named[];
  act_order: boolean;
  tokens: number;
  d_out: number;
  d_in: number;
  first: number;
  /** "column" */
  columns: Ints;
  /** "row column" */
  start: Floats;
  /** "row column" */
  original: Floats;
  /** "row column" */
  rounded: Floats;
  /** "row column" */
  nearest: Floats;
  /** "column row" */
  errors: Floats;
  /** "column column" */
  pushes: Floats;
  /** "in" */
  grown: Floats;
  /** "in" */
  nearest_grown: Floats;
  loss: number;
  nearest_loss: number;
}

export interface GrownBeside {
  model: string;
  d: number;
  runs: GrownRun[];
  times: WidthTimes[];
}

export interface GrownPlan {
  cards: number;
  plan: PlanDegrees | null;
  cost: PlanCost | null;
  hours: number | null;
  refused: string;
}

export interface GrownRatio {
  n: number;
  median: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface GrownRun {
  method: string;
  n: number;
  ms: number;
  low: number;
  high: number;
  rounds: number;
  peak: number;
}

export interface GrownStop {
  method: string;
  n: number;
  why: string;
  needed: number;
}

export interface HereKernel {
  kernel: string;
  flops: number;
  read: number;
  written: number;
  extra: number;
  intensity: number;
  least: number;
  bound: string;
  decides: "memory" | "arithmetic" | "neither" | null;
  taken: Milliseconds | null;
}

export interface HereRoof {
  n: number;
  d: number;
  rows: number;
  columns: number;
  causal: boolean;
  bytes_each: number;
  resident: number;
  heads: number;
  kernels: HereKernel[];
  machine: MachineSpeed;
  ridge: number;
  caches: CacheSize[];
  rounds: number;
  of_rounds: number;
  threads: number;
  longest: number;
}

export interface Judged {
  name: string;
  nbytes: number;
  packed: number;
  predicted: number;
  same_text: number;
  other_text: number;
  other_error: number;
  whole: number;
  perplexity: number;
  perplexity_error: number;
  added: number;
  added_error: number;
}

export interface KeptTensor {
  name: string;
  rows: number;
  columns: number;
  bytes: number;
}

export interface KernelLoad {
  kernel: string;
  flops: number;
  read: number;
  written: number;
  extra: number;
  intensity: number;
}

export interface LadderFormat {
  name: string;
  title: string;
  misfit: string | null;
}

export interface LargeModel {
  name: string;
  parameters: number;
  source: string;
  n_layers: number;
  d_model: number;
  d_mlp: number;
  d_vocab: number;
}

export interface LayoutRatio {
  ranks: number;
  causal: boolean;
  busiest: TimesAsLong | null;
  wall: TimesAsLong | null;
}

export interface Lengths {
  d_out: number;
  dq: number;
  dk: number;
  dv: number;
}

export interface Levels {
  /** "row group" */
  d: Floats;
  /** "row group" */
  part: Ints;
  dmin: Floats | null;
  low_part: Ints | null;
  block: number;
}

export interface LossRow {
  name: string;
  role: string;
  layer: number;
  tokens: number;
  nearest: number;
  gptq: number;
  ordered: number;
  awq: number;
  alpha: number;
}

export interface MemoryTable {
  models: LargeModel[];
  rows: FormatMemory[];
  about: number;
}

export interface MovedLine {
  kernel: string;
  rows: number;
  columns: number;
  formula: MovedPoint[];
  counted: MovedPoint[];
}

export interface MovedPoint {
  n: number;
  moved: number;
  extra: number;
}

export interface Named {
  name: string;
  title: string;
}

export interface NamedDevice {
  key: string;
  name: string;
  processor: string;
  peak: number | null;
  bandwidth: number;
  fast: number;
  seconds: number[];
  shared_seconds: number | null;
  l2: number;
  read_at_once: number;
  numbers: QuotedNumber[];
}

export interface NamedRoofs {
  n: number;
  d: number;
  rows: number;
  columns: number;
  causal: boolean;
  bytes_each: number;
  resident: number;
  number: string;
  kernels: KernelLoad[];
  shared: SharedLoad;
  devices: NamedDevice[];
  usual: string;
  counted_n: number;
}

export interface NumberGrid {
  largest: number;
  logarithmic: boolean;
  /** "place" */
  numbers: Floats;
  reach: number;
  smallest: number;
  formats: FormatGrid[];
  vectors: string[];
}

export interface OnlineRow {
  layer: number;
  head: number;
  position: number;
  first: number;
  sliding: number | null;
  softcap: number | null;
  block: number;
  sizes: number[];
  preset: string;
  /** "step" */
  order: Ints;
  /** "key" */
  scores: Floats;
  /** "step" */
  m: Floats;
  /** "step" */
  l: Floats;
  /** "step" */
  added: Floats;
  /** "step" */
  factor: Floats;
  /** "step" */
  direct: Floats;
  /** "step" */
  unscaled: Floats;
  /** "key" */
  came: Floats;
  /** "key" */
  softmax: Floats;
  /** "key" */
  whole: Floats;
  lse: number;
  /** "step" */
  seen_lse: Floats;
  /** "step" */
  rest_lse: Floats;
  selected: [number, number] | null;
}

export interface OtherMemory {
  memory: number;
  moved: number[];
}

export interface Outlier {
  channel: number;
  largest: number;
  times: number;
  at: number;
  token: number;
  first_share: number;
  mean_square: number;
}

export interface OverlapRank {
  began: number;
  backward: number;
  ended: number;
  finished: number;
  sums: OverlapSum[];
}

export interface OverlapScale {
  ranks: number;
  rows: number;
  ms: number;
  times: number;
}

export interface OverlapStep {
  model: string;
  ranks: number;
  rows: number;
  length: number;
  overlapped: OverlapRank[];
  after: OverlapRank[];
  hidden: number;
  scaling: OverlapScale[];
}

export interface OverlapSum {
  first: string;
  last: string;
  weights: number;
  bytes: number;
  ready: number;
  start: number;
  done: number;
}

export interface ParallelCollective {
  name: string;
  unit: string;
  bytes: number;
  formula: number;
  socket: number | null;
}

export interface ParallelHeld {
  weights: number;
  gathered: number;
  gradients: number;
  optimizer: number;
  activations: number;
}

export interface ParallelMoment {
  kind: "start" | "forward" | "backward" | "gather" | "free" | "reduce" | "ready" | "step" | "end";
  unit: string;
  held: ParallelHeld[];
  whole: string[];
  summing: string[];
  summed: string[];
}

export interface ParallelStage {
  stage: number;
  loss: number;
  moments: ParallelMoment[];
  collectives: ParallelCollective[];
  sent: number[];
  socket: number | null;
  formula_held: ParallelHeld;
  a_weight: number;
  volume: number;
  error: number;
}

export interface ParallelStep {
  model: string;
  ranks: number;
  precision: string;
  rows: number;
  length: number;
  parameters: number;
  units: string[];
  alone: number;
  stages: ParallelStage[];
  whole: boolean;
}

export interface PartGrid {
  rows: string[];
  n_layers: number;
  /** "matrix" */
  row: Ints;
  /** "matrix" */
  layer: Ints;
}

export interface PipelineBar {
  text: string;
  op: string;
  stage: number;
  microbatch: number;
  start: number;
  end: number;
  half: number;
  processor: number | null;
}

export interface PipelineChart {
  ranks: PipelineRank[];
  step: number;
  of_step: number;
  over_work: number;
}

export interface PipelineKept {
  rank: number;
  blocks: string;
  bytes: number;
  other: number | null;
}

export interface PipelineMeasured {
  key: string;
  name: string;
  other: string;
  title: string;
  tokens: number;
  microbatches: number;
  chart: PipelineChart | null;
  simulated: PipelineChart | null;
  cores: PipelineChart | null;
  repeat: number;
  /** "repeat" */
  seconds: Floats;
  /** "repeat" */
  others: Floats;
  typical: number | null;
  kept: PipelineKept[];
  differs: number | null;
  last: number;
  done: boolean;
}

export interface PipelineOther {
  key: string;
  name: string;
  paper: string;
  step: number | null;
  of_step: number | null;
  over_work: number | null;
  idle: number | null;
  said: number | null;
  exact: boolean;
  own_span: boolean;
  keeps: number | null;
  keeps_said: number;
  refused: string;
}

export interface PipelineRank {
  stages: string;
  bars: PipelineBar[];
  /** "change" */
  times: Floats;
  /** "change" */
  keeps: Ints;
  most: number;
}

export interface PipelineScheduled {
  key: string;
  name: string;
  paper: string;
  size: string;
  microbatches: number;
  chart: PipelineChart | null;
  refused: string;
  rows: string[];
  others: PipelineOther[];
}

export interface PlanCell {
  tp: number;
  pp: number;
  plan: PlanDegrees;
  cost: PlanCost | null;
  refused: string;
  constraint: string;
  tried: number;
}

export interface PlanCost {
  seconds: number;
  mfu: number;
  time: PlanPart[];
  memory: PlanPart[];
  bytes: number;
}

export interface PlanDegrees {
  name: string;
  tp: number;
  pp: number;
  dp: number;
  cp: number;
  ep: number;
  cards: number;
  microbatch: number;
  microbatches: number;
  chunks: number;
  zero: number;
  recompute: string;
}

export interface PlanPart {
  name: string;
  amount: number;
}

export interface PlannerCells {
  model: string;
  parameters: number;
  active: number;
  cluster: string;
  cards: number;
  batch: number;
  length: number;
  usable: number;
  peak: number;
  cells: PlanCell[];
  best: number | null;
  refused: string;
}

export interface PlannerGrowth {
  model: string;
  cluster: string;
  batch: number;
  length: number;
  grown: GrownPlan[];
}

export interface PublishedStep {
  name: string;
  source: string;
  address: string;
  cluster: string;
  plan: PlanDegrees;
  batch: number;
  length: number;
  published: number;
  said: string;
  cost: PlanCost;
  error: number;
  of_memory: number;
  agreement: number | null;
  speed_read: boolean;
  plan_read: boolean;
  assumed: string;
  note: string;
}

export interface PublishedSteps {
  goal: number;
  runs: PublishedStep[];
}

export interface QualityPoint {
  name: string;
  title: string;
  bits: number;
  nbytes: number;
  weight_error: number;
  perplexity: number;
  perplexity_error: number;
  added: number;
  added_error: number;
  kl: number;
  kl_error: number;
  kl99: number;
  kl_most: number;
  rms_dp: number;
  same: number;
  same_error: number;
  predicted: number | null;
  front: boolean;
}

export interface QuantizationEffectFormats {
  where: string;
  matrices: string;
  n_tokens: number;
  read: number;
  nbytes: number;
  total: number;
  formats: EffectOfFormat[];
  refused: FormatRefused[];
  /** "format pos" */
  kl: Floats;
  /** "format pos" */
  ids: Ints;
  /** "format pos" */
  p: Floats;
  /** "format pos" */
  kept: Floats;
  /** "pos" */
  plain_ids: Ints;
  /** "pos" */
  plain_p: Floats;
  base: FormatsBeside | null;
}

export interface QuantizationEffectStream {
  positions: number;
  changes: string[];
  /** "depth pos" */
  distance: Floats;
  /** "block" */
  touched: Ints;
  /** "depth" */
  middle: Floats;
  base: StreamBeside | null;
}

export interface QuantizationEffectWords {
  position: number;
  changes: string[];
  kl: number;
  before: WordNow[];
  now: WordNow[];
  base: WordsBeside | null;
}

export interface QuantizedBudget {
  formats: LadderFormat[];
  baseline: string;
  grid: PartGrid;
  /** "matrix" */
  weights: Ints;
  /** "format matrix" */
  kl: Floats;
  /** "format matrix" */
  nbytes: Ints;
  judged: Judged[];
  stored: StoredChoice[];
  n: number;
  n_other: number;
  done: number;
  total: number;
}

export interface QuantizedMatrixCells {
  matrix: string;
  role: string;
  roles: string[];
  layer: number;
  n_layers: number;
  expert: number;
  n_experts: number;
  out: number;
  d_in: number;
  row: number;
  column: number;
  format: string;
  title: string;
  bits: number;
  group: number;
  choices: Choice[];
  bits_per_weight: number;
  nbytes: number;
  error: number;
  sigma: number;
  n_far: number;
  far: number;
  largest: number;
  /** "row column" */
  weights: Floats;
  /** "row column" */
  values: Floats;
  /** "row column" */
  codes: Ints;
  /** "row group" */
  step: Floats;
  low: Floats | null;
  /** "level" */
  levels: Floats;
  first_group: number;
  two: Levels | null;
  /** "bin" */
  bins: Floats;
  /** "bin" */
  counts: Ints;
  /** "tile_row tile_column" */
  tiles: Floats;
  tile_rows: number;
  tile_columns: number;
}

export interface QuantizedMatrixFormats {
  matrix: string;
  out: number;
  d_in: number;
  rows: number;
  sigma: number;
  total: number;
  tried: Tried[];
}

export interface QuantizedParts {
  format: LadderFormat;
  formats: LadderFormat[];
  baseline: string;
  grid: PartGrid;
  /** "matrix" */
  kl: Floats;
  /** "matrix" */
  error: Floats;
  /** "matrix" */
  nbytes: Ints;
  /** "matrix" */
  weights: Ints;
  /** "layer" */
  blocks: Floats;
  kinds: [string, number][];
  everything: number;
  tokens: Ints | null;
  n: number;
  done: number;
  total: number;
}

export interface QuantizedQuality {
  points: QualityPoint[];
  baseline: string;
  nbytes: number;
  perplexity: number;
  perplexity_error: number;
  n: number;
  windows: number;
  pos: number;
  context: number;
  passages: number;
  budget_passages: number;
  yardstick: string;
  refused: [string, string][];
  total: number;
}

export interface QuotedNumber {
  name: string;
  value: number;
  said: string;
  title: string;
  address: string;
}

export interface RankTotals {
  chunks: [number, number][];
  computed: number;
  skipped: number;
  flops: number;
  sent: number;
  formula: number;
  compute: number;
  wait: number;
  send: number;
}

export interface RankWork {
  flops: number;
  cpu: Milliseconds | null;
  compute: Milliseconds | null;
  wait: Milliseconds | null;
  send: Milliseconds | null;
}

export interface RingBalance {
  length: number;
  tokens: number;
  layer: number;
  head: number;
  ways: RingWay[];
  ratios: LayoutRatio[];
  rounds: number;
  of_rounds: number;
  cores: number;
}

export interface RingMoment {
  does: "compute" | "send" | "wait";
  phase: string;
  step: number;
  start: number;
  end: number;
  name: string;
  owner: number;
  bytes: number;
}

export interface RingPair {
  rank: number;
  step: number;
  owner: number;
  queries: [number, number];
  keys: [number, number];
  seen: "none" | "some" | "all";
  computed: boolean;
}

export interface RingRecording {
  ranks: number;
  kind: "contiguous" | "zigzag";
  causal: boolean;
  pairs: RingPair[];
  moments: RingMoment[][];
  totals: RankTotals[];
  milliseconds: number;
}

export interface RingSending {
  model: string;
  models: string[];
  instead: boolean;
  source: string;
  length: number;
  number: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  ranks: SentByRank[];
  possible: number[];
  counted: number[];
}

export interface RingSteps {
  length: number;
  layer: number;
  head: number;
  kv: number;
  d_head: number;
  window: number | null;
  softcap: number | null;
  recordings: RingRecording[];
  cores: number;
}

export interface RingWay {
  ranks: number;
  kind: "contiguous" | "zigzag";
  causal: boolean;
  work: RankWork[];
  busy: number;
  wall: Milliseconds | null;
}

export interface SentByRank {
  ranks: number;
  ring: number;
  ulysses: number | null;
}

export interface SharedLoad {
  bytes: number;
  intensity: number;
}

export interface Side {
  /** "window d_head" */
  q: Floats;
  /** "window d_head" */
  k: Floats;
  /** "2 d_head" */
  largest: Floats;
  /** "2" */
  peak: Floats;
  /** "2 power" */
  sizes: Ints;
  /** "2" */
  rounding: Floats;
  scores: number;
  products: number;
}

export interface SplitCollective {
  sublayer: string;
  backward: boolean;
  bytes: number;
  formula: number;
  socket: number | null;
}

export interface SplitGradient {
  name: string;
  right: number;
  without_f: number;
}

export interface SplitMatrix {
  name: string;
  sublayer: string;
  d_in: number;
  d_out: number;
  columns: boolean;
  held: [number, number][];
  of_experts: number;
}

export interface SplitSublayer {
  name: string;
  inner: Floats[];
  parts: Floats[];
  /** "pos d_model" */
  total: Floats;
  /** "pos d_model" */
  alone: Floats;
  error: number;
  largest: number;
}

export interface StoredChoice {
  budget: number;
  /** "matrix" */
  chosen: Ints;
}

export interface StreamBeside {
  changes: string[];
  positions: number;
  /** "depth" */
  middle: Floats;
}

export interface TensorBlock {
  layer: number;
  layers: number;
  ranks: number;
  /** "pos" */
  token_ids: Ints;
  d_head: number;
  heads: [number, number][];
  kv_heads: [number, number][];
  whole: number;
  each: number;
  matrices: SplitMatrix[];
  sublayers: SplitSublayer[];
  collectives: SplitCollective[];
  block_formula: number;
  longer: SplitCollective;
  longer_tokens: number;
  gradients: SplitGradient[];
}

export interface TextGrows {
  lines: MovedLine[];
  others: OtherMemory[];
  lengths: number[];
  memory: number;
  resident: number;
  d: number;
  causal: boolean;
}

export interface TileLength {
  n: number;
  standard: number;
  fa1: number;
  fa2: number;
  squares: number;
  sums: number;
}

export interface TileQuestions {
  n: number;
  d_head: number;
  rows: number;
  columns: number;
  word: number;
  causal: boolean;
  window: number | null;
  sums: TileSums[];
  output: [number, number][];
  keys: number[];
  again: number;
  rescale: number;
  whole: number;
  device: string;
  sram: number;
  processors: number;
  sides: TileSide[];
  lengths: TileLength[];
}

export interface TileSide {
  side: number;
  again: number;
  moved: number;
  first: number;
  fast: number;
}

export interface TileSteps {
  /** "step 5" */
  steps: Ints;
  /** "move 5" */
  moves: Ints;
  /** "step" */
  kept: Ints;
  /** "kept row" */
  m: Floats;
  /** "kept row" */
  l: Floats;
  /** "kept row d_head" */
  held: Ints;
  unit: number;
}

export interface TileSums {
  algorithm: string;
  read: number;
  written: number;
  extra: number;
  flops: number;
  steps: number;
}

export interface TilesBeside {
  layer: number;
  head: number;
  n: number;
  n_tokens: number;
  d_head: number;
  sliding: number | null;
  rows: number;
  columns: number;
  sums: TileSums[];
  rises: number;
  error: number;
  here: number;
}

export interface Timeline {
  name: string;
  groups: number;
  seconds: number;
  tensor: number;
  exponential: number;
  /** "task 5" */
  tasks: Floats;
}

export interface TrafficByDimension {
  n: number;
  memory: number;
  first: TrafficPoint[];
  second: TrafficPoint[];
  dims: number[];
  paper: number[];
  reference: number[];
  powers: number[];
}

export interface TrafficPoint {
  d: number;
  rows: number;
  columns: number;
  counted: number;
  formula: number;
}

export interface TravelCollective {
  what: string;
  sent: number;
  even: number;
  socket: number | null;
}

export interface TravelRank {
  first: number;
  tokens: number;
  sends: number[];
  rows: number[];
  dropped: number;
  dispatch_ms: number;
  compute_ms: number;
  combine_ms: number;
}

export interface Tried {
  name: string;
  title: string;
  reason: string;
  bits_per_weight: number;
  nbytes: number;
  error: number;
  on_normal: number;
}

export interface TurnedRow {
  role: string;
  before: number;
  folded: number;
  after: number;
}

export interface TypicalLayout {
  model: string;
  layers: number;
  cards: number;
  node: number;
  copies: number;
  plan: PlanDegrees;
  cost: PlanCost | null;
  refused: string;
  usable: number;
  links: TypicalLink[];
  best: PlanCell | null;
}

export interface TypicalLink {
  name: string;
  where: string;
  bytes: number;
  rate: number;
  hidden: boolean;
}

export interface WidthTimes {
  n: number;
  median: number;
  low: number;
  high: number;
  clear: boolean;
  method: string;
}

export interface WindowReach {
  source: number;
  replaced_by: number[];
  windows: (number | null)[];
  own: boolean;
  has_own: boolean;
  bound: number[];
  /** "depth pos" */
  change: Floats;
  farthest: number[];
  felt: number[];
  little: number;
  /** "pos" */
  kl: Floats;
  whole: Floats | null;
  whole_kl: Floats | null;
}

export interface WordNow {
  id: number;
  before: number;
  now: number;
  rank_before: number;
  rank_now: number;
  other: number | null;
}

export interface WordsBeside {
  changes: string[];
  likeliest: number;
  p: number;
  kl: number | null;
}
