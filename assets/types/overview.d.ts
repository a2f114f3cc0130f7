// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface AlignedToken {
  position: number | null;
  left: string | null;
  right: string | null;
  same: boolean;
  new: boolean;
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

export interface AttentionReads {
  position: number;
  n_layers: number;
  n_heads: number;
  /** "layer head key" */
  rows: Ints;
  base: ReadsBeside | null;
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

export interface Compression {
  tokens: number;
  special: number;
  characters: number;
  bytes: number;
  bytes_per_token: number;
  characters_per_token: number;
}

export interface Contrast {
  token: number;
  head: StrongestHead;
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

export interface EditShare {
  layer: number;
  share: number;
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
  command: string;
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

export interface Figure {
  name: string;
  value: string;
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

export interface Measured {
  over: "others" | "mean" | "rival" | "raw";
  rival: number | null;
  reference: number;
  lead: number;
}

export interface MergeStep {
  rank: number;
  index: number;
  bytes: string[];
  id: number;
}

export interface ModelChoice {
  name: string;
  title: string;
}

export interface MovedNumber {
  over: "others" | "mean" | "rival" | "raw";
  before: number;
  after: number;
}

export interface NextTokenSlope {
  token: string;
  id: number | null;
  left: number | null;
  right: number | null;
  target: boolean;
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

export interface ReadsBeside {
  /** "layer head key" */
  rows: Ints;
  /** "layer" */
  most: Floats;
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

export interface Role {
  name: string;
  value: number;
  larger: number | null;
  /** "head" */
  all: Floats;
  before: number | null;
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

export interface SharedCharacter {
  text: string;
  first: number;
  last: number;
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

export interface StrongestHead {
  layer: number;
  head: number;
  share: number;
}

export interface TemplateSide {
  ids: number[];
  special: boolean[];
  count: number;
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

export interface TwoDepths {
  targets: string[];
  sides: DepthSide[];
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
  formula: string[];
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
  mixer: WalkMixer | null;
  lengths: number[];
  /** "d_model" */
  before: Floats;
  /** "d_model" */
  after: Floats;
}

export interface WalkChannel {
  index: number;
  activation: number;
  share: number;
  says: number[];
}

export interface WalkExpert {
  expert: number;
  weight: number;
  share: number;
  says: number[];
}

export interface WalkMixer {
  channels: number;
  busiest: WalkChannel[];
  /** "key" */
  given: Floats;
  kept: number;
  lags: number;
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

export interface Why {
  named: WhyPart[];
  explained: number;
  toward: number;
  back: number;
  against: WhyPart | null;
  others: number;
  rest: number;
  ahead: WhyAhead | null;
  direct: StrongestHead | null;
  contrast: StrongestHead | null;
}

export interface WhyAhead {
  token: number;
  p: number;
  lead: number;
  part: WhyPart;
}

export interface WhyPart {
  kind: "embedding" | "attention" | "mixer" | "mlp" | "intervention" | "biases";
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

export interface WrittenBefore {
  ids: number[];
  first: number | null;
  special: boolean[];
}
