// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats, Ints } from "./shared";

export interface ConstitutionAnswer {
  request: string;
  before: string;
  after: string[];
  verdicts: string[];
}

export interface ConstitutionArm {
  labels: string;
  pairs: number;
  trials: ConstitutionTrial[];
  gain: TalkMean;
  kl: number;
}

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

export interface ConstitutionTrained {
  principle: string;
  rule: string;
  steps: number;
  drafts: number;
  different: number;
  revisions: TalkRate | null;
  kappa: TalkMean | null;
  arms: ConstitutionArm[];
  answers: ConstitutionAnswer[];
}

export interface ConstitutionTrial {
  seed: number;
  better: TalkRate;
  worse: number;
  kl: number;
}

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
  fitted: number;
  recorded: boolean;
  record: MeasuredUnder | null;
}

export interface DisguisesSearch {
  taught: boolean;
  refuses: boolean;
  n: number;
  total: number;
  ways: RedTeamWay[];
  requests: RedTeamAttack[][];
  fitted: number;
  recorded: boolean;
  record: MeasuredUnder | null;
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

export interface MeasuredUnder {
  machine: string;
  date: string;
  seconds: number;
}

export interface OwnAnswer {
  form: string;
  condition: string;
  asked: string;
  margin: number;
  text: string;
}

export interface OwnJudged {
  judge: GuardJudge;
  whole: number;
  /** "sentence" */
  sentences: Floats;
  /** "word" */
  moved: Floats;
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

export interface RedTeamAttack {
  way: string;
  text: string;
  score: number;
  answer: string;
  verdict: string;
  twin: string;
  twin_answer: string;
  twin_verdict: string;
  flagged: boolean;
}

export interface RedTeamWay {
  name: string;
  refused: RefusalRate;
  helped: RefusalRate;
  inconclusive: RefusalRate;
  flagged: RefusalRate;
  passed: RefusalRate;
  twins: RefusalRate;
  score: number;
  tried: number;
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
  moved: RefusalMoved | null;
}

export interface RefusalEffects {
  taught: boolean;
  layer: number;
  position: number;
  strength: number;
  n: number;
  total: number;
  effects: RefusalEffect[];
  recorded_layer: number;
  pairs: RefusalPair[];
  refuses: boolean;
  base: string;
}

export interface RefusalMoved {
  mean: number;
  low: number;
  high: number;
}

export interface RefusalPair {
  forbidden: string;
  harmless: string;
  answers: RefusalAnswer[];
}

export interface RefusalPlace {
  layer: number;
  position: number;
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

export interface RefusalRecorded {
  taught: RefusalTaught[];
  effects: RefusalEffect[];
  layer: number;
  position: number;
  tried: number;
  why: string;
  span: RefusalPlace[];
  held: RefusalPlace | null;
  held_why: string;
  record: MeasuredUnder | null;
}

export interface RefusalTaught {
  name: string;
  forbidden: RefusalRate;
  twins: RefusalRate;
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
  recorded: boolean;
  record: MeasuredUnder | null;
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
