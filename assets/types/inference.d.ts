// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { LatentAttention } from "./architectures";
import type { Floats, Ints, MachineSpeed, Milliseconds, TimesAsLong, Timing } from "./shared";
import type { GenerationWork } from "./systems";

export interface AddedLoss {
  over: OverTexts;
  verdict: "more" | "less" | "within" | "same" | "unknown";
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
  changed: boolean;
  opened: BeamOpening | null;
}

export interface BlockEvent {
  kind: string;
  sequence: string;
  block: number;
  source: number | null;
  start: number;
  end: number;
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

export interface CacheAs {
  name: string;
  title: string;
  bytes: number;
}

export interface CacheBlocks {
  position: number;
  /** "layer kv_head key" */
  read: Ints;
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

export interface ConstrainedText {
  form: string;
  kind: "regex" | "json";
  rule: string;
  temperature: number;
  seed: number;
  new: number;
  examples: Record<string, RuleExample>;
  changed: boolean;
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
  changed: boolean;
}

export interface ContrastiveTrade {
  k: number;
  length: number;
  alphas: number[];
  texts: TradedText[];
}

export interface CorpusBeside {
  blocks: number;
  n_layers: number;
  alpha: OverTexts;
  by_kind: OverTexts[];
  counted: OverTexts[];
  by_temperature: OverTexts[];
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
}

export interface Exponents {
  median: number;
  least: number;
  most: number;
}

export interface FormatOnCard {
  name: string;
  title: string;
  stays: string;
  parts: Record<string, number>;
  total: number;
}

export interface GreedyText {
  ids: number[];
  totals: number[];
  nodes: number[];
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

export interface KindAccepted {
  kind: string;
  texts: number;
  alpha: OverTexts;
  decided: number;
  kept: number;
  tokens: number[];
}

export interface KneeBeside {
  name: string;
  offered: number | null;
  last: boolean;
  ttft: number;
  tpot: number;
  whole: number;
}

export interface LikeText {
  ids: number[];
  /** "pos pos" */
  cosines: Floats;
  mean: number;
}

export interface LoadBeside {
  model: string;
  step: Milliseconds;
  ways: KneeBeside[];
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

export interface MemoryCalibration {
  model: string;
  here: MemoryRow;
  weights: WeighedWeights;
  caches: WeighedCache[];
  block: number;
  run: RunMeasured | null;
  config: string;
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

export interface NumberLimits {
  label: string;
  low: number;
  high: number;
  start: number;
  unit: string;
  broken: boolean;
}

export interface OverTexts {
  mean: number;
  low: number | null;
  high: number | null;
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

export interface PastedModel {
  name: string;
  sizes: Sizes | null;
  wrong: string | null;
}

export interface Percentiles {
  p50: number;
  p99: number;
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

export interface QueueAgainstTheory {
  requests: number;
  wait: number;
  theory: number;
  found: number;
  little: number;
  service: number;
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

export interface SpecBars {
  ids: number[];
  p: number[];
  q: number[];
  own_p: number[];
  own_q: number[] | null;
  rest: [number, number, number];
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
  changed: boolean;
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

export interface Stated {
  said: string;
  title: string;
  address: string;
}

export interface StoredAs {
  name: string;
  title: string;
  stays: string;
  packs: "all" | "mix" | "blocks" | "experts";
  format: string;
  base: string;
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

export interface TradedText {
  alpha: number;
  ids: number[];
  repetition: number[];
  diversity: number;
  mean_logprob: number;
}

export interface WayAgainst {
  chunk: number;
  longest_gap: TimesAsLong | null;
  first_token: TimesAsLong | null;
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
