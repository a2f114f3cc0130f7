// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

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

export interface SpectrumLine {
  name: string;
  /** "value" */
  values: Floats;
  stable_rank: number;
  count: number;
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
