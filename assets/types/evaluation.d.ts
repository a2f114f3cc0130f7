// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints, TrainedCheckpoint } from "./shared";

export interface ArenaAnswer {
  contestant: string;
  text: string;
  tokens: number;
}

export interface ArenaOffer {
  key: string;
  name: string;
}

export interface ArenaProof {
  games: [number, number, number][];
  players: number;
  elo: number[];
  ratings: number[];
  errors: number[];
  lengths: [number, number][];
  controlled: number[];
  controlled_errors: number[];
  pull: number;
}

export interface ArenaStyle {
  true: number[];
  gap: number;
  lengths: number[];
  votes: number;
  longer: number;
  pull: number;
  found: number;
  plain: StyleRatings;
  controlled: StyleRatings;
  covered: [number, number] | null;
  arenas: number;
}

export interface ArenaVote {
  prompt: string;
  answers: ArenaAnswer[];
  whole: boolean;
  wrong: string;
  models: ArenaOffer[];
  settings: ArenaOffer[];
  ridge: number;
  proof: ArenaProof;
}

export interface ArenaVoters {
  true: number[];
  gap: number;
  fitted: SimulatedVotes[];
  needed: number | null;
  covered: number | null;
  arenas: number;
  votes: number;
}

export interface BoardCell {
  row: number;
  task: number;
  taken: number[];
  scores: number[][];
  kept: boolean;
  accuracy: number;
  low: number;
  high: number;
  only_first: number;
  only_row: number;
  p: number;
  adjusted: number | null;
}

export interface BoardItem {
  id: number;
  text: string;
  choices: string[];
  gold: number;
}

export interface BoardOffer {
  key: string;
  name: string;
  kind: "format" | "cache" | "other";
}

export interface BoardRow {
  key: string;
  name: string;
  wrong: string;
  acts_from: number | null;
}

export interface BoardTask {
  name: string;
  chance: number;
  shots: number;
  items: BoardItem[];
  longest: number | null;
}

export interface CalibrationPredictions {
  kinds: string[];
  /** "item" */
  kind: Ints;
  /** "item" */
  confidence: Floats;
  /** "item" */
  tempered: Floats;
  /** "item" */
  correct: Ints;
  surprise: number;
  tempered_surprise: number;
  temperature: number;
  fitted_on: number;
  done: number;
  total: number;
  proved: Record<string, [number, number]>;
  half: number;
}

export interface ClinicBatch {
  tokens: number;
  mean: number;
}

export interface ClinicCut {
  filter: string;
  found: string | null;
  right: boolean;
}

export interface ClinicDenominators {
  batches: ClinicBatch[];
  of_means: number;
  of_tokens: number;
  items: number;
  answered: number;
  right: number;
}

export interface ClinicFilters {
  texts: ClinicText[];
  judgements: ClinicText[];
}

export interface ClinicOrder {
  scores: number[];
  elo: number[];
  bradley_terry: number;
  others: Record<string, number>;
}

export interface ClinicText {
  text: string;
  right: string;
  own: boolean;
  cuts: ClinicCut[];
}

export interface ClinicVariance {
  tokens: number;
  width: number;
  true: number;
  ratio_averaged: number;
  squared_squares: number;
  coded_variance: number;
  variance: number;
}

export interface CodeCurve {
  k: number;
  estimated: number;
  naive: number;
  all_pass: number;
}

export interface CodeSample {
  written: string;
  verdict: string;
  right: number;
  message: string;
  milliseconds: number;
}

export interface CodeSamples {
  model: string;
  recorded: string;
  temperature: number;
  samples: number;
  tasks: CodeTask[];
  total: number;
  curve: CodeCurve[];
}

export interface CodeTask {
  name: string;
  prompt: string;
  calls: number;
  passed: number;
  samples: CodeSample[];
}

export interface HarnessChoices {
  task: string;
  shots: number;
  chance: number;
  variants: ("lm-eval" | "BOS first" | "no delimiter" | "new line" | "space kept" | "other examples" | "reversed" | "no examples")[];
  total: number;
  rules: ("sum" | "characters" | "bytes" | "tokens" | "mutual_info")[];
  items: HarnessItem[];
  /** "variant rule item" */
  winner: Ints;
  /** "variant rule" */
  accuracy: Floats;
  /** "variant rule" */
  low: Floats;
  /** "variant rule" */
  high: Floats;
  /** "variant rule" */
  apart: Floats;
  leaves_out: boolean;
  among_own: number[];
}

export interface HarnessItem {
  id: number;
  text: string;
  choices: string[];
  gold: number;
}

export interface HumanEvalModel {
  name: string;
  title: string;
  weights: string;
  dtype: string;
  temperature: number;
  samples: number;
  curve: HumanEvalPoint[];
  tasks: CodeTask[];
}

export interface HumanEvalPoint {
  k: number;
  mean: number;
  low: number | null;
  high: number | null;
}

export interface HumanEvalRecorded {
  problems: number;
  readable: number;
  models: HumanEvalModel[];
  apart: HumanEvalPoint | null;
  paired: number;
}

export interface ItemChange {
  name: "as it is" | "BOS first" | "no delimiter" | "new line" | "space moved" | "space kept";
  totals: number[];
  winners: number[];
  last: number[];
  first: number[];
  tokens: number;
}

export interface ItemChoice {
  text: string;
  ids: number[];
  logprobs: number[];
  total: number;
  alone: number;
  greedy: boolean;
  characters: number;
  bytes: number;
  p: number;
}

export interface ItemRule {
  rule: "sum" | "characters" | "bytes" | "tokens" | "mutual_info";
  scores: number[];
  winner: number;
  there: number | null;
}

export interface JudgeOrders {
  judge: string;
  pairs: JudgePair[];
  total: number;
  summaries: JudgeSummary[];
  example: string;
}

export interface JudgePair {
  kind: string;
  question: string;
  right: string;
  wrong: string;
  right_first: number;
  wrong_first: number;
  preference: number;
  bias: number;
  winner: string;
}

export interface JudgeSummary {
  kind: string;
  pairs: number;
  both_orders: number;
  ties: number;
  right_first: number;
  wrong_first: number;
  bias: ScoreBounds;
  preference: ScoreBounds;
}

export interface LeakItem {
  kind: string;
  text: string;
  leaked: boolean;
  overlap: number;
}

export interface LeakStep {
  step: number;
  loss: number;
  auroc: Record<string, number>;
}

export interface OneItemOpened {
  task: string;
  item: number;
  items: number;
  shots: number;
  gold: number;
  prompt: PromptPart[];
  prompt_tokens: number;
  choices: ItemChoice[];
  rules: ItemRule[];
  brier: number;
  changes: ItemChange[];
  total: number;
  beside: string;
}

export interface PairItem {
  prefix: string;
  right: string;
  wrong: string;
  first: number;
  second: number;
}

export interface PairedVerdict {
  first: ScoreBounds;
  second: ScoreBounds;
  difference: ScoreBounds;
  clustered: ScoreBounds;
  error: number;
  clustered_error: number;
  both: number;
  neither: number;
  only_first: number;
  only_second: number;
  p: number;
  needed: number | null;
}

export interface PerplexityNumber {
  value: number;
  error: number | null;
}

export interface PerplexitySurprise {
  ids: number[];
  ways: PerplexityWay[];
  total: number;
  /** "way pos" */
  nats: Floats;
  /** "way pos" */
  context: Ints;
  starts: number[][];
  documents: number;
  words: number;
  bytes: number;
  bos: number;
  eos: number | null;
  beside: string;
}

export interface PerplexityWay {
  name: "whole" | "whole_eos" | "whole_bare" | "disjoint" | "cut" | "context" | "strided";
  prefix: number | null;
  length: number;
  step: number;
  passes: number;
  read: number;
  scored: number;
  token: PerplexityNumber;
  word: PerplexityNumber;
  byte: PerplexityNumber;
  bits_per_byte: PerplexityNumber;
  there: number | null;
}

export interface PlantedLeaks {
  items: LeakItem[];
  course: LeakStep[];
  scores: Record<string, number[]>;
  steps: number;
  words: number;
  checkpoints: TrainedCheckpoint[];
}

export interface PromptPart {
  kind: "description" | "example" | "answer" | "question" | "delimiter" | "rest";
  text: string;
}

export interface ScoreBounds {
  mean: number;
  low: number | null;
  high: number | null;
}

export interface Scoreboard {
  rows: BoardRow[];
  tasks: BoardTask[];
  cells: BoardCell[];
  items: number;
  whole: boolean;
  comparisons: number;
  offered: BoardOffer[];
  choices: string[];
}

export interface ShotsAnswer {
  question: string;
  answer: string;
  here: number;
  alone: number;
}

export interface ShotsCurve {
  task: string;
  items: number;
  chance: number;
  points: ShotsPoint[];
  total: number;
  stopped: string;
}

export interface ShotsLoss {
  task: string;
  answers: ShotsAnswer[];
  places: ShotsPlace[];
  sequences: number;
  total: number;
  gain: number;
  gain_low: number | null;
  gain_high: number | null;
}

export interface ShotsPlace {
  here: number;
  low: number | null;
  high: number | null;
  alone: number;
}

export interface ShotsPoint {
  shots: number;
  arm: "as drawn" | "reversed" | "second draw" | "third draw";
  accuracy: number;
  low: number;
  high: number;
  won: number;
  lost: number;
  p: number;
}

export interface SimulatedVotes {
  votes: number;
  ratings: number[];
  half: number[];
}

export interface StyleRatings {
  ratings: number[];
  half: number[];
}

export interface TwoModels {
  first: string;
  second: string;
  items: PairItem[];
  total: number;
  clusters: number;
  verdict: PairedVerdict | null;
  given: boolean;
  wrong: string;
}
