// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface CircuitEdge {
  source: number;
  target: number;
  read: string;
  score: number;
}

export interface CircuitGraph {
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

export interface EdgeShares {
  /** "read layer head" */
  heads: Floats;
  /** "layer" */
  mlp: Floats;
  logits: number;
  total: number;
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

export interface PairShown {
  /** "pos" */
  clean: Ints;
  /** "pos" */
  corrupt: Ints;
  answers: number[];
  rivals: number[];
  scores: number[];
  /** "two top" */
  ids: Ints;
  /** "two top" */
  p: Floats;
}

export interface PatchEdges {
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
  r: number;
}

export interface PatchMap {
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
  r: number;
  /** "ten" */
  worst: Ints;
}

export interface PatchTrust {
  problem: string;
  found: Trusted[];
}

export interface Trusted {
  way: "denoise" | "noise";
  site: "resid" | "attn" | "mlp" | "z";
  steps: number;
  r: number;
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
