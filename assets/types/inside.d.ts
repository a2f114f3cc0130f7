// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface AttributionGraph {
  /** "pos" */
  ids: Ints;
  of: number;
  first: number;
  n_layers: number;
  width: number;
  all_nodes: number;
  all_edges: number;
  replacement: number;
  completeness: number;
  of_inputs: number;
  explained: number[];
  placebo: number[];
  answer: number;
  probability: number;
  value: number;
  /** "node" */
  kinds: Ints;
  /** "node" */
  layers: Ints;
  /** "node" */
  positions: Ints;
  /** "node" */
  numbers: Ints;
  /** "node" */
  acts: Floats;
  /** "node" */
  influence: Floats;
  /** "node" */
  cumulative: Floats;
  /** "node" */
  predicted: Floats;
  /** "node" */
  frozen: Floats;
  /** "node" */
  live: Floats;
  /** "node name" */
  raises: Ints;
  /** "edge" */
  sources: Ints;
  /** "edge" */
  targets: Ints;
  /** "edge" */
  shares: Floats;
  /** "edge" */
  effects: Floats;
  /** "edge" */
  edge_predicted: Floats;
  /** "edge" */
  edge_live: Floats;
  by_live: GraphAgreement;
  by_frozen: GraphAgreement;
  by_edges: GraphAgreement;
  texts: NodeTexts[];
}

export interface AutoencoderCurves {
  /** "point" */
  step: Ints;
  /** "point" */
  explained: Floats;
  /** "point" */
  l0: Floats;
  /** "point" */
  dead: Ints;
  /** "smooth" */
  loss_step: Floats;
  losses: Record<string, Floats>;
}

export interface Birth {
  name: string;
  seeds: number;
  count: number;
  mean: number | null;
  half: number | null;
  accuracy: number;
}

export interface BornCourse {
  name: string;
  layers: number;
  std: number;
  seed: number;
  /** "point" */
  step: Ints;
  /** "point" */
  accuracy: Floats;
  /** "point" */
  best: Floats;
  born: number;
  /** "smooth" */
  loss_step: Floats;
  /** "smooth" */
  loss: Floats;
}

export interface BornHeads {
  /** "point layer head" */
  previous: Floats;
  /** "point layer head" */
  induction: Floats;
  /** "point below head" */
  composition: Floats;
  below: number;
  head: number;
  /** "pos" */
  ids: Ints;
  period: number;
  /** "point part query key" */
  pictures: Ints;
  accuracy: number | null;
  score: number | null;
  without_accuracy: number[];
  without_score: number[];
  terms: number[];
  pair: number[];
  without_pair: number[];
  without_others: number[];
}

export interface CircuitEdge {
  source: number;
  target: number;
  read: string;
  score: number;
}

export interface CircuitGraph {
  task: TaskShown;
  problem: string;
  pair: PairShown | null;
  n_layers: number;
  n_heads: number;
  /** "part" */
  layers: Ints;
  /** "part" */
  heads: Ints;
  /** "part" */
  estimates: Floats;
  sizes: number[];
  /** "size" */
  faithful: Floats;
  /** "size" */
  complete: Floats;
  kept: number;
  /** "kept" */
  minimal: Floats;
  edges: CircuitEdge[];
}

export interface CircuitMethod {
  name: string;
  sizes: number[];
  /** "size" */
  faithful: Floats;
  /** "size" */
  complete: Floats;
  /** "drawn" */
  low: Floats;
  /** "drawn" */
  high: Floats;
  needed: number;
  runs: number;
}

export interface CircuitMethods {
  task: TaskShown;
  problem: string;
  pair: PairShown | null;
  parts: number;
  kept: number;
  threshold: number;
  methods: CircuitMethod[];
  orders: number;
  singly: number;
  needed: number;
}

export interface ConceptReady {
  token: number;
  start: number;
  /** "pos" */
  tokens: Ints;
  /** "layer pos" */
  z: Floats;
  /** "layer pos" */
  error: Floats;
  /** "layer pos" */
  logit: Floats;
  /** "pos" */
  p: Floats;
  /** "layer" */
  stream: Floats;
  /** "count two layer" */
  agreement: Floats;
  prompts: number;
  of: number;
  length: number;
}

export interface DictionaryOnText {
  width: number;
  rows: FeatureRow[];
  explained: number;
  l0: number;
  divergence: number;
  answer: number;
}

export interface DictionaryWorth {
  role: string;
  seed: number;
  explained: number;
  ratio_averaged: number;
  squared_squares: number;
  l0: number;
  dead: number;
  bias: number;
  recovered: Record<string, number>;
  scores: Record<string, number>;
  same_token: number;
}

export interface EdgeShares {
  /** "read layer head" */
  heads: Floats;
  /** "layer" */
  mlp: Floats;
  logits: number;
  total: number;
}

export interface EdgeWay {
  name: string;
  sizes: number[];
  carrying: number[];
  /** "size" */
  faithful: Floats;
  /** "size" */
  complete: Floats;
  /** "drawn" */
  low: Floats;
  /** "drawn" */
  high: Floats;
  runs: number;
  done: number;
  at: number;
  needed: number | null;
  wires: Wire[];
}

export interface EdgeWays {
  task: TaskShown;
  problem: string;
  pair: PairShown | null;
  n_layers: number;
  n_heads: number;
  edges: number;
  opened: number;
  by: string;
  threshold: number;
  ways: EdgeWay[];
  orders: number;
  each: number;
  least: number;
  among: number;
  recorded: boolean;
  searchable: boolean;
}

export interface FactShown {
  relation: string;
  subject: string;
  text: string;
  answer: number;
  p: number;
  known: boolean;
}

export interface FactTraces {
  facts: FactShown[];
  chosen: number;
  answer: number;
  /** "pos" */
  ids: Ints;
  subject: number[];
  state: "resid" | "mlp" | "attn";
  width: number;
  p: number;
  noised: number;
  /** "draw" */
  noised_each: Floats;
  /** "layer pos" */
  restored: Floats;
  /** "layer pos" */
  error: Floats;
  deviation: number;
  draws: number;
}

export interface FeatureBesidePlacebo {
  layer: number;
  /** "pos" */
  ids: Ints;
  corpus_tokens: number;
  trained: FeatureCard;
  placebo: FeatureCard;
}

export interface FeatureCard {
  feature: number;
  density: number;
  most: number;
  /** "pos" */
  acts: Floats;
  peak: number;
  share: number;
  contexts: FeatureContext[];
  /** "bin" */
  histogram: Ints;
  /** "token" */
  raises: Ints;
  /** "token" */
  said: Floats;
  /** "token" */
  done: Floats;
  /** "token" */
  lowers: Ints;
  /** "token" */
  lowers_said: Floats;
  /** "token" */
  lowers_done: Floats;
  at: number;
  divergence: number;
  random: number;
  /** "next" */
  next: Ints;
  /** "next" */
  before: Floats;
  /** "next" */
  after: Floats;
  /** "neighbour" */
  near: Ints;
  /** "neighbour" */
  cosines: Floats;
}

export interface FeatureContext {
  kind: string;
  /** "near" */
  ids: Ints;
  /** "near" */
  acts: Floats;
  at: number;
}

export interface FeatureRow {
  feature: number;
  density: number;
  most: number;
  /** "pos" */
  acts: Floats;
  /** "pos" */
  divergence: Floats;
  /** "pos" */
  random: Floats;
  /** "name" */
  raises: Ints;
}

export interface FeatureSteered {
  layer: number;
  feature: number;
  strength: number;
  length: number;
  stream: number;
  texts: SteeredText[];
}

export interface FeaturesFound {
  layer: number;
  depths: number[];
  word: string;
  matches: number;
  /** "pos" */
  ids: Ints;
  of: number;
  corpus_tokens: number;
  answer_id: number;
  answer: number;
  trained: DictionaryOnText;
  placebo: DictionaryOnText;
}

export interface GraphAgreement {
  r: number;
  low: number;
  high: number;
  count: number;
}

export interface HeadLook {
  layer: number;
  head: number;
  query: number;
  key: number;
  share: number;
  effect: number;
  score: number;
  others: number;
  count: number;
  pairs: PairScore[];
}

export interface HeadMatch {
  /** "own" */
  best: Ints;
  /** "own" */
  alike: Floats;
  n_heads: number;
  n_other: number;
  chance: number;
  /** "compared" */
  kernel: Floats;
  expected: number;
  largest: number;
}

export interface HeadsThatMoved {
  /** "pos" */
  ids: Ints;
  first: number;
  answer: number;
  looks: HeadLook[];
}

export interface InductionBorn {
  steps: number;
  d_model: number;
  d_vocab: number;
  periods: number[];
  threshold: number;
  courses: BornCourse[];
  births: Birth[];
  heads: BornHeads;
  machine: string;
}

export interface Interchange {
  layer: number;
  position: number;
  places: string[];
  n_layers: number;
  whole: number[];
  shares: InterchangeShare[];
  kinds: string[];
  ranks: number[];
  trained: number;
  held: number;
  right: number;
  sums: number;
}

export interface InterchangeShare {
  kind: string;
  rank: number;
  share: number;
  low: number;
  high: number;
  of: number;
}

export interface IsItRealBought {
  layer: number;
  width: number;
  k: number;
  tokens: number;
  carried: number;
  done: number;
  of: number;
  clean_loss: number;
  ablated_loss: Record<string, number>;
  chance: number;
  dictionaries: DictionaryWorth[];
  pairs: SeedPair[];
  curves: StoredCurve[];
}

export interface IsItRealTruth {
  d_model: number;
  features: number;
  children: number;
  width: number;
  k: number;
  steps: number;
  vectors: number;
  threshold: number;
  chance: number;
  /** "feature" */
  often: Floats;
  /** "feature" */
  order: Ints;
  runs: KnownRun[];
  of: number;
}

export interface KnownRun {
  role: string;
  seed: number;
  explained: number;
  l0: number;
  recovered: number;
  mean: number;
  absorbed: number;
  /** "feature" */
  best: Floats;
}

export interface LensesHeld {
  kinds: ("logit" | "tuned" | "least_squares" | "jacobian")[];
  blocks: number[];
  /** "lens block" */
  mean: Floats;
  /** "lens block" */
  half: Floats;
  /** "lens block" */
  gain: Floats;
  /** "lens block" */
  gain_half: Floats;
  texts: number;
  of: number;
}

export interface LensesRead {
  start: number;
  /** "pos" */
  tokens: Ints;
  lenses: OneLens[];
  missing: ("logit" | "tuned" | "least_squares" | "jacobian")[];
}

export interface LensesSwapped {
  kinds: ("logit" | "tuned" | "least_squares" | "jacobian")[];
  blocks: number[];
  a: number;
  b: number;
  before: number;
  /** "lens block" */
  after: Floats;
  /** "block" */
  placebo: Floats;
  missing: ("logit" | "tuned" | "least_squares" | "jacobian")[];
}

export interface ModelsAlike {
  own: string;
  other: string;
  itself: boolean;
  places: number;
  matched: number;
  own_tokens: number;
  other_tokens: number;
  texts: number;
  /** "own other" */
  blocks: Floats;
  /** "own other" */
  biased: Floats;
  chance: number;
  /** "own fresh" */
  placebo: Floats;
  heads: HeadMatch | null;
}

export interface NodeTexts {
  node: number;
  density: number;
  most: number;
  contexts: FeatureContext[];
}

export interface OneLens {
  kind: "logit" | "tuned" | "least_squares" | "jacobian";
  /** "layer pos top" */
  ids: Ints;
  /** "layer pos top" */
  p: Floats;
}

export interface PairScore {
  query_kind: "token" | "attention" | "feature" | "linear" | "error";
  query_layer: number;
  query_feature: number;
  key_kind: "token" | "attention" | "feature" | "linear" | "error";
  key_layer: number;
  key_feature: number;
  score: number;
}

export interface PairShown {
  /** "pos" */
  clean: Ints;
  /** "pos" */
  corrupt: Ints;
  answers: number[];
  rivals: number[];
  scores: number[];
  told_apart: boolean;
  /** "two top" */
  ids: Ints;
  /** "two top" */
  p: Floats;
}

export interface PatchEdges {
  task: TaskShown;
  problem: string;
  pair: PairShown | null;
  layer: number;
  head: number;
  way: "denoise" | "noise";
  n_kv_heads: number;
  exact: EdgeShares | null;
  estimate: EdgeShares | null;
  node: number;
  node_estimate: number;
  r: number | null;
}

export interface PatchMap {
  task: TaskShown;
  problem: string;
  pair: PairShown | null;
  site: "resid" | "attn" | "mlp" | "z";
  way: "denoise" | "noise";
  /** "layer cell" */
  measured: Floats;
  /** "layer cell" */
  estimated: Floats;
  steps: number;
  /** "layer cell top" */
  ids: Ints;
  /** "layer cell top" */
  p: Floats;
  first: number;
  r: number | null;
  /** "ten" */
  worst: Ints;
}

export interface PatchTrust {
  task: TaskShown;
  problem: string;
  found: Trusted[];
}

export interface SeedPair {
  role: string;
  one: number;
  other: number;
  share: number;
  best: number;
}

export interface SteeredText {
  name: string;
  /** "new" */
  ids: Ints;
  surprise: number;
  divergence: number;
}

export interface Steering {
  layer: number;
  source: string;
  on_stack: boolean;
  length: number;
  watched: number;
  rows: SteeringRow[];
}

export interface SteeringRow {
  name: string;
  share: number;
  /** "new" */
  ids: Ints;
  surprise: number;
  divergence: number;
  watched: number;
  change: string | null;
}

export interface StoredCurve {
  role: string;
  seed: number;
  tokens: number[];
  explained: number[];
}

export interface TaskShown {
  name: string;
  instead: string;
}

export interface TrainingSae {
  layer: number;
  kind: string;
  width: number;
  k: number;
  steps: number;
  batch: number;
  tokens: number;
  held: number;
  d_model: number;
  dead_after: number;
  trained: AutoencoderCurves;
  placebo: AutoencoderCurves;
}

export interface Trusted {
  way: "denoise" | "noise";
  site: "resid" | "attn" | "mlp" | "z";
  steps: number;
  r: number | null;
}

export interface WhichWords {
  target: number;
  rival: number | null;
  /** "pos" */
  ids: Ints;
  starts: number[];
  methods: WordShares[];
  whole: number;
  nothing: number;
  exact: boolean;
  /** "method method" */
  agreement: Floats;
  completeness: number | null;
}

export interface Wire {
  from_layer: number;
  from_head: number;
  to_layer: number;
  to_head: number;
  read: string;
  estimate: number;
}

export interface WordPath {
  target: number;
  rival: number | null;
  /** "step" */
  alphas: Floats;
  /** "step" */
  values: Floats;
  /** "step" */
  slopes: Floats;
  whole: number;
  nothing: number;
  steps: number[];
  /** "count" */
  errors: Floats;
}

export interface WordShares {
  name: "gradient" | "integrated" | "left_out" | "shapley" | "rollout";
  /** "unit" */
  shares: Floats;
  errors: Floats | null;
  sum: number;
  calls: number;
}
