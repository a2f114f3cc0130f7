// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints } from "./shared";

export interface DisguisesDetector {
  name: string;
  title: string;
}

export interface DisguisesForm {
  name: string;
  about: string;
  seen: DisguisesSeen[];
  inconclusive: RefusalRate;
  forbidden: DisguisesText[];
  harmless: DisguisesText[];
}

export interface DisguisesForms {
  taught: boolean;
  refuses: boolean;
  layer: number;
  n: number;
  total: number;
  detectors: DisguisesDetector[];
  forms: DisguisesForm[];
}

export interface DisguisesSeen {
  forbidden: RefusalRate;
  twins: RefusalRate;
}

export interface DisguisesText {
  text: string;
  answer: string;
  verdict: string;
  seen: boolean[];
}

export interface GuardArea {
  area: number;
  low: number;
  high: number;
}

export interface GuardAt {
  rate: number;
  threshold: number;
  flags: GuardFlags[];
}

export interface GuardFlags {
  form: string;
  caught: GuardShare;
  false: GuardShare;
}

export interface GuardForm {
  form: string;
  area: GuardArea;
  example: string;
}

export interface GuardJudge {
  kind: string;
  name: string;
  depth: number;
  thresholds: Record<string, number>;
}

export interface GuardShare {
  share: number;
  low: number;
  high: number;
  texts: number;
  templates: number;
}

export interface GuardTime {
  case: string;
  median: number;
  p95: number;
}

export interface GuardTrial {
  kind: string;
  name: string;
  depth: number;
  l2: number;
  steps: number;
  /** "step" */
  false_rate: Floats;
  /** "step" */
  true_rate: Floats;
  forms: GuardForm[];
  at: GuardAt[];
  /** "bin" */
  confidence: Floats;
  /** "bin" */
  accuracy: Floats;
  count: number[];
  ece: number;
  depths: number[];
  by_depth: number[];
}

export interface GuardVerdict {
  side: string;
  judge: GuardJudge;
  score: number;
}

export interface GuardsAround {
  request: string;
  answer: string;
  verdicts: GuardVerdict[];
  done: boolean;
}

export interface GuardsCost {
  times: GuardTime[];
  requests: number;
  depth: number;
  added: number;
  added_low: number;
  added_high: number;
}

export interface GuardsOwn {
  text: string;
  sentences: string[];
  words: string[];
  gaps: string[];
  judged: OwnJudged[];
}

export interface GuardsRoc {
  side: string;
  trials: GuardTrial[];
  done: boolean;
  train: number;
  validation: number;
  test: number;
  templates: number;
  n_layers: number;
  apart: GuardArea | null;
}

export interface LayerLevels {
  rate: number;
  before: number;
  probe: number;
  behind: number;
}

export interface LayeredRun {
  system: boolean;
  taught: boolean;
  /** "request" */
  probe: Floats;
  /** "request" */
  behind: Floats;
  verdicts: string[];
  answers: string[];
}

export interface OwnJudged {
  judge: GuardJudge;
  whole: number;
  /** "sentence" */
  sentences: Floats;
  /** "word" */
  moved: Floats;
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

export interface SafetyLayersFlow {
  texts: string[];
  forms: string[];
  /** "request" */
  forbidden: Bools;
  /** "request" */
  template: Ints;
  /** "request" */
  before: Floats;
  runs: LayeredRun[];
  levels: LayerLevels[];
  depth: number;
  learnt: number;
  instruction: string;
  new: number;
  can_be_taught: boolean;
  refuses: number;
  done: boolean;
  proved: [number, number];
}
