// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints, Milliseconds } from "./shared";

export interface AnswerCauses {
  question: string;
  passages: AnswerPassage[];
  found: AnswerFound | null;
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

export interface AnswerFound {
  titles: string[];
  cosines: number[];
  threshold: number;
  enough: boolean;
  questions: number;
  answered: number[];
  refused: number[];
  refused_near: number[];
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

export interface ChunkedPassage {
  start: number;
  end: number;
  read: number;
  pieces: number;
  given: number;
  headings: string[];
  cosine: number;
}

export interface ChunkedWay {
  way: string;
  passages: ChunkedPassage[];
  best: number;
  torn: number;
  twice: number;
  lost: number;
}

export interface ChunkingWays {
  question: string;
  text: string[];
  places: number[];
  pieces: number;
  size: number;
  overlap: number;
  ways: ChunkedWay[];
}

export interface CutPassages {
  questions: PromptQuestion[];
  asked: number;
  shares: number[];
  ways: CutWay[];
  better: MeanRow;
  ids: number[];
  /** "token" */
  surprisal: Floats;
  tokens: number;
}

export interface CutWay {
  name: string;
  points: MeanRow[];
}

export interface HnswBeside {
  count: number;
  questions: number;
  cells: number;
  m: number;
  kinds: IndexKind[];
  planned: number;
  plan: PlannedBytes[];
  many: ManyVectors[];
}

export interface HnswMissed {
  node: number;
  ef: number;
  offers: HnswOffer[];
}

export interface HnswOffer {
  owner: number;
  by: number;
  owner_far: number;
  by_far: number;
  stood: boolean;
  seen: boolean;
  enough: boolean | null;
}

export interface HnswWalk {
  question: string;
  count: number;
  m: number;
  ef: number;
  titles: string[];
  /** "node" */
  far: Floats;
  /** "drawn axis" */
  place: Floats;
  explained: number;
  agree: number;
  /** "step" */
  level: Ints;
  /** "step" */
  begin: Ints;
  /** "step" */
  end: Ints;
  /** "step" */
  entered: Ints;
  far_of: number[];
  entry: number;
  found: number[];
  true: number[];
  missed: HnswMissed[];
  lengths: number[];
  recall: number[];
  low: number[];
  high: number[];
  /** "length" */
  looked: Floats;
  questions: number;
  at_level: number[];
  degree: number;
  most: number;
  unlinked: number;
  reached: number;
  bytes: number;
}

export interface IndexKind {
  name: string;
  setting: number;
  recall: number;
  low: number;
  high: number;
  distances: number;
  bytes: number;
  time: Milliseconds | null;
}

export interface ManyFound {
  ef: number;
  recall: number;
  ms: number;
}

export interface ManyVectors {
  n: number;
  m: number;
  build: number;
  seconds: number;
  vectors: number;
  links: number;
  planned: number;
  found: ManyFound[];
}

export interface MeanRow {
  mean: number;
  low: number;
  high: number;
}

export interface MetricsReranked {
  depth: number;
  scores: OrderScores[];
  seeds: number[];
  milliseconds: number[];
  texts: string[];
  kind: string[];
  titles: string[];
  /** "order question" */
  ranks: Ints;
}

export interface MetricsRewriting {
  asked: number;
  texts: string[];
  titles: string[];
  passages: string[];
  ways: RewrittenRecall[];
  /** "way question" */
  ranks: Ints;
  apart: RewrittenApart[];
}

export interface MovedPassage {
  questions: PromptQuestion[];
  asked: number;
  without: number;
  places: MeanRow[];
  middle: MeanRow;
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

export interface OrderScores {
  order: string;
  kind: string;
  few: boolean;
  questions: number;
  first: number;
  recall: number;
  mrr: number;
  ndcg: number;
  difference: number;
  low: number;
  high: number;
  mrr_low: number;
  mrr_high: number;
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

export interface PlannedBytes {
  name: string;
  bytes: number;
  how: string;
}

export interface PromptQuestion {
  question: string;
  title: string;
  values: number[];
}

export interface RerankedPassage {
  title: string;
  splade: number;
  cross: number;
  likelihood: number;
  by_cross: number;
  by_splade: number;
  by_likelihood: number;
  words: RerankedWord[];
}

export interface RerankedWord {
  word: string;
  value: number;
}

export interface RetrievalMetrics {
  retrievers: string[];
  kinds: string[];
  texts: string[];
  kind: number[];
  titles: string[];
  /** "retriever question" */
  ranks: Ints;
  scores: RetrieverScores[];
  apart: RetrieversApart[];
  articles: number;
}

export interface RetrieveAgain {
  question: string;
  passages: RerankedPassage[];
  known: number;
  asked: RerankedWord[];
  ids: number[];
  /** "passage token" */
  logp: Floats;
  /** "token" */
  bare: Floats;
}

export interface RetrieveLists {
  question: string;
  examples: string[];
  words: string[];
  idf: number[];
  names: string[];
  lists: number[][];
  passages: RetrievedPassage[];
  known: number;
  searched: number;
  allowed: number;
  weight: number;
  kept: string;
  lacking: string;
}

export interface RetrievedPassage {
  title: string;
  text: string;
  characters: number;
  ranks: number[];
  words: number[];
  bm25: number;
  dense: number;
  rrf: number[];
  convex: number[];
  tags: number;
  orders: string[];
  right_to_left: number;
  unseen: number;
}

export interface RetrieverScores {
  retriever: number;
  kind: string;
  questions: number;
  first: number;
  recall: number;
  low: number;
  high: number;
  mrr: number;
  ndcg: number;
}

export interface RetrieversApart {
  one: number;
  other: number;
  only_one: number;
  only_other: number;
  p: number;
  difference: number;
  low: number;
  high: number;
}

export interface ReusedJoin {
  name: string;
  turned_round: boolean;
  kl: MeanRow;
  same: number;
  change: MeanRow;
}

export interface ReusedPassages {
  questions: PromptQuestion[];
  asked: number;
  joins: ReusedJoin[];
  tokens: number;
  nbytes: number;
}

export interface RewrittenApart {
  one: string;
  other: string;
  only_one: number;
  only_other: number;
  p: number;
}

export interface RewrittenRecall {
  way: string;
  recall: number;
  low: number;
  high: number;
  mrr: number;
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
