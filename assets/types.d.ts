// The views' payloads, as `unpack` in shell/payload.js gives them. `python -m explorer types` writes them
// from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.

export interface Floats { a: Float32Array; shape: number[]; }
export interface Ints { a: Int32Array | Int16Array | Int8Array | Uint16Array | Uint8Array; shape: number[]; }
export interface Bools { a: Uint8Array; shape: number[]; }

export interface AddedLoss {
  over: OverTexts;
  verdict: "more" | "less" | "within" | "same" | "unknown";
}

export interface AlibiMap {
  /** "head" */
  slopes: Floats;
  /** "head distance" */
  bias: Floats;
}

export interface AlignedToken {
  position: number | null;
  left: string | null;
  right: string | null;
  same: boolean;
  new: boolean;
}

export interface ArenaAnswer {
  contestant: string;
  text: string;
  tokens: number;
}

export interface ArenaProof {
  games: [number, number, number][];
  players: number;
  elo: number[];
  ratings: number[];
  errors: number[];
}

export interface ArenaVote {
  prompt: string;
  answers: ArenaAnswer[];
  whole: boolean;
  ridge: number;
  proof: ArenaProof;
}

export interface ArenaVoters {
  true: number[];
  gap: number;
  fitted: SimulatedVotes[];
  needed: number | null;
  covered: number | null;
  arenas: number;
  votes: number;
}

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

export interface AskedAnalogy {
  words: number[];
  nearest: number[];
  cosines: number[];
  rank: number;
  rank_without_inputs: number;
}

export interface AskedToken {
  id: number;
  score: number;
  norm: number;
  p: number | null;
  said: number;
  typed: boolean;
}

export interface AtDepth {
  n_layers: number;
  placement: "pre" | "post";
  loss: number;
  /** "3 layer" */
  weights: Floats;
  /** "3 layer" */
  w_out: Floats;
  /** "3 layer" */
  stream: Floats;
  /** "layer" */
  sizes: Floats;
}

export interface AttentionChange {
  ids: number[];
  before: number[];
  after: number[];
  kl: number;
  moved: MovedNumber;
}

export interface AttentionFacts {
  previous: number;
  sink: number;
  entropy: number;
}

export interface AttentionGrown {
  lengths: number[];
  longest: number;
  parts: GrownPart[];
  work: PartWork[];
  by_count: number;
  below: number | null;
  above: number | null;
  by_clock: number | null;
  slower: TimesAsLong;
  fused: TimesAsLong;
  fitted_from: number;
  rounds: number[];
  stopped: string;
  whole: boolean;
  d_model: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_mlp: number;
  matrices: number;
  n_experts: number;
  k: number;
  window: number | null;
}

export interface AttentionHead {
  position: number;
  layer: number;
  head: number;
  target: number;
  d_head: number;
  scaling: number;
  softcap: number | null;
  d_rotary: number | null;
  window: number | null;
  first: number;
  /** "window window" */
  map: Ints;
  row0: number;
  /** "queries key" */
  scores: Floats;
  /** "queries key" */
  rows: Floats;
  /** "key" */
  value_norms: Floats;
  /** "shown" */
  shown: Ints;
  unread: number[];
  /** "d_head" */
  query: Floats;
  /** "shown d_head" */
  keys: Floats;
  kv: number;
  kin: number[];
  measured: Measured;
  share: number;
  facts: AttentionFacts;
  base: AttentionChange | null;
  beside: HeadBeside | null;
}

export interface AttentionKind {
  name: string;
  kind: "MHA" | "GQA" | "MQA" | "MLA";
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  bytes: number;
  multi_head_bytes: number;
}

export interface AttentionKinds {
  own: AttentionKind;
  known: AttentionKind[];
}

export interface AttentionReads {
  position: number;
  n_layers: number;
  n_heads: number;
  /** "layer head key" */
  rows: Ints;
  base: ReadsBeside | null;
}

export interface AttentionSteps {
  first: number;
  /** "window d_head" */
  q: Floats;
  /** "window d_head" */
  k: Floats;
  /** "window d_head" */
  v: Floats;
  /** "window d_head" */
  rot_q: Floats;
  /** "window d_head" */
  rot_k: Floats;
  /** "window window" */
  raw: Floats;
  /** "window window" */
  scores: Floats;
  /** "window window" */
  visible: Bools;
  /** "window window" */
  pattern: Floats;
  /** "window window" */
  unscaled: Floats;
  /** "window" */
  outside: Floats;
  /** "window d_head" */
  z: Floats;
  /** "window d_model" */
  out: Floats;
  /** "2 window" */
  entropy: Floats;
  /** "head d_model" */
  heads: Floats;
  /** "d_model" */
  attn_out: Floats;
  /** "d_model" */
  rest: Floats;
  position: number;
  layer: number;
  head: number;
  kv: number;
  n_heads: number;
  d_head: number;
  d_model: number;
  scaling: number;
  softcap: number | null;
  rotary: boolean;
  sliding: number | null;
  bias: boolean;
}

export interface AttentionWall {
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  /** "layer head cells" */
  maps: Ints;
  cells: number;
  stride: number;
  /** "layer head" */
  previous: Floats;
  /** "layer head" */
  sink: Floats;
  /** "layer head" */
  entropy: Floats;
  /** "layer head" */
  induction: Floats;
  base: WallBeside | null;
}

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

export interface BackwardBeside {
  value: number;
  lengths: Lengths;
  /** "shared" */
  lse: Floats;
  /** "shared" */
  delta: Floats;
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
  base: KeptBeside | null;
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
  base: BackwardBeside | null;
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

export interface BatchingContest {
  requests: ServedRequest[];
  static: ServingTimeline;
  continuous: ServingTimeline;
  static_ms: Milliseconds | null;
  continuous_ms: Milliseconds | null;
  ratio: TimesAsLong | null;
  rounds: number;
  of_rounds: number;
  slots: number;
  gap: number;
  step: number;
  pool: BlockPoolSize;
  seed: number;
  threads: number;
  base: ContestBeside | null;
}

export interface BeamNodes {
  /** "node" */
  step: Ints;
  /** "node" */
  parent: Ints;
  /** "node" */
  token: Ints;
  /** "node" */
  group: Ints;
  /** "node" */
  place: Ints;
  /** "node" */
  fate: Ints;
  /** "node" */
  logprob: Floats;
  /** "node" */
  total: Floats;
  /** "node" */
  score: Floats;
}

export interface BeamOpening {
  tried: number[];
  far: number;
  differs: boolean;
}

export interface BeamText {
  ids: number[];
  nodes: number[];
  logprob: number;
  score: number;
  ended: "stop" | "length";
  again: number | null;
}

export interface BeamTree {
  n_beams: number;
  max_new_tokens: number;
  length_penalty: number;
  n_groups: number;
  diversity: number;
  nodes: BeamNodes;
  n_steps: number;
  texts: BeamText[];
  stopped: string[];
  greedy: GreedyText | null;
  rows: number;
  prompt: number;
  unmodified: boolean;
  opened: BeamOpening | null;
}

export interface BeforeBeside {
  text: string;
  stages: WordpieceStage[];
  decoded: string;
  same: boolean;
  unknown: string[];
}

export interface BitField {
  kind: string;
  count: number;
}

export interface BlockEvent {
  kind: string;
  sequence: string;
  block: number;
  source: number | null;
  start: number;
  end: number;
}

export interface BlockGradients {
  step: number;
  /** "block" */
  weights: Floats;
  /** "block" */
  stream: Floats;
  /** "block" */
  sizes: Floats;
}

export interface BlockPoolSize {
  blocks: number;
  size: number;
  least: number;
}

export interface BlockSizeTotals {
  block_size: number;
  blocks: number;
  slots: number;
  empty: number;
  entries: number;
  found: number;
  copies: number;
}

export interface BlockTraining {
  name: string;
  losses: number[];
  measured: number[];
  held: number[];
  parameters: number;
  stuck: boolean;
}

export interface BoardCell {
  row: number;
  task: number;
  taken: number[];
  accuracy: number;
  low: number;
  high: number;
  only_first: number;
  only_row: number;
  p: number;
  adjusted: number | null;
}

export interface BoardItem {
  id: number;
  text: string;
  choices: string[];
  gold: number;
}

export interface BoardOffer {
  key: string;
  name: string;
}

export interface BoardRow {
  key: string;
  name: string;
  wrong: string;
}

export interface BoardTask {
  name: string;
  chance: number;
  shots: number;
  items: BoardItem[];
}

export interface BpeEncodingListed {
  word: string;
  said: string[];
  runs: ListedRun[];
}

export interface BpeEncodingSteps {
  tokenizer: string;
  title: string;
  choices: EncodingChoice[];
  reason: string;
  source: string;
  text: string;
  pieces: EncodedPiece[];
  first: number;
  n_pieces: number;
  n_tokens: number;
  word: number;
  path: ContestPath | null;
  whole: number;
  whole_first: boolean;
  by_rank: boolean;
  n_merges: number;
  instead: string;
  base: StepsBeside | null;
}

export interface BpeTrainingKinds {
  reason: string;
  title: string;
  columns: TrainerColumn[];
}

export interface BpeTrainingMerges {
  name: string;
  reason: string;
  source: string;
  cut: string;
  wanted: number;
  text: string;
  title: string;
  held_title: string;
  bytes: number;
  words: number;
  finished: boolean;
  /** "byte" */
  spelled: Ints;
  /** "token" */
  ends: Ints;
  /** "merge" */
  left: Ints;
  /** "merge" */
  right: Ints;
  /** "merge" */
  made: Ints;
  /** "merge" */
  counts: Ints;
  /** "moment" */
  lengths: Ints;
  /** "moment" */
  held: Ints;
  /** "moment rank 2" */
  pairs: Ints;
  /** "moment rank" */
  pair_counts: Ints;
  sample: BpeTrainingWord[];
}

export interface BpeTrainingWord {
  ids: number[];
  numbers: number[];
  places: number[];
}

export interface BudgetBeside {
  model: string;
  weights: number;
  judged: Judged[];
}

export interface CacheAs {
  name: string;
  title: string;
  bytes: number;
}

export interface CacheBlocks {
  position: number;
  /** "layer kv_head key" */
  read: Ints;
  base: ChangedRead | null;
  bytes: number[];
  formula: number[];
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
}

export interface CacheExample {
  prompt: number;
  new: number;
  n_ctx: number;
  cached: GenerationWork;
  uncached: GenerationWork;
  bytes_each: number;
  cache_bytes: number;
  overtakes: number;
}

export interface CacheGrowth {
  start: number;
  bytes: number[];
  formula: number[];
  prefill: Milliseconds;
  steps: Milliseconds[];
  uncached_at: number[];
  uncached: Milliseconds[];
  later: TimesAsLong | null;
  saved: TimesAsLong | null;
  cache_share: number;
  n_steps: number;
  rounds: number;
  of_rounds: number;
  threads: number;
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  base: GrowthBeside | null;
}

export interface CachePerplexity {
  policies: PolicyPerplexity[];
  kinds: string[];
  texts: number;
  texts_each: number;
  start: number;
  length: number;
  steps: number;
  of_steps: number;
  budget: number;
  group: number;
  residual: number;
  absent: string;
}

export interface CachePolicies {
  start: number;
  budget: number;
  absent: string;
  group: number;
  residual: number;
  threads: number;
  evicts: boolean;
  n_steps: number;
  q4_bytes_each: number;
  n_layers: number;
  n_kv_heads: number;
  policies: PolicyCourse[];
}

export interface CacheScaling {
  lengths: number[];
  places: number[];
  counted: number;
  cached: WayGrowth;
  uncached: WayGrowth;
  overtakes: number;
  rounds: number;
  of_rounds: number;
  threads: number;
}

export interface CacheSize {
  level: number;
  bytes: number;
  shared: boolean;
}

export interface CalibrationBeside {
  model: string;
  weights: WeighedWeights;
  caches: WeighedCache[];
  run: RunMeasured | null;
}

export interface CalibrationPredictions {
  kinds: string[];
  /** "item" */
  kind: Ints;
  /** "item" */
  confidence: Floats;
  /** "item" */
  tempered: Floats;
  /** "item" */
  correct: Ints;
  surprise: number;
  tempered_surprise: number;
  temperature: number;
  fitted_on: number;
  done: number;
  total: number;
  proved: Record<string, [number, number]>;
  half: number;
}

export interface CallTime {
  tokens: number;
  held: number;
  time: Milliseconds;
}

export interface CardNeed {
  parts: Record<string, number>;
  copied: number;
  cache: number;
  activations: number;
  overhead: number;
}

export interface CardOffered {
  name: string;
  title: string;
  memory: number;
  bandwidth: number;
  flops: number | null;
  sold: Stated | null;
  reported: Stated | null;
  read_at: Stated | null;
}

export interface ChangedRead {
  layer: number;
  head: number;
  at: number;
  before: number;
  now: number;
  /** "layer kv_head key" */
  read: Ints;
}

export interface ChatTurn {
  role: string;
  content: string;
}

export interface Choice {
  name: string;
  title: string;
  reason: string;
}

export interface ChunkedBeside {
  model: string;
  long: number;
  ways: PromptReading[];
  times: WayAgainst[];
}

export interface ChunkedPrefill {
  ways: PromptReading[];
  chunks: number[];
  decoding: number;
  long: number;
  seed: number;
  rounds: number;
  of_rounds: number;
  threads: number;
  base: ChunkedBeside | null;
}

export interface ClinicBatch {
  tokens: number;
  mean: number;
}

export interface ClinicCut {
  filter: string;
  found: string | null;
  right: boolean;
}

export interface ClinicDenominators {
  batches: ClinicBatch[];
  of_means: number;
  of_tokens: number;
  items: number;
  answered: number;
  right: number;
}

export interface ClinicFilters {
  texts: ClinicText[];
  judgements: ClinicText[];
}

export interface ClinicOrder {
  scores: number[];
  elo: number[];
  bradley_terry: number;
  others: Record<string, number>;
}

export interface ClinicText {
  text: string;
  right: string;
  own: boolean;
  cuts: ClinicCut[];
}

export interface ClinicVariance {
  tokens: number;
  width: number;
  true: number;
  ratio_averaged: number;
  squared_squares: number;
  coded_variance: number;
  variance: number;
}

export interface CodeCurve {
  k: number;
  estimated: number;
  naive: number;
  all_pass: number;
}

export interface CodeSample {
  written: string;
  verdict: string;
  right: number;
  message: string;
  milliseconds: number;
}

export interface CodeSamples {
  model: string;
  recorded: string;
  temperature: number;
  samples: number;
  tasks: CodeTask[];
  total: number;
  curve: CodeCurve[];
}

export interface CodeTask {
  name: string;
  prompt: string;
  calls: number;
  passed: number;
  samples: CodeSample[];
}

export interface ComparedLane {
  name: string;
  title: string;
  kind: string;
  reason: string;
  size: number;
  /** "token" */
  ids: Ints;
  /** "token" */
  starts: Ints;
  /** "token" */
  ends: Ints;
  written: string[];
  exact: boolean;
  promised: boolean;
  given_back: string;
  library: string;
  equal: number;
}

export interface Compression {
  tokens: number;
  special: number;
  characters: number;
  bytes: number;
  bytes_per_token: number;
  characters_per_token: number;
}

export interface ConstrainedText {
  form: string;
  kind: "regex" | "json";
  rule: string;
  temperature: number;
  seed: number;
  new: number;
  examples: Record<string, RuleExample>;
  unmodified: boolean;
  wrong: RuleRefused | null;
  left_out: string;
  steps: MaskedStep[];
  mask: Ints | null;
  d_vocab: number;
  stop: number;
  whole: boolean;
  ended: boolean;
  stuck: boolean;
  text: string;
  cost: number;
  free: number[] | null;
  canonical: number[];
  times: MaskTimes | null;
}

export interface ContestBeside {
  model: string;
  static: ServingTimeline;
  continuous: ServingTimeline;
  static_ms: Milliseconds;
  continuous_ms: Milliseconds;
  ratio: TimesAsLong | null;
  step: number;
  static_times: TimesAsLong | null;
  continuous_times: TimesAsLong | null;
}

export interface ContestPath {
  start: string[];
  steps: ContestStep[];
  ids: number[];
}

export interface ContestStep {
  rank: number;
  index: number;
  ranks: number[];
  lost: number[];
  symbols: string[];
  id: number;
}

export interface Contrast {
  token: number;
  head: StrongestHead;
}

export interface ContrastiveLikeness {
  k: number;
  alpha: number;
  max_new_tokens: number;
  n_prompt: number;
  contrastive: LikeText | null;
  greedy: LikeText | null;
}

export interface ContrastiveSteps {
  k: number;
  alpha: number;
  max_new_tokens: number;
  prompt: number[];
  /** "step k" */
  ids: Ints;
  /** "step k" */
  probabilities: Floats;
  /** "step k" */
  penalties: Floats;
  /** "step k" */
  nearest: Ints;
  /** "step k" */
  scores: Floats;
  chosen: number[];
  greedy: number[] | null;
  unmodified: boolean;
}

export interface ContrastiveTrade {
  k: number;
  length: number;
  alphas: number[];
  texts: TradedText[];
}

export interface ConversationBeside {
  title: string;
  reason: string;
  lead: WrittenMark[];
  n_tokens: number;
  n_special: number;
  n_said: number;
  same_marks: boolean;
  places: MarksBeside[];
}

export interface CorpusBeside {
  blocks: number;
  n_layers: number;
  alpha: OverTexts;
  by_kind: OverTexts[];
  counted: OverTexts[];
  by_temperature: OverTexts[];
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

export interface CutAlike {
  tokenizers: number;
  agreed: number;
  ends: number;
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

export interface DecoderSizes {
  n_layers: number;
  d_model: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_mlp: number;
  d_vocab: number;
  gated: boolean;
  tied: boolean;
  n_experts: number;
}

export interface DepthSide {
  name: string;
  /** "target depth" */
  probs: Floats;
  /** "target depth" */
  ranks: Ints;
  best: string[];
}

export interface DimensionsSizes {
  typical: Typical[];
  models: SizedModel[];
}

export interface DraftOpening {
  kept: number[];
  tells: boolean;
}

export interface DraftPlace {
  decided: number;
  kept: number;
  low: number;
  high: number;
  overlap: number;
}

export interface DraftWorth {
  kind: string;
  alpha: number;
  cost: number;
  tokens: number[];
  speedup: number[];
  low: number[];
  high: number[];
  best: number;
  verdict: "pays" | "costs" | "unclear";
}

export interface DraftsBeside {
  positions: number;
  drafts: DraftWorth[];
  rounds: number;
}

export interface DraftsWorth {
  kinds: string[];
  draft: string;
  blocks: number;
  gamma: number;
  temperature: number;
  seed: number;
  new: number;
  n_layers: number;
  positions: number;
  found: number;
  step: Milliseconds;
  rows: number[];
  pass_cost: number[];
  drafts: DraftWorth[];
  rounds: number;
  of_rounds: number;
  base: DraftsBeside | null;
}

export interface DrawnCut {
  pieces: string[];
  expected: number;
  error: number;
  here: number;
  library: number;
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

export interface EditShare {
  layer: number;
  share: number;
}

export interface EffectOfFormat {
  name: string;
  title: string;
  bits: number;
  nbytes: number;
  mean_kl: number;
  flips: number;
}

export interface EncodedPiece {
  text: string;
  start: number;
  ids: number[];
  lengths: number[];
}

export interface EncoderMap {
  title: string;
  tokens: string[];
  /** "layer head query key" */
  pattern: Ints;
  ahead: number;
  d_model: number;
}

export interface EncodingChoice {
  name: string;
  title: string;
  note: string;
}

export interface Ends {
  ids: number[];
  probabilities: number[];
  rest: number;
}

export interface ErrataDraft {
  position: number;
  blocks: number;
  n_layers: number;
  temperature: number;
  kept: number;
  bias: number;
  draws: number;
  drawn_bias: number;
  fair_bias: number;
  /** "shown" */
  ids: Ints;
  /** "shown" */
  p: Floats;
  /** "shown" */
  q: Floats;
  /** "shown" */
  out: Floats;
  /** "shown" */
  drawn: Floats;
  /** "shown" */
  fair: Floats;
}

export interface ErrataEntries {
  reference: Reference;
  entries: ErrataEntry[];
  total: number;
}

export interface ErrataEntry {
  name: string;
  chapter: number;
  chapter_title: string;
  section: string;
  says: string;
  quotation: string;
  verdict: string;
  said: string;
  found: string;
  why: string;
  figures: Figure[];
  panel: string;
  panel_title: string;
  view: string;
  grounded: boolean;
}

export interface ErrataRope {
  position: number;
  d_head: number;
  d_rotary: number;
  ways: RopeWay[];
}

export interface ErrataTopP {
  position: number;
  temperature: number;
  top_k: number;
  top_p: number;
  /** "shown" */
  ids: Ints;
  /** "shown" */
  lands: Ints;
  /** "shown" */
  p: Floats;
  kept: number;
  rest: number;
  distance: number;
  outside: number;
}

export interface ErrorsBeside {
  model: string;
  baseline: string;
  weights: number;
  real: (number | null)[];
}

export interface ErrorsByBits {
  role: string;
  roles: string[];
  model: string;
  baseline: string;
  matrices: number;
  of_matrices: number;
  rows: number;
  weights: number;
  of_formats: number;
  points: FormatPoint[];
  base: ErrorsBeside | null;
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

export interface Exponents {
  median: number;
  least: number;
  most: number;
}

export interface Family {
  name: string;
  scheme: string;
  detail: string;
  found: string;
  layout: string;
  limit: number | null;
  checkpoint: string;
  source: string;
  here: boolean;
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

export interface FeedForwardGates {
  position: number;
  layer: number;
  activation: string;
  gated: boolean;
  /** "d_mlp" */
  gate_pre: Floats;
  /** "d_mlp" */
  gate: Floats;
  up: Floats | null;
  /** "d_mlp" */
  hidden: Floats;
  /** "d_mlp" */
  lengths: Floats;
  total: number;
  /** "point" */
  curve_x: Floats;
  /** "point" */
  curve_y: Floats;
  /** "listed" */
  listed: Ints;
  /** "listed said" */
  raised: Ints;
  carriers: number;
  wrote: number;
  cut: boolean;
}

export interface FeedForwardNeuron {
  position: number;
  layer: number;
  neuron: number;
  strongest: boolean;
  activation: string;
  /** "pos" */
  gate_pre: Floats;
  /** "pos" */
  gate: Floats;
  up: Floats | null;
  /** "pos" */
  hidden: Floats;
  value_length: number;
  /** "said" */
  raised_ids: Ints;
  /** "said" */
  raised: Floats;
  /** "said" */
  lowered_ids: Ints;
  /** "said" */
  lowered: Floats;
  scale: number;
}

export interface FeedForwardSparsity {
  /** "layer" */
  layer_carriers: Floats;
  /** "layer" */
  layer_open: Floats;
  /** "pos" */
  pos_carriers: Floats;
  /** "pos" */
  pos_open: Floats;
  layer: number;
  position: number;
  d_mlp: number;
}

export interface FeedForwardsCompared {
  on: TrainedOn;
  seeds: number;
  plain: string;
  widths: Record<string, number>;
  weights: Record<string, number>;
  steps: Record<string, Milliseconds | null>;
  rounds: SeedOfTrainings[];
  differences: SeedDifference[];
  enough: number;
}

export interface Figure {
  name: string;
  value: string;
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

export interface FormatOnCard {
  name: string;
  title: string;
  stays: string;
  parts: Record<string, number>;
  total: number;
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

export interface Found {
  id: number;
  bytes: string;
  kind: string;
  script: string;
  norm: number;
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
  enough: number;
}

export interface GreedyText {
  ids: number[];
  totals: number[];
  nodes: number[];
}

export interface GroupedCost {
  groups: number[];
  shared: number[];
  key_value: number[];
  bytes: Record<string, number[]>;
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_model: number;
  n_ctx: number;
  parameters: number;
  bias: boolean;
  windows: number;
}

export interface GroupedLikeness {
  /** "layer head head" */
  divergence: Floats;
  queries: number;
  /** "layer" */
  within: Floats;
  between: Floats | null;
  as_alike: number | null;
  layer: number;
  head: number;
  position: number;
  n_heads: number;
  n_kv_heads: number;
  draws: number;
  /** "head key" */
  rows: Ints;
}

export interface GroupedPooled {
  to: number;
  choices: number[];
  n_kv_heads: number;
  n_layers: number;
  n: number;
  tokens: number;
  base: Outcome;
  mean: Outcome;
  first: Outcome;
  /** "layer pos" */
  layers: Floats;
  key_value: number[];
  bytes: number[];
}

export interface GrownBeside {
  model: string;
  d: number;
  runs: GrownRun[];
  times: WidthTimes[];
}

export interface GrownPart {
  part: string;
  ms: number[];
  low: number[];
  high: number[];
  power: number | null;
  within: number | null;
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

export interface GrowthBeside {
  model: string;
  start: number;
  bytes: number[];
  formula: number[];
  prefill: Milliseconds;
  steps: Milliseconds[];
  n_layers: number;
  n_kv_heads: number;
  d_head: number;
  times: TimesAsLong | null;
}

export interface HandsBefore {
  /** "key half" */
  parts: Floats;
  /** "key" */
  rest: Floats;
  /** "key" */
  attention: Floats;
}

export interface HarnessChoices {
  task: string;
  shots: number;
  chance: number;
  variants: ("lm-eval" | "BOS first" | "no delimiter" | "new line" | "space kept" | "other examples" | "reversed" | "no examples")[];
  total: number;
  rules: ("sum" | "characters" | "bytes" | "tokens" | "mutual_info")[];
  items: HarnessItem[];
  /** "variant rule item" */
  winner: Ints;
  /** "variant rule" */
  accuracy: Floats;
  /** "variant rule" */
  error: Floats;
  /** "variant rule" */
  apart: Floats;
}

export interface HarnessItem {
  id: number;
  text: string;
  choices: string[];
  gold: number;
}

export interface HeadBefore {
  share: number;
  size: number;
  /** "k" */
  up: Floats;
  /** "k" */
  down: Floats;
  read: Floats | null;
}

export interface HeadBeside {
  n: number;
  /** "window window" */
  map: Ints;
  /** "key" */
  row: Floats;
  apart: number;
}

export interface HeadPlace {
  kind: string;
  document: string;
  ids: number[];
  first: number;
  position: number;
  size: number;
  key: number;
  key_id: number;
  weight: number;
  start: number;
}

export interface HeadPlaces {
  layer: number;
  head: number;
  passages: number;
  of: number;
  tokens: number;
  places: HeadPlace[];
  base: PlacesBeside | null;
}

export interface HeadRemoved {
  layer: number;
  head: number;
  off: "" | "zero" | "mean";
  position: number;
  target: number;
  kl: number;
  moved: MovedNumber;
  /** "k" */
  ids: Ints;
  /** "k" */
  before: Floats;
  /** "k" */
  after: Floats;
  base: RemovedBefore | null;
}

export interface HeadRoles {
  layer: number;
  head: number;
  off: "" | "zero" | "mean";
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  kv: number;
  position: number;
  target: number;
  share: number;
  measured: Measured;
  direct: StrongestHead;
  contrast: Contrast | null;
  more: number | null;
  roles: Role[];
  /** "k" */
  up_ids: Ints;
  /** "k" */
  up: Floats;
  /** "k" */
  down_ids: Ints;
  /** "k" */
  down: Floats;
  /** "key" */
  read: Floats;
  size: number;
  stream: number;
  base: HeadBefore | null;
}

export interface HeadsAndCauses {
  position: number;
  target: number;
  p: number;
  measured: Measured;
  /** "layer head" */
  direct: Floats;
  contrast: Contrast | null;
  /** "layer head" */
  effect: Floats;
  /** "layer head" */
  kl: Floats;
  /** "layer head" */
  p_ablated: Floats;
  scores: KindsOfHeads;
  base: HeadsBefore | null;
}

export interface HeadsBefore {
  /** "layer head" */
  direct: Floats;
  moved: number[];
  /** "moved" */
  effect: Floats;
  /** "moved" */
  kl: Floats;
  p: number;
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

export interface ItemChange {
  name: "as it is" | "BOS first" | "no delimiter" | "new line" | "space moved" | "space kept";
  totals: number[];
  winners: number[];
  last: number[];
  first: number[];
  tokens: number;
}

export interface ItemChoice {
  text: string;
  ids: number[];
  logprobs: number[];
  total: number;
  alone: number;
  greedy: boolean;
  characters: number;
  bytes: number;
  p: number;
}

export interface ItemRule {
  rule: "sum" | "characters" | "bytes" | "tokens" | "mutual_info";
  scores: number[];
  winner: number;
  there: number | null;
}

export interface JudgeOrders {
  judge: string;
  pairs: JudgePair[];
  total: number;
  summaries: JudgeSummary[];
  example: string;
}

export interface JudgePair {
  kind: string;
  question: string;
  right: string;
  wrong: string;
  right_first: number;
  wrong_first: number;
  preference: number;
  bias: number;
  winner: string;
}

export interface JudgeSummary {
  kind: string;
  pairs: number;
  both_orders: number;
  ties: number;
  right_first: number;
  wrong_first: number;
  bias: ScoreBounds;
  preference: ScoreBounds;
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

export interface KeptBeside {
  layer: number;
  head: number;
  n_tokens: number;
  d_head: number;
  tile: number;
  standard: KeptTensor[];
  flash: KeptTensor[];
  tiles: number;
  all_tiles: number;
  forward_flops: number;
  backward_flops: number;
  forward_bytes: number;
  backward_bytes: number;
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

export interface KindAccepted {
  kind: string;
  texts: number;
  alpha: OverTexts;
  decided: number;
  kept: number;
  tokens: number[];
}

export interface KindsOfHeads {
  /** "layer head" */
  previous: Floats;
  /** "layer head" */
  sink: Floats;
  /** "layer head" */
  entropy: Floats;
  /** "layer head" */
  induction: Floats;
}

export interface KneeBeside {
  name: string;
  offered: number | null;
  last: boolean;
  ttft: number;
  tpot: number;
  whole: number;
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

export interface LadderFormat {
  name: string;
  title: string;
  misfit: string | null;
}

export interface LanesBeside {
  same_text: boolean;
  nbytes: number;
  characters: number;
  tokens: number[];
  own: OtherTokenizer | null;
}

export interface LanguageColumn {
  name: string;
  title: string;
  reason: string;
  /** "language" */
  counts: Ints;
  /** "language" */
  unknown: Ints;
}

export interface LanguageRow {
  code: string;
  name: string;
  characters: number;
  nbytes: number;
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

export interface LatentAttention {
  q_rank: number | null;
  kv_rank: number;
  d_nope: number;
  d_rope: number;
  d_value: number;
}

export interface LatticeCut {
  pieces: number[];
  score: number;
  share: number;
}

export interface LatticePiece {
  start: number;
  end: number;
  text: string;
  score: number;
  share: number;
  unknown: boolean;
}

export interface LayoutRatio {
  ranks: number;
  causal: boolean;
  busiest: TimesAsLong | null;
  wall: TimesAsLong | null;
}

export interface LayoutReading {
  rows: string;
  rotation: string;
  right: boolean;
  loss: number;
  perplexity: number;
  agrees: number;
  /** "token" */
  losses: Floats;
}

export interface LeakItem {
  kind: string;
  text: string;
  leaked: boolean;
  overlap: number;
}

export interface LeakStep {
  step: number;
  loss: number;
  auroc: Record<string, number>;
}

export interface LearnedMap {
  /** "pos d_model" */
  table: Floats;
  /** "kept" */
  similarity: Floats;
}

export interface Lengths {
  d_out: number;
  dq: number;
  dk: number;
  dv: number;
}

export interface LensBefore {
  n: number;
  /** "depth n" */
  ids: Ints;
  /** "depth n" */
  probs: Floats;
  /** "depth n" */
  moved: Floats;
  changed: number;
}

export interface LensPatch {
  text: string;
  layer: number;
  position: number;
}

export interface LensSecond {
  text: string;
  tokens: number[];
  start: number;
  n: number;
  k: number;
  depths: number;
  /** "depth pos k" */
  ids: Ints;
  /** "depth pos k" */
  probs: Floats;
}

export interface LensTarget {
  id: number;
  moved: MovedNumber;
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

export interface LikeText {
  ids: number[];
  /** "pos pos" */
  cosines: Floats;
  mean: number;
}

export interface Likeness {
  /** "row other" */
  hundredths: Ints;
  /** "distance" */
  mean: Floats;
  /** "distance" */
  low: Floats;
  /** "distance" */
  high: Floats;
  /** "row named" */
  nearest: Ints;
  /** "row named" */
  farthest: Ints;
  /** "row" */
  length: Floats;
}

export interface LineupEntry {
  name: string;
  title: string;
  kind: string;
  owner: string;
  context: number;
  cost: number;
}

export interface ListedPair {
  left: string;
  right: string;
  used: boolean;
  added: boolean;
}

export interface ListedRun {
  title: string;
  pairs: ListedPair[];
  path: ContestPath;
  pieces: string[];
  as_said: boolean;
}

export interface LoadBeside {
  model: string;
  step: Milliseconds;
  ways: KneeBeside[];
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

export interface MachineRate {
  best: number;
  median: number;
  low: number;
  high: number;
}

export interface MachineSpeed {
  flops: MachineRate;
  bandwidth: MachineRate;
  rounds: number;
  threads: number;
  cores: number;
  load: number | null;
  at: number;
}

export interface MarksBeside {
  after: string;
  before: string;
  here: WrittenMark[];
  there: WrittenMark[];
}

export interface MaskTimes {
  free: Milliseconds;
  masked: Milliseconds;
  mask: Milliseconds;
  ratio: TimesAsLong | null;
  steps: number;
}

export interface MaskedStep {
  token: number;
  u: number;
  forbidden: number;
  n_allowed: number;
  own: number;
  given: number;
  wanted: number;
  wanted_p: number;
  ids: number[];
  p: number[];
  q: number[];
  drawn: number[];
  allowed: boolean[];
  rest: [number, number];
}

export interface MatrixBeside {
  model: string;
  matrix: string;
  out: number;
  d_in: number;
  errors: (number | null)[];
}

export interface Measured {
  over: "others" | "mean" | "rival" | "raw";
  rival: number | null;
  reference: number;
  lead: number;
}

export interface MemoryCalibration {
  model: string;
  here: MemoryRow;
  weights: WeighedWeights;
  caches: WeighedCache[];
  block: number;
  run: RunMeasured | null;
  config: string;
  base: CalibrationBeside | null;
}

export interface MemoryFormats {
  asked: ServingAsked;
  wrong: string | null;
  name: string;
  sizes: Sizes | null;
  capacity: number;
  formats: FormatOnCard[];
  ground: ServingGround;
}

export interface MemoryModels {
  models: MemoryRow[];
  own: MemoryRow | null;
  asked: ServingAsked;
  proved: [number, number];
  ground: ServingGround;
}

export interface MemoryRow {
  name: string;
  sizes: DecoderSizes;
  total: number;
  active: number;
  quoted: number | null;
  bytes: Record<string, number>;
  kv_numbers: number;
  windows: ([number, number | null])[];
  proved: number;
}

export interface MemoryTable {
  models: LargeModel[];
  rows: FormatMemory[];
  about: number;
}

export interface MergeStep {
  rank: number;
  index: number;
  bytes: string[];
  id: number;
}

export interface Milliseconds {
  ms: number;
  low: number;
  high: number;
}

export interface MixtureRatio {
  other: string;
  batch: number;
  median: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface ModelChoice {
  name: string;
  title: string;
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

export interface MovedLine {
  kernel: string;
  rows: number;
  columns: number;
  formula: MovedPoint[];
  counted: MovedPoint[];
}

export interface MovedNumber {
  over: "others" | "mean" | "rival" | "raw";
  before: number;
  after: number;
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

export interface NearThere {
  table: "W_E" | "W_U";
  ids: number[];
  /** "near" */
  cosines: Floats;
  /** "bin" */
  counts: Ints;
  norm: number;
  longer: number;
  texts: string[];
  here: (number | null)[];
  cosines_here: (number | null)[];
  shared: number[];
}

export interface NearTokens {
  table: "W_E" | "W_U";
  ids: number[];
  /** "near" */
  cosines: Floats;
  /** "bin" */
  counts: Ints;
  norm: number;
  longer: number;
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

export interface NeighboursBeside {
  model: string;
  id: number;
  label: string;
  same: boolean;
  tied: boolean;
  d_vocab: number;
  d_model: number;
  sides: NearThere[];
}

export interface NextTokenSlope {
  token: string;
  id: number | null;
  left: number | null;
  right: number | null;
  target: boolean;
}

export interface NormOpened {
  kind: "rms" | "layer";
  eps: number;
  /** "pos" */
  scale: Floats;
  /** "pos" */
  after: Floats;
  mean: number;
  /** "d_model" */
  before: Floats;
  /** "d_model" */
  weight: Floats;
  bias: Floats | null;
  /** "d_model" */
  out: Floats;
}

export interface NormsGradients {
  seed: number;
  norm: "rms" | "layer";
  draws: number;
  d_model: number;
  n_heads: number;
  read: number;
  distinct: number;
  depths: number[];
  found: AtDepth[];
  exponents: Record<string, number | null>;
}

export interface NormsMean {
  /** "depth pos" */
  difference: Floats;
  /** "depth pos" */
  share: Floats;
  layer: number;
  position: number;
  kind: "rms" | "layer";
  /** "place norm d_model" */
  rows: Floats;
}

export interface NormsScale {
  layer: number;
  position: number;
  norms: Record<string, NormOpened>;
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

export interface NumberLimits {
  label: string;
  low: number;
  high: number;
  start: number;
  unit: string;
  broken: boolean;
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

export interface OneItemOpened {
  task: string;
  item: number;
  items: number;
  shots: number;
  gold: number;
  prompt: PromptPart[];
  prompt_tokens: number;
  choices: ItemChoice[];
  rules: ItemRule[];
  brier: number;
  changes: ItemChange[];
  total: number;
  beside: string;
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
  base: RowBeside | null;
}

export interface OtherMemory {
  memory: number;
  moved: number[];
}

export interface OtherTokenizer {
  title: string;
  size: number;
  here: number;
  there: number;
}

export interface Outcome {
  /** "pos" */
  kl: Floats;
  /** "next" */
  nll: Floats;
  /** "pos" */
  top: Ints;
  /** "pos" */
  top_p: Floats;
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

export interface Outputs {
  /** "used" */
  experts: Ints;
  /** "used" */
  lengths: Floats;
  /** "used" */
  parts: Floats;
  cosine: number | null;
}

export interface OverTexts {
  mean: number;
  low: number | null;
  high: number | null;
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

export interface Pace {
  weights_read: number;
  cache_read: number;
  step: number;
  memory_bound: boolean;
  prefill_flops: number;
  prefill: number | null;
}

export interface PagedStory {
  block_size: number;
  n_blocks: number;
  n_prompt: number;
  cut: boolean;
  per_token: number;
  block_bytes: number;
  most: number;
  frames: PoolFrame[];
  sizes: BlockSizeTotals[];
}

export interface PairItem {
  prefix: string;
  right: string;
  wrong: string;
  first: number;
  second: number;
}

export interface PairedVerdict {
  first: ScoreBounds;
  second: ScoreBounds;
  difference: ScoreBounds;
  clustered: ScoreBounds;
  error: number;
  clustered_error: number;
  both: number;
  neither: number;
  only_first: number;
  only_second: number;
  p: number;
  needed: number | null;
}

export interface PartGrid {
  rows: string[];
  n_layers: number;
  /** "matrix" */
  row: Ints;
  /** "matrix" */
  layer: Ints;
}

export interface PartWork {
  part: string;
  formula: number[];
  counted: number[];
}

export interface PartsBeside {
  model: string;
  worst: string;
  worst_kl: number;
  kinds: [string, number][];
  everything: number;
  added: number;
}

export interface PastEnd {
  name: string;
  scheme: string;
  reads: boolean;
  said: string;
}

export interface PastedModel {
  name: string;
  sizes: Sizes | null;
  wrong: string | null;
}

export interface Percentiles {
  p50: number;
  p99: number;
}

export interface PerplexityNumber {
  value: number;
  error: number | null;
}

export interface PerplexitySurprise {
  ids: number[];
  ways: PerplexityWay[];
  total: number;
  /** "way pos" */
  nats: Floats;
  /** "way pos" */
  context: Ints;
  starts: number[][];
  documents: number;
  words: number;
  bytes: number;
  bos: number;
  eos: number | null;
  beside: string;
}

export interface PerplexityWay {
  name: "whole" | "whole_eos" | "whole_bare" | "disjoint" | "cut" | "context" | "strided";
  prefix: number | null;
  length: number;
  step: number;
  passes: number;
  read: number;
  scored: number;
  token: PerplexityNumber;
  word: PerplexityNumber;
  byte: PerplexityNumber;
  bits_per_byte: PerplexityNumber;
  there: number | null;
}

export interface PhasesBeside {
  model: string;
  n_prompt: number;
  n_new: number;
  same: boolean;
  passes: TimedPass[];
  ttft: Milliseconds;
  tpot: Milliseconds | null;
  ttft_times: TimesAsLong | null;
  tpot_times: TimesAsLong | null;
}

export interface PhasesPicture {
  matrices: number;
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_model: number;
  d_vocab: number;
  n_experts: number;
  k: number;
  prompt: number[];
  new: number[];
  stopped: string;
  same: boolean;
  passes: TimedPass[];
  ratio: TimesAsLong | null;
  ttft: Milliseconds;
  tpot: Milliseconds | null;
  rounds: number;
  of_rounds: number;
  threads: number;
  base: PhasesBeside | null;
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

export interface PlaceThere {
  rank: number;
  size: number;
  weight: number;
  token: string;
  read: string;
  same: boolean;
  same_read: boolean;
}

export interface PlacesBeside {
  model: string;
  same: number;
  both: number;
  places: PlaceThere[];
}

export interface PlantedLeaks {
  items: LeakItem[];
  course: LeakStep[];
  scores: Record<string, number[]>;
  steps: number;
  words: number;
}

export interface PolicyCourse {
  name: string;
  label: string;
  bytes_each: number;
  bytes: number[];
  ms: Milliseconds;
  slower: TimesAsLong | null;
  kl: number[];
  top: number[];
  codes: number[];
  /** "step packed" */
  held: Ints;
}

export interface PolicyPerplexity {
  name: string;
  label: string;
  bytes: number;
  perplexity: number;
  full: AddedLoss;
  half: AddedLoss;
  same: number;
  kinds: number[];
}

export interface PoolFound {
  blocks: number;
  found: number;
  evicted: number;
  preempted: number;
}

export interface PoolFrame {
  kind: string;
  names: string[];
  feed: Record<string, number[]>;
  events: BlockEvent[];
  tables: Record<string, number[]>;
  lengths: Record<string, number>;
  references: number[];
  slots: number[][];
  findable: number[];
  bytes: number;
  held: number;
  used: number;
  empty: number;
  unshared: number;
  reserved: number;
}

export interface PositionSchemesFamilies {
  library: string;
  families: Family[];
}

export interface PositionSchemesLayouts {
  /** "pos" */
  ids: Ints;
  d_head: number;
  d_rotary: number;
  readings: LayoutReading[];
}

export interface PositionSchemesShuffle {
  title: string;
  tokens: string[];
  /** "pos" */
  order: Ints;
  seed: number;
  /** "depth" */
  without: Floats;
  /** "depth" */
  with_table: Floats;
  likeness_without: number;
  likeness_with: number;
  /** "pos other" */
  cosines_without: Floats;
  /** "pos other" */
  cosines_with: Floats;
  decoder: string;
  /** "depth" */
  causal: Floats;
  base: ShuffleBeside | null;
}

export interface PositionSchemesTable {
  title: string;
  rows: number;
  d_model: number;
  likeness: Likeness;
  refused: string;
  theirs: string;
  length: number;
  ends: PastEnd[];
}

export interface PositionsMaps {
  positions: number;
  d_model: number;
  n_heads: number;
  n_ctx: number;
  kind: string;
  /** "half" */
  speeds: Floats;
  /** "d_model" */
  row: Floats;
  /** "distance" */
  distance: Ints;
  /** "distance" */
  sinusoidal: Floats;
  rope: RopeMap | null;
  learned: LearnedMap | null;
  alibi: AlibiMap;
}

export interface PositionsNtk {
  stretch: number;
  n_ctx: number;
  trained: boolean;
  theta: number;
  d_rotary: number;
  base: number;
  /** "half" */
  inv_freq: Floats;
  /** "half" */
  linear: Floats;
  /** "half" */
  ntk: Floats;
  /** "half" */
  yarn: Floats;
}

export interface PositionsReach {
  factor: number;
  n_ctx: number;
  trained: boolean;
  /** "pos" */
  ids: Ints;
  text: string;
  names: string[];
  distances: number[];
  /** "scheme distance" */
  perplexity: Floats;
  /** "token" */
  first: Floats;
  /** "scheme distance token" */
  second: Floats;
  first_perplexity: number;
}

export interface PositionsRotation {
  position: number;
  layer: number;
  head: number;
  kv: number;
  first: number;
  /** "d_rotary" */
  q: Floats;
  /** "key d_rotary" */
  k: Floats;
  /** "key" */
  rest: Floats;
  /** "key" */
  attention: Floats;
  /** "half" */
  inv_freq: Floats;
  square: number;
  scale: number;
  cap: number | null;
  theta: number;
  d_head: number;
  d_rotary: number;
  n_ctx: number;
  trained: boolean;
  window: number | null;
  base: HandsBefore | null;
}

export interface PositionsScaling {
  factor: number;
  n_ctx: number;
  trained: boolean;
  length: number;
  theta: number;
  d_rotary: number;
  /** "half" */
  inv_freq: Floats;
  schemes: Scheme[];
  own: string | null;
  base: ScalingBeside | null;
}

export interface PromptPart {
  kind: "description" | "example" | "answer" | "question" | "delimiter" | "rest";
  text: string;
}

export interface PromptReading {
  chunk: number;
  passes: [number, number][];
  tokens: number[][];
  long_tokens: number[];
  parts: [number, number][];
  longest_gap: Milliseconds;
  first_token: Milliseconds;
  gap_p50: number;
  whole_over: TimesAsLong | null;
  rounds: number;
}

export interface PublishedRow {
  tokenizer: string;
  algorithm: string;
  size: number;
  used_by: string;
  reason: string;
  ids: number;
  kind: string;
  traits: Traits | null;
  holds: boolean;
  finding: string;
}

export interface QualityBeside {
  model: string;
  perplexity: number;
  points: QualityPoint[];
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
  base: BudgetBeside | null;
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
  base: MatrixBeside | null;
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
  base: PartsBeside | null;
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
  base: QualityBeside | null;
}

export interface QueueAgainstTheory {
  requests: number;
  wait: number;
  theory: number;
  found: number;
  little: number;
  service: number;
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

export interface ReachBeside {
  source: number;
  windows: (number | null)[];
  bound: number[];
  /** "depth distance" */
  change: Floats;
  farthest: number[];
  felt: number[];
}

export interface ReadSide {
  ids: number[];
  special: boolean[];
  next_ids: number[];
  /** "next" */
  next_p: Floats;
  text: number[];
  done: boolean;
}

export interface Reading {
  batch: number;
  even: number;
  expected: number;
  random: Touched;
  consecutive: Touched | null;
}

export interface ReadsBeside {
  /** "layer head key" */
  rows: Ints;
  /** "layer" */
  most: Floats;
}

export interface RealAgainstSimulated {
  way: string;
  passes: number;
  real: number;
  priced: number;
  times: TimesAsLong;
  real_latency: number;
  simulated_latency: number;
}

export interface Reference {
  title: string;
  subtitle: string;
  chapters: number;
}

export interface RemovedBefore {
  kl: number;
  moved: MovedNumber;
  /** "k" */
  before: Floats;
  /** "k" */
  after: Floats;
}

export interface RemovedPiece {
  text: string;
  loss: number;
}

export interface ResidualCompared {
  on: TrainedOn;
  arms: ResidualTraining[];
  checkpoints: TrainedCheckpoint[];
}

export interface ResidualLens {
  start: number;
  n: number;
  k: number;
  depths: number;
  /** "depth pos k" */
  ids: Ints;
  /** "depth pos k" */
  probs: Floats;
  base: LensBefore | null;
  target: LensTarget | null;
  patches: LensPatch[];
  pair: string | null;
  second: LensSecond | null;
  unfit: string;
}

export interface ResidualNorms {
  /** "depth pos" */
  stream: Floats;
  /** "layer pos" */
  attn: Floats;
  /** "layer pos" */
  mlp: Floats;
}

export interface ResidualRank {
  position: number;
  ids: number[];
  depths: number;
  vocab: number;
  /** "token depth" */
  ranks: Ints;
  /** "token depth" */
  probs: Floats;
  first: number | null;
  stays: number | null;
}

export interface ResidualTraining {
  training: BlockTraining;
  gradients: BlockGradients[];
}

export interface ResidualWaterfall {
  embed: number;
  /** "layer" */
  attn: Floats;
  /** "layer" */
  mlp: Floats;
  edits: EditShare[];
  constant: number;
  logit: number;
  measured: Measured;
  position: number;
  target: number;
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

export interface RingBeside {
  length: number;
  layer: number;
  head: number;
  d_head: number;
  ways: WayBeside[];
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
  base: RingBeside | null;
}

export interface RingWay {
  ranks: number;
  kind: "contiguous" | "zigzag";
  causal: boolean;
  work: RankWork[];
  busy: number;
  wall: Milliseconds | null;
}

export interface Role {
  name: string;
  value: number;
  larger: number | null;
  /** "head" */
  all: Floats;
  before: number | null;
}

export interface RoofPicture {
  matrices: number;
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_model: number;
  d_vocab: number;
  n_experts: number;
  k: number;
  machine: MachineSpeed;
  ridge: number;
  passes: RoofedPass[];
  n_prompt: number;
  rounds: number;
  of_rounds: number;
  threads: number;
}

export interface RoofedPass {
  phase: "prefill" | "decode";
  new: number;
  past: number;
  batch: number;
  tokens: number;
  block_flops: number;
  unembed_flops: number;
  attention_flops: number;
  weight_bytes: number;
  cache_bytes: number;
  flops: number;
  bytes: number;
  intensity: number;
  ms: number;
  low: number;
  high: number;
  least: number;
  bound: "memory" | "arithmetic";
  decides: "memory" | "arithmetic" | "neither";
}

export interface RopeMap {
  theta: number;
  d_rotary: number;
  /** "distance" */
  similarity: Floats;
}

export interface RopeWay {
  /** "next" */
  ids: Ints;
  /** "next" */
  p: Floats;
  error: number;
  changed: number;
  /** "pos" */
  kl: Floats;
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

export interface RowBeside {
  /** "key" */
  scores: Floats;
  /** "step" */
  m: Floats;
  /** "step" */
  l: Floats;
  /** "key" */
  softmax: Floats;
  lse: number;
}

export interface RuleExample {
  kind: "regex" | "json";
  rule: string;
}

export interface RuleRefused {
  message: string;
  hint: string;
}

export interface RunMeasured {
  tokens: number;
  activations: number;
  estimate: number;
  memory: number;
  machine: MachineSpeed;
  step: Timing;
  step_bound: number;
  prompt: Timing;
  prompt_bound: number;
}

export interface RunSide {
  name: string;
  own: string;
  query: string;
  model: string;
  text: string;
  position: number;
  answer: string;
  p: number;
}

export interface SamplingStages {
  position: number;
  /** "d_vocab" */
  logits: Floats;
  /** "proved" */
  top_ids: Ints;
  /** "proved" */
  top_p: Floats;
  kept: Record<string, number>;
}

export interface ScalingBeside {
  model: string;
  n_ctx: number;
  length: number;
  theta: number;
  /** "half_there" */
  inv_freq: Floats;
}

export interface Scheme {
  /** "half" */
  inv_freq: Floats;
  /** "half" */
  kept: Floats;
  score_factor: number;
  name: string;
}

export interface ScoreBounds {
  mean: number;
  low: number | null;
  high: number | null;
}

export interface Scoreboard {
  rows: BoardRow[];
  tasks: BoardTask[];
  cells: BoardCell[];
  items: number;
  whole: boolean;
  comparisons: number;
  offered: BoardOffer[];
  choices: string[];
}

export interface SeedDifference {
  name: string;
  each: number[];
  mean: number;
  half: number | null;
  enough: boolean;
  clear: boolean;
}

export interface SeedOfTrainings {
  seed: number;
  arms: BlockTraining[];
}

export interface SentByRank {
  ranks: number;
  ring: number;
  ulysses: number | null;
}

export interface ServedLoad {
  load: number;
  offered: number;
  served: number;
  rate: number;
  first: Percentiles;
  per_token: Percentiles;
  between: Percentiles;
  whole: Percentiles;
  /** "request" */
  ttft: Floats;
  /** "request" */
  tpot: Floats;
}

export interface ServedPrompt {
  name: string;
  ids: number[];
  cut: boolean;
  answer: number[] | null;
  found: number | null;
  ever: number | null;
  preempted: number;
}

export interface ServedRequest {
  arrives: number;
  prompt: number[];
  answer: number[];
  wants: number;
}

export interface ServingAnswer {
  name: string;
  parameters: number;
  active: number;
  weights_title: string;
  stays: string;
  cache_bytes: number;
  device: string;
  sold: Stated | null;
  reported: Stated | null;
  read_at: Stated | null;
  capacity: number;
  bandwidth: number;
  flops: number | null;
  need: CardNeed;
  weights: number;
  stored: number;
  tables: number;
  total: number;
  fits: boolean;
  most_users: number;
  kv_heads: number;
  n_kv_heads: number;
  n_heads: number;
  cached: number;
  n_layers: number;
  held: number;
  latent: boolean;
  divides: boolean;
  remedies: ServingRemedy[];
  pace: Pace;
  together: number;
}

export interface ServingAsked {
  model: string;
  weights: string;
  cache: string;
  batch: number;
  length: number;
  cards: number;
  card: string;
  memory: number;
  gbs: number;
  tflops: number;
  wrong: Record<string, string>;
}

export interface ServingFit {
  asked: ServingAsked;
  wrong: string | null;
  name: string;
  sizes: Sizes | null;
  answer: ServingAnswer | null;
  ground: ServingGround;
  presets: ServingPreset[];
  config: string;
}

export interface ServingGround {
  models: Record<string, Sizes>;
  plain: Sizes;
  pasted: PastedModel;
  schemes: StoredAs[];
  aliases: Record<string, string>;
  bits: Record<string, number>;
  smaller: Record<string, string>;
  caches: CacheAs[];
  cards: CardOffered[];
  start: Record<string, string>;
  limits: Record<string, NumberLimits>;
  own_limits: Record<string, NumberLimits>;
  card_limits: Record<string, NumberLimits>;
  overhead: number;
  chunk: number;
  most_users: number;
  most_cards: number;
  step: number;
}

export interface ServingPreset {
  title: string;
  controls: Record<string, string | number>;
}

export interface ServingRemedy {
  words: string;
  controls: Record<string, string | number>;
  total: number;
  capacity: number;
}

export interface ServingTimeline {
  passes: [number, number][];
  cells: ([number, number, "prefill" | "decode" | "wasted", number | null, number])[];
  preempted: [number, number][];
  found: [number, number, number][];
  latency: (number | null)[];
  first: (number | null)[];
  seconds: number;
  useful: number;
  wasted: number;
  rows: number;
  blocks: number[];
}

export interface ServingWay {
  name: string;
  points: ServedLoad[];
  knee: number | null;
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

export interface Share {
  name: string;
  count: number;
  examples: number[];
}

export interface SharedCharacter {
  text: string;
  first: number;
  last: number;
}

export interface SharedLoad {
  bytes: number;
  intensity: number;
}

export interface SharedPrompts {
  text: string;
  prompts: ServedPrompt[];
  block_size: number;
  n_blocks: number;
  least: number;
  at_once: number;
  block_bytes: number;
  most: number;
  frames: PoolFrame[];
  evicted: number;
  preempted: number;
  finds: PoolFound[];
}

export interface ShotsAnswer {
  question: string;
  answer: string;
  here: number;
  alone: number;
}

export interface ShotsCurve {
  task: string;
  items: number;
  chance: number;
  points: ShotsPoint[];
  total: number;
  stopped: string;
}

export interface ShotsLoss {
  task: string;
  answers: ShotsAnswer[];
  places: ShotsPlace[];
  sequences: number;
  total: number;
  gain: number;
  gain_low: number | null;
  gain_high: number | null;
}

export interface ShotsPlace {
  here: number;
  low: number | null;
  high: number | null;
  alone: number;
}

export interface ShotsPoint {
  shots: number;
  arm: "as drawn" | "reversed" | "second draw" | "third draw";
  accuracy: number;
  low: number;
  high: number;
  won: number;
  lost: number;
  p: number;
}

export interface ShuffleBeside {
  tokens: number;
  likeness_without: number;
  likeness_with: number;
  /** "depth" */
  without: Floats;
  /** "depth" */
  with_table: Floats;
  decoder: string;
  /** "depth" */
  causal: Floats;
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

export interface SimulatedVotes {
  votes: number;
  ratings: number[];
  half: number[];
}

export interface SizedModel {
  name: string;
  own: boolean;
  experts: number;
  values: Record<string, number>;
  d_ff: number;
  outside: string[];
  derived: boolean;
  stated: number | null;
  source: string;
}

export interface Sizes {
  n_layers: number;
  d_model: number;
  n_heads: number;
  n_kv_heads: number;
  d_head: number;
  d_mlp: number;
  d_vocab: number;
  norm: "rms" | "layer";
  norms_per_block: number;
  qk_norm: boolean;
  gated: boolean;
  qkv_bias: boolean;
  output_bias: boolean;
  mlp_bias: boolean;
  tied: boolean;
  learned_positions: number;
  windows: (number | null)[];
  n_experts: number;
  experts_per_token: number;
  n_shared: number;
  n_dense: number;
  d_dense: number;
  router_bias: boolean;
  sinks: boolean;
  latent: LatentAttention | null;
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

export interface SpecBars {
  ids: number[];
  p: number[];
  q: number[];
  own_p: number[];
  own_q: number[] | null;
  rest: [number, number, number];
}

export interface SpecBeside {
  text: TextBeside;
  passes: number[];
  tested: number;
  accepted: number;
  overlap: number | null;
  ratio: TimesAsLong | null;
  repeats: number;
}

export interface SpecRound {
  start: number;
  ids: number[];
  accepted: number;
  next: number;
  u: number[];
  next_u: number;
  chance: number[];
  overlap: number[];
  copied_from: number | null;
  matched: number;
  draft_ms: number;
  verify_ms: number;
  judge_ms: number;
  plain_ms: number;
  bars: SpecBars[];
}

export interface SpecialToken {
  id: number;
  roles: string[];
  words: string;
  template: boolean;
  stops: boolean;
  lead: boolean;
  norm: number | null;
}

export interface SpecialTokensConversation {
  reason: string;
  turns: ChatTurn[];
  answer: boolean;
  pieces: TemplatePiece[];
  chunks: TemplateChunk[];
  ids: number[];
  special: boolean[];
  said: boolean[];
  lead: number[];
  names: string[];
  base: ConversationBeside | null;
}

export interface SpecialTokensInjection {
  reason: string;
  said: string;
  usual: string;
  tried: number[];
  first: number;
  start: number;
  after: number;
  text: ReadSide | null;
  token: ReadSide | null;
  kl: number | null;
  other: Floats | null;
}

export interface SpecialTokensTable {
  tokens: SpecialToken[];
  count: number;
  d_vocab: number;
  typical_norm: number;
  template: boolean;
}

export interface SpeculationRounds {
  kinds: string[];
  draft: string;
  blocks: number;
  gamma: number;
  temperature: number;
  seed: number;
  new: number;
  n_layers: number;
  n_prompt: number;
  context: number[];
  new_ids: number[];
  rounds: SpecRound[];
  seconds: number;
  plain_seconds: number;
  mine_ms: Milliseconds | null;
  plain_ms: Milliseconds | null;
  ratio: TimesAsLong | null;
  repeats: number;
  of_repeats: number;
  tested: number;
  accepted: number;
  overlap: number | null;
  stopped: boolean;
  unmodified: boolean;
  base: SpecBeside | null;
  opened: DraftOpening | null;
}

export interface SpeculativeCorpus {
  kinds: string[];
  draft: string;
  blocks: number;
  gamma: number;
  temperature: number;
  seed: number;
  new: number;
  n_layers: number;
  alpha: OverTexts;
  by_kind: KindAccepted[];
  places: DraftPlace[];
  counted: OverTexts[];
  expected: number[];
  temperatures: number[];
  by_temperature: OverTexts[];
  speed: DraftWorth | null;
  raced_gammas: number[];
  raced: TimesAsLong[];
  rounds: number;
  texts: number;
  of_texts: number;
  races: number;
  of_races: number;
  texts_each: number;
  base: CorpusBeside | null;
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

export interface Stated {
  said: string;
  title: string;
  address: string;
}

export interface StepsBeside {
  title: string;
  same_tokenizer: boolean;
  same_text: boolean;
  n_bytes: number;
  n_pieces: number;
  n_tokens: number;
  n_alike: number;
  pieces: EncodedPiece[];
  first: number;
  here: number[];
  alike: boolean[];
  word: number;
  path: ContestPath | null;
}

export interface StoredAs {
  name: string;
  title: string;
  stays: string;
  packs: "all" | "mix" | "blocks" | "experts";
  format: string;
  base: string;
}

export interface StoredChoice {
  budget: number;
  /** "matrix" */
  chosen: Ints;
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

export interface StreamBeside {
  changes: string[];
  positions: number;
  /** "depth" */
  middle: Floats;
}

export interface StrongestHead {
  layer: number;
  head: number;
  share: number;
}

export interface TemplateChunk {
  piece: number;
  turn: number;
  text: string;
  tokens: number[];
}

export interface TemplatePiece {
  kind: "text" | "value" | "statement";
  source: string;
  line: number;
  depth: number;
}

export interface TemplateSide {
  ids: number[];
  special: boolean[];
  count: number;
}

export interface TextBeside {
  pieces: string[];
  shared: number;
  same_tokens: boolean;
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

export interface ThreeShapes {
  text: string;
  decoder: DecoderMap;
  writer: WriterMaps;
  encoder: EncoderMap;
}

export interface ThroughputByLoad {
  decode: CallTime[];
  prefill: CallTime[];
  spread: number;
  rounds: number;
  of_rounds: number;
  ways: ServingWay[];
  real: RealAgainstSimulated[];
  queue: QueueAgainstTheory | null;
  step: number;
  loads: number;
  requests: number;
  slots: number;
  chunk: number;
  long_share: number;
  seed: number;
  threads: number;
  base: LoadBeside | null;
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

export interface TimedPass {
  phase: "prefill" | "decode";
  new: number;
  past: number;
  batch: number;
  tokens: number;
  block_flops: number;
  unembed_flops: number;
  attention_flops: number;
  weight_bytes: number;
  cache_bytes: number;
  flops: number;
  bytes: number;
  intensity: number;
  ms: number;
  low: number;
  high: number;
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

export interface TimesAsLong {
  median: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface Timing {
  median: number;
  low: number;
  high: number;
  rounds: number;
}

export interface TokenizersHabits {
  cases: WorkedCase[];
  missing: string[];
  total: number;
}

export interface TokenizersLanes {
  source: string;
  text: string;
  nbytes: number;
  characters: number;
  lineup: LineupEntry[];
  chosen: string[];
  lanes: ComparedLane[];
  alike: CutAlike | null;
  base: LanesBeside | null;
}

export interface TokenizersLanguages {
  title: string;
  languages: LanguageRow[];
  columns: LanguageColumn[];
  total: number;
}

export interface TokenizersPublished {
  rows: PublishedRow[];
  total: number;
}

export interface TokensBeside {
  position: number[];
  ids: number[];
  next_id: number[];
  /** "pos" */
  next_p: Floats;
  apart: Floats | null;
}

export interface TokensChat {
  has_template: boolean;
  plain: TemplateSide;
  chat: TemplateSide;
  at: number;
  n_special: number;
  used: "chat" | "plain";
}

export interface TokensMerges {
  position: number;
  applies: boolean;
  reason: string;
  alone: boolean;
  start: string[];
  steps: MergeStep[];
  n_merges: number;
  ids: number[];
  run_ids: number[];
  selected: number;
}

export interface TokensTable {
  bytes: string[];
  special: boolean[];
  start: number[];
  /** "pos" */
  norm: Floats;
  /** "pos" */
  next_id: Ints;
  /** "pos" */
  next_p: Floats;
  shared: SharedCharacter[];
  prompt: Compression;
  base: WrittenBefore | null;
  beside: TokensBeside | null;
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

export interface TradedText {
  alpha: number;
  ids: number[];
  repetition: number[];
  diversity: number;
  mean_logprob: number;
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

export interface TrainedCheckpoint {
  arm: string;
  step: number;
  model: string;
}

export interface TrainedOn {
  blocks: number;
  steps: number;
  texts: string;
  seed: number;
  d_model: number;
  peak: number;
  tokens_per_step: number;
  held_tokens: number;
  by_frequency: number;
}

export interface TrainerColumn {
  title: string;
  alphabet: number;
  pieces: string[];
  counts: number[];
  alone: boolean[];
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

export interface TrainingPruning {
  after: number;
  pieces: number;
  gone: number;
  nearly: RemovedPiece[];
  useless: string[];
  n_useless: number;
}

export interface TrainingRound {
  number: number;
  pieces: number;
  dropped: number;
  bits: number;
  tokens: number;
}

export interface Traits {
  tokens: number;
  bytes_alone: number;
  marked: number;
  named_bytes: number;
  continuing: number;
  longer: number;
  out_of_order: number;
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

export interface TwoDepths {
  targets: string[];
  sides: DepthSide[];
}

export interface TwoModels {
  first: string;
  second: string;
  items: PairItem[];
  total: number;
  clusters: number;
  verdict: PairedVerdict | null;
  wrong: string;
}

export interface TwoParts {
  names: string[];
  targets: string[];
  ids: number[];
  sides: string[];
  measured: Measured;
  /** "lead run part" */
  values: Floats;
  /** "lead run" */
  leads: Floats;
  whole: boolean;
}

export interface TwoWords {
  first: RunSide;
  second: RunSide | null;
  tokens: AlignedToken[];
  before: number;
  after: number;
  slopes: NextTokenSlope[];
  targets: string[];
  kl: number | null;
  models: ModelChoice[];
  pair: string | null;
}

export interface Typical {
  symbol: string;
  name: string;
  said: string;
  low: number;
  high: number | null;
}

export interface UnigramLatticeDraws {
  text: string;
  reason: string;
  alpha: number;
  draws: number;
  seed: number;
  library: string;
  cuts: DrawnCut[];
  others: DrawnCut | null;
  distinct: number;
  tokens: number;
  best_tokens: number;
}

export interface UnigramLatticeLattice {
  settings: UnigramSettings;
  n_tokens: number;
  typed: string;
  reason: string;
  note: string;
  letters: string[];
  pieces: LatticePiece[];
  best: (number | null)[];
  cuts: LatticeCut[];
  n_cuts: number;
  others: number;
}

export interface UnigramLatticeTraining {
  settings: UnigramSettings;
  characters: number;
  words: number;
  seeds: number;
  singles: number;
  rounds: TrainingRound[];
  prunings: TrainingPruning[];
  done: boolean;
  reason: string;
  bits: number | null;
  library_bits: number | null;
  learned: string[];
}

export interface UnigramSettings {
  vocabulary: "xlmr" | "trained";
  published: string;
  passage: string;
  size: number;
  least: number;
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

export interface VocabularyAnalogies {
  table: "W_E" | "W_U";
  tied: boolean;
  asked: AskedAnalogy[];
  left_out: string[];
  total: number;
}

export interface VocabularyMap {
  scope: string;
  id: number;
  /** "point" */
  ids: Ints;
  /** "point" */
  x: Floats;
  /** "point" */
  y: Floats;
  /** "point" */
  kinds: Ints;
  classes: string[];
  near: number[];
  explained: number[];
  rows: number;
  d_vocab: number;
  d_model: number;
}

export interface VocabularyNeighbours {
  id: number;
  own: boolean;
  tied: boolean;
  apart: number | null;
  says_tied: boolean;
  d_vocab: number;
  d_model: number;
  sides: NearTokens[];
  base: NeighboursBeside | null;
  alike: boolean;
}

export interface VocabularySearch {
  query: string;
  by: string;
  wrong: string;
  chosen: number;
  position: number;
  own: boolean;
  count: number;
  d_vocab: number;
  found: Found[];
}

export interface VocabularyStatistics {
  d_vocab: number;
  kinds: Share[];
  scripts: Share[];
  /** "length" */
  lengths: Ints;
  mean_length: number;
  longest: number[];
  leading_space: number;
  copies: number;
}

export interface VocabularyUnderTrained {
  by: "unused" | "length";
  n_unused: number;
  unused: number[];
  suspected: AskedToken[];
  control: AskedToken[];
  prompt: number[];
  chance: number | null;
}

export interface WalkBefore {
  embed: number;
  /** "layer" */
  attn: Floats;
  /** "layer" */
  mlp: Floats;
  /** "depth" */
  norms: Floats;
  logit: number;
  lead: number;
  p: number;
  kl: number;
  next: Ends;
}

export interface WalkBlock {
  position: number;
  layer: number;
  target: number;
  n_heads: number;
  n_kv_heads: number;
  d_mlp: number;
  formula: [string, string];
  measured: Measured;
  attn: number;
  mlp: number;
  /** "head" */
  heads: Floats;
  /** "head cells" */
  maps: Ints;
  cells: number;
  stride: number;
  neurons: WalkNeuron[];
  experts: WalkExpert[];
  n_experts: number;
  lengths: number[];
  /** "d_model" */
  before: Floats;
  /** "d_model" */
  after: Floats;
}

export interface WalkExpert {
  expert: number;
  weight: number;
  share: number;
  says: number[];
}

export interface WalkNeuron {
  index: number;
  activation: number;
  share: number;
  says: number[];
}

export interface WalkRiver {
  embed: number;
  /** "layer" */
  attn: Floats;
  /** "layer" */
  mlp: Floats;
  /** "depth" */
  norms: Floats;
  position: number;
  target: number;
  vocabulary: number;
  token: WalkToken;
  targets: WalkTarget[];
  /** "layer" */
  edits: Floats;
  constant: number;
  measured: Measured;
  /** "layer" */
  attn_norms: Floats;
  /** "layer" */
  mlp_norms: Floats;
  /** "layer" */
  attn_cosines: Floats;
  /** "layer" */
  mlp_cosines: Floats;
  direction: number;
  /** "depth" */
  lens_ids: Ints;
  /** "depth" */
  lens_p: Floats;
  /** "depth" */
  target_rank: Ints;
  /** "depth" */
  target_p: Floats;
  /** "d_model" */
  embedding: Floats;
  rms: number;
  norm_word: "rms" | "deviation";
  logit: number;
  p: number;
  logsumexp: number;
  next: Ends;
  sample: WalkSample | null;
  next_given: number | null;
  next_given_p: number | null;
  why: Why;
  base: WalkBefore | null;
}

export interface WalkSample {
  kept: number;
  ids: number[];
  probabilities: number[];
  rest: number;
  kept_shown: boolean[];
  chosen: number | null;
  u: number | null;
  low: number;
  high: number;
  forced: boolean;
  temperature: number;
  words: string;
}

export interface WalkTarget {
  id: number;
  p: number;
  logit: number;
}

export interface WalkToken {
  id: number;
  bytes: number[];
  start: number;
  end: number;
  is_row: boolean;
}

export interface WallBeside {
  n: number;
  /** "layer head cells" */
  maps: Ints;
  /** "layer head" */
  apart: Floats;
  queries: number;
}

export interface WayAgainst {
  chunk: number;
  longest_gap: TimesAsLong | null;
  first_token: TimesAsLong | null;
}

export interface WayBeside {
  ranks: number;
  kind: "contiguous" | "zigzag";
  causal: boolean;
  totals: RankTotals[];
  milliseconds: number;
}

export interface WayGrowth {
  times: Milliseconds[];
  power: Exponents;
  token_passes: number[];
  attention_flops: number[];
  attention_times: Milliseconds[];
  attention_times_power: Exponents;
  passes_power: number;
  attention_power: number;
}

export interface WeighedCache {
  layout: string;
  batch: number;
  length: number;
  formula: number;
  tensors: number;
  books: number;
  whole: boolean;
}

export interface WeighedWeights {
  count: number;
  bytes: number;
  formula_count: number;
  formula_bytes: number;
}

export interface Why {
  named: WhyPart[];
  explained: number;
  toward: number;
  back: number;
  against: WhyPart | null;
  others: number;
  rest: number;
  ahead: WhyAhead | null;
  direct: StrongestHead;
  contrast: StrongestHead | null;
}

export interface WhyAhead {
  token: number;
  p: number;
  lead: number;
  part: WhyPart;
}

export interface WhyPart {
  kind: "embedding" | "attention" | "mlp" | "intervention" | "biases";
  layer: number | null;
  share: number;
  read: WhyRead | null;
}

export interface WhyRead {
  position: number;
  token: number;
  share: number;
  readers: WhyReader[];
  /** "key" */
  given: Floats;
}

export interface WhyReader {
  head: number;
  weight: number;
  share: number;
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
  base: ReachBeside | null;
}

export interface WordNow {
  id: number;
  before: number;
  now: number;
  rank_before: number;
  rank_now: number;
  other: number | null;
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

export interface WordpieceBefore {
  text: string;
  reason: string;
  stages: WordpieceStage[];
  decoded: string;
  same: boolean;
  unknown: string[];
  base: BeforeBeside | null;
}

export interface WordpieceBeside {
  shortened: boolean;
  words: WordpieceWord[];
  here: number[];
  alike: boolean[];
  word: number;
  steps: WordpieceStep[];
  tries: number;
  n_tokens: number;
}

export interface WordpieceGreedy {
  typed: boolean;
  text: string;
  shortened: boolean;
  instead: boolean;
  reason: string;
  words: WordpieceWord[];
  word: number;
  steps: WordpieceStep[];
  tries: number;
  missing: string;
  n_vocabulary: number;
  n_tokens: number;
  max_characters: number;
  base: WordpieceBeside | null;
}

export interface WordpiecePart {
  text: string;
  before: string;
}

export interface WordpieceStage {
  name: string;
  about: string;
  changed: number;
  parts: WordpiecePart[];
}

export interface WordpieceStep {
  start: number;
  tries: WordpieceTry[];
  left_out: number;
  id: number;
}

export interface WordpieceTry {
  text: string;
  found: boolean;
}

export interface WordpieceWord {
  text: string;
  source: string;
  tokens: string[];
  ids: number[];
  why: string;
  better: string[];
}

export interface WordsBeside {
  changes: string[];
  likeliest: number;
  p: number;
  kl: number | null;
}

export interface WorkedCase {
  name: string;
  title: string;
  texts: string[];
  fact: string;
  rows: WorkedRow[];
}

export interface WorkedRow {
  name: string;
  title: string;
  texts: WorkedText[];
}

export interface WorkedText {
  pieces: string[];
  ids: number[];
  hexes: string[];
  lost: boolean;
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

export interface WrittenBefore {
  ids: number[];
  first: number | null;
  special: boolean[];
}

export interface WrittenMark {
  id: number;
  text: string;
  special: boolean;
}

export interface WrittenStep {
  id: number;
  p: number;
  ids: number[];
  probabilities: number[];
}
