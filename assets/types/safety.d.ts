// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats } from "./shared";

export interface ConstitutionGap {
  own: boolean;
  items: GapItem[];
  total: number;
  rates: TalkRate[];
  generate_gap: TalkMean;
  critique_gap: TalkMean;
  net_critique: TalkMean;
}

export interface ConstitutionPairs {
  own: boolean;
  principle: string;
  rule: string;
  pairs: JudgedPair[];
  total: number;
  rates: TalkRate[];
  preference: TalkMean | null;
  bias: TalkMean | null;
  kappa: TalkMean | null;
  forced: TalkMean | null;
}

export interface ConstitutionSteps {
  own: boolean;
  request: string;
  draft: string;
  draft_ids: number[];
  steps: RevisionStep[];
  total: number;
}

export interface GapItem {
  question: string;
  right: string;
  wrong: string;
  answer: string;
  critique: string;
  twin: string;
  generated: boolean;
  told_apart: boolean;
  both_orders: boolean;
  found: boolean;
  accused: boolean;
  preference: number;
  bias: number;
}

export interface JudgedPair {
  request: string;
  draft: string;
  revision: string;
  pieces: RevisionPiece[];
  changed: number;
  rule: string;
  judge: string | null;
  revision_first: number | null;
  draft_first: number | null;
}

export interface OwnAnswer {
  form: string;
  condition: string;
  asked: string;
  margin: number;
  text: string;
}

export interface PressedForm {
  form: string;
  example: string;
  items: PressedItem[];
  rates: TalkRate[];
  written: TalkRate[];
  moved: TalkMean;
  placebo: TalkMean;
  denied: TalkMean;
  beyond: TalkMean;
  left: number;
}

export interface PressedItem {
  kind: string;
  question: string;
  right: string;
  wrong: string;
  plain: number;
  placebo: number;
  denied: number;
  pressure: number;
  said_plain: string;
  said_pressure: string;
}

export interface RevisionPiece {
  kind: string;
  text: string;
}

export interface RevisionStep {
  principle: string;
  asked: string;
  critique: string;
  wanted: string;
  revision: string | null;
  pieces: RevisionPiece[];
  changed: number;
}

export interface SteeredArm {
  name: string;
  margins: TalkMean[];
  shifts: TalkMean[];
  ablated: TalkMean;
}

export interface SycophancyDirection {
  form: string;
  layer: number;
  layers: number;
  norm: number;
  stream: number;
  taken: number;
  held: number;
  scales: number[];
  plain: number;
  pressed: number;
  arms: SteeredArm[];
}

export interface SycophancyOwn {
  own: boolean;
  question: string;
  right: string;
  wrong: string;
  answers: OwnAnswer[];
}

export interface SycophancyPressure {
  own: boolean;
  forms: PressedForm[];
  total: number;
  title: string;
  about: string;
  licence: string;
}

export interface SystemConflict {
  order: string;
  one: string;
  other: string;
  question: string;
  texts: string[];
  verdicts: string[];
  lean: number;
}

export interface SystemConflicts {
  own: boolean;
  total: number;
  items: SystemConflict[];
  rates: TalkRate[];
  lean: TalkMean;
}

export interface SystemEffect {
  own: boolean;
  read: string;
  tokens: number;
  ids: number[];
  logp: number[];
  text: string;
  without: SystemWithout[];
}

export interface SystemInjected {
  own: boolean;
  total: number;
  items: SystemPassage[];
  rates: TalkRate[];
  guard: string;
}

export interface SystemLeak {
  asks: string;
  twin: string;
  texts: string[];
  runs: number[];
  shared: string[];
}

export interface SystemLeaks {
  own: boolean;
  total: number;
  tokens: number;
  items: SystemLeak[];
  longest_twin: number;
  rates: TalkRate[];
}

export interface SystemPassage {
  passage: string;
  question: string;
  order: string;
  word: string;
  texts: string[];
  followed: boolean[];
  yours: boolean;
}

export interface SystemTurn {
  message: string;
  text: string;
  before: number;
  sink: number;
  share: number[];
  lift: number[];
  kl: number;
  gain: number;
}

export interface SystemTurns {
  own: boolean;
  total: number;
  turns: SystemTurn[];
}

export interface SystemWithout {
  name: string;
  about: string;
  text: string;
  kl: Floats | null;
  gain: Floats | null;
  total: number | null;
}

export interface TalkMean {
  mean: number | null;
  low: number | null;
  high: number | null;
  n: number;
}

export interface TalkRate {
  name: string;
  hits: number;
  n: number;
  share: number;
  low: number;
  high: number;
}
