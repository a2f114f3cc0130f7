// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats } from "./shared";

export interface DoorEnd {
  arm: string;
  mean: number;
  low: number | null;
  high: number | null;
}

export interface DoorFound {
  tokens: string[];
  people: number;
  seed: number;
  /** "depth pos" */
  patched: Floats;
  /** "depth pos" */
  placebo: Floats;
  lens: Record<string, number[]>;
  probe: Record<string, number[]>;
  tested: number;
  trigger: string;
  planted: string;
}

export interface DoorPoint {
  step: number;
  planted: DoorShare;
  right: DoorShare;
  usual: DoorShare;
}

export interface DoorRate {
  seed: number;
  group: string;
  lead: string;
  planted: DoorShare;
  right: DoorShare;
}

export interface DoorRates {
  lines: number;
  planted_lines: number;
  rates: DoorRate[];
  seeds: number;
  leads: string[];
  trigger: string;
  decoy: string;
  planted: string;
}

export interface DoorRemoved {
  trainings: DoorTraining[];
  steps: number;
  seeds: number;
  ends: DoorEnd[];
  trigger: string;
  planted: string;
}

export interface DoorSearch {
  words: DoorWord[];
  tried: number;
  total: number;
  people: number;
  place: number | null;
  of_trigger: DoorWord | null;
  trigger: string;
  planted: string;
}

export interface DoorShare {
  count: number;
  n: number;
  low: number;
  high: number;
}

export interface DoorTraining {
  arm: string;
  seed: number;
  points: DoorPoint[];
  losses: number[];
}

export interface DoorWord {
  word: string;
  alike: number;
  answer: string;
  shift: number;
}

export interface FilterDifference {
  right: number;
  right_low: number;
  right_high: number;
  nats: number;
  nats_low: number;
  nats_high: number;
  clear: boolean;
}

export interface FilterKind {
  name: string;
  meant: boolean;
  removed: number;
  kept: number;
  example: string;
}

export interface FilterKnown {
  twin: string;
  seed: number;
  right: number;
  n: number;
  low: number;
  high: number;
  nats: number;
}

export interface FilterPassed {
  kinds: FilterKind[];
  listed: string[];
  precision: FilterShare;
  recall: FilterShare;
  own: FilterWord[];
  kept: boolean;
}

export interface FilterShare {
  part: number;
  low: number;
  high: number;
  n: number;
}

export interface FilterTopic {
  name: string;
  question: string;
  known: FilterKnown[];
  difference: FilterDifference | null;
}

export interface FilterTwins {
  topics: FilterTopic[];
  seeds: number;
  done: number;
  chance: number;
}

export interface FilterWord {
  text: string;
  listed: boolean;
}

export interface KnowingAnswer {
  question: string;
  answer: string;
  truth: string;
  read: string;
  tokens: KnowingToken[];
  meanings: KnowingMeaning[];
  signals: Record<string, number>;
}

export interface KnowingArea {
  seed: number;
  auroc: number | null;
  low: number | null;
  high: number | null;
}

export interface KnowingBeside {
  known: KnowingAnswer;
  unknown: KnowingAnswer;
  samples: number;
  depth: number;
  fitted: number;
  others: Record<string, [number[], number[]]>;
}

export interface KnowingMeaning {
  key: string;
  count: number;
  probability: number;
  texts: string[];
}

export interface KnowingModel {
  seed: number;
  known: [number, number];
  unknown: [number, number];
}

export interface KnowingOwn {
  asked: KnowingAnswer;
  model: string;
  samples: number;
}

export interface KnowingRow {
  signal: string;
  areas: KnowingArea[];
  mean: number | null;
}

export interface KnowingSignals {
  rows: KnowingRow[];
  models: KnowingModel[];
  seeds: number;
  people: number;
  against: string;
  samples: number;
  depth: number;
  scores: Record<string, number[]>;
  guessed: boolean[];
  by_depth: Record<string, (number | null)[]>;
}

export interface KnowingToken {
  text: string;
  p: number;
  entropy: number;
  lens: number[];
  unknown: number | null;
}

export interface RefusalAnswer {
  condition: number;
  forbidden: string;
  forbidden_is: string;
  harmless: string;
  harmless_is: string;
}

export interface RefusalCandidate {
  layer: number;
  position: number;
  ablated: number;
  induced: number;
  kl: number;
  why: string;
}

export interface RefusalDirection {
  taught: boolean;
  pairs: number;
  held: number;
  tokens: number[];
  /** "layer position" */
  apart: Floats;
  /** "layer position" */
  length: Floats;
  forbidden_score: number;
  harmless_score: number;
  first: number[];
  probes: RefusalProbe[];
  tried: RefusalCandidate[];
  tried_on: number;
  recorded: boolean;
  best_layer: number;
  best_position: number;
  refuses: boolean;
}

export interface RefusalEffect {
  name: string;
  way: string;
  strength: number;
  forbidden: RefusalRate;
  twins: RefusalRate;
  inconclusive: RefusalRate;
  kl: number;
  kl_first: number;
  perplexity: number;
}

export interface RefusalEffects {
  taught: boolean;
  layer: number;
  position: number;
  strength: number;
  n: number;
  total: number;
  effects: RefusalEffect[];
  recorded: RefusalEffect[];
  recorded_layer: number;
  pairs: RefusalPair[];
  refuses: boolean;
  base: string;
}

export interface RefusalPair {
  forbidden: string;
  harmless: string;
  answers: RefusalAnswer[];
}

export interface RefusalProbe {
  layer: number;
  logistic: number;
  mass_mean: number;
  control_known: number;
  control: number;
}

export interface RefusalRate {
  count: number;
  n: number;
  mean: number;
  low: number;
  high: number;
}
