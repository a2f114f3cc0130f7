// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats } from "./shared";

export interface AnswerCauses {
  question: string;
  passages: AnswerPassage[];
  ids: number[];
  /** "token" */
  logp: Floats;
  bare: AnswerTokens;
  first: AnswerTokens | null;
  first_now: Floats | null;
  what: string;
  unknown: number[] | null;
  cited: Floats | null;
  written: number[];
  sink: Floats | null;
  share: Floats | null;
  lift: Floats | null;
  /** "source token" */
  out: Floats;
  shapley: Floats | null;
  /** "token" */
  none: Floats;
  /** "subset" */
  totals: Floats;
  done: number;
  read: number;
  alone: number;
  contextcite: Floats | null;
  samples: number;
  misfit: number | null;
  sentences: number;
  grounded: number | null;
  faithful: number | null;
}

export interface AnswerPassage {
  number: number;
  place: number;
  title: string;
  text: string;
  tokens: number;
  dropped: number;
  tags: number;
  orders: string[];
  right_to_left: number;
  unseen: number;
  special: number;
}

export interface AnswerTokens {
  ids: number[];
  /** "token" */
  logp: Floats;
}

export interface NeedleCell {
  length: number;
  depth: number;
  at: number;
  tokens: number;
  /** "token" */
  logp: Floats;
  likeliest: number[];
  /** "token" */
  likeliest_logp: Floats;
  /** "token" */
  without: Floats;
  match: boolean;
  /** "layer head" */
  heads: Floats;
  /** "bin" */
  profile: Floats;
  lift: number;
  nbytes: number;
}

export interface NeedleMap {
  cells: NeedleCell[];
  lengths: number[];
  depths: number[];
  answer: number[];
  needle: string;
  question: string;
  trained: number;
  is_trained: boolean;
}

export interface PastLengthCourse {
  reader: string;
  n_ctx: number;
  trained: boolean;
  length: number;
  names: string[];
  edges: number[];
  /** "scheme bin" */
  loss: Floats;
  /** "scheme" */
  within: Floats;
  /** "scheme" */
  past: Floats;
}

export interface SinksLosses {
  ids: number[];
  policies: SinksPolicy[];
  total: number;
  window: number;
}

export interface SinksPolicy {
  name: string;
  sinks: number;
  window: number;
  held: number;
  /** "token" */
  loss: Floats;
  before: number;
  after: number;
  /** "layer" */
  on_first: Floats;
}
