// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints, Milliseconds, TimesAsLong, TrainedCheckpoint } from "./shared";

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

export interface BlockGradients {
  step: number;
  /** "block" */
  weights: Floats;
  /** "block" */
  stream: Floats;
  /** "block" */
  sizes: Floats;
}

export interface BlockTraining {
  name: string;
  losses: number[];
  measured: number[];
  held: number[];
  parameters: number;
  stuck: boolean;
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
  checkpoints: TrainedCheckpoint[];
  enough: number;
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

export interface GrownPart {
  part: string;
  ms: number[];
  low: number[];
  high: number[];
  power: number | null;
  within: number | null;
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

export interface PartWork {
  part: string;
  formula: number[];
  counted: number[];
}

export interface ResidualCompared {
  on: TrainedOn;
  arms: ResidualTraining[];
  checkpoints: TrainedCheckpoint[];
}

export interface ResidualTraining {
  training: BlockTraining;
  gradients: BlockGradients[];
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
