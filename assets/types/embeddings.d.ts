// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface AlibiMap {
  /** "head" */
  slopes: Floats;
  /** "head distance" */
  bias: Floats;
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

export interface Found {
  id: number;
  bytes: string;
  kind: string;
  script: string;
  norm: number;
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

export interface LearnedMap {
  /** "pos d_model" */
  table: Floats;
  /** "kept" */
  similarity: Floats;
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

export interface PastEnd {
  name: string;
  scheme: string;
  reads: boolean;
  said: string;
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
}

export interface RopeMap {
  theta: number;
  d_rotary: number;
  /** "distance" */
  similarity: Floats;
}

export interface Scheme {
  /** "half" */
  inv_freq: Floats;
  /** "half" */
  kept: Floats;
  score_factor: number;
  name: string;
}

export interface Share {
  name: string;
  count: number;
  examples: number[];
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
