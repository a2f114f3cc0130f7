// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

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
