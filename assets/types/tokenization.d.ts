// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface BeforeBeside {
  text: string;
  stages: WordpieceStage[];
  decoded: string;
  same: boolean;
  unknown: string[];
}

export interface BpeEncodingListed {
  word: string;
  said: string[];
  runs: ListedRun[];
}

export interface BpeEncodingSteps {
  tokenizer: string;
  title: string;
  choices: EncodingChoice[];
  reason: string;
  source: string;
  text: string;
  pieces: EncodedPiece[];
  first: number;
  n_pieces: number;
  n_tokens: number;
  word: number;
  path: ContestPath | null;
  whole: number;
  whole_first: boolean;
  by_rank: boolean;
  n_merges: number;
  instead: string;
  base: StepsBeside | null;
}

export interface BpeTrainingKinds {
  reason: string;
  title: string;
  columns: TrainerColumn[];
}

export interface BpeTrainingMerges {
  name: string;
  reason: string;
  source: string;
  cut: string;
  wanted: number;
  text: string;
  title: string;
  held_title: string;
  bytes: number;
  words: number;
  finished: boolean;
  /** "byte" */
  spelled: Ints;
  /** "token" */
  ends: Ints;
  /** "merge" */
  left: Ints;
  /** "merge" */
  right: Ints;
  /** "merge" */
  made: Ints;
  /** "merge" */
  counts: Ints;
  /** "moment" */
  lengths: Ints;
  /** "moment" */
  held: Ints;
  /** "moment rank 2" */
  pairs: Ints;
  /** "moment rank" */
  pair_counts: Ints;
  sample: BpeTrainingWord[];
}

export interface BpeTrainingWord {
  ids: number[];
  numbers: number[];
  places: number[];
}

export interface ChatTurn {
  role: string;
  content: string;
}

export interface ComparedLane {
  name: string;
  title: string;
  kind: string;
  reason: string;
  size: number;
  /** "token" */
  ids: Ints;
  /** "token" */
  starts: Ints;
  /** "token" */
  ends: Ints;
  written: string[];
  exact: boolean;
  promised: boolean;
  given_back: string;
  library: string;
  equal: number;
}

export interface ContestPath {
  start: string[];
  steps: ContestStep[];
  ids: number[];
}

export interface ContestStep {
  rank: number;
  index: number;
  ranks: number[];
  lost: number[];
  symbols: string[];
  id: number;
}

export interface ConversationBeside {
  title: string;
  reason: string;
  lead: WrittenMark[];
  n_tokens: number;
  n_special: number;
  n_said: number;
  same_marks: boolean;
  places: MarksBeside[];
}

export interface CutAlike {
  tokenizers: number;
  agreed: number;
  ends: number;
}

export interface DrawnCut {
  pieces: string[];
  expected: number;
  error: number;
  here: number;
  library: number;
}

export interface EncodedPiece {
  text: string;
  start: number;
  ids: number[];
  lengths: number[];
}

export interface EncodingChoice {
  name: string;
  title: string;
  note: string;
}

export interface LanesBeside {
  same_text: boolean;
  nbytes: number;
  characters: number;
  tokens: number[];
  own: OtherTokenizer | null;
}

export interface LanguageColumn {
  name: string;
  title: string;
  reason: string;
  /** "language" */
  counts: Ints;
  /** "language" */
  unknown: Ints;
}

export interface LanguageRow {
  code: string;
  name: string;
  characters: number;
  nbytes: number;
}

export interface LatticeCut {
  pieces: number[];
  score: number;
  share: number;
}

export interface LatticePiece {
  start: number;
  end: number;
  text: string;
  score: number;
  share: number;
  unknown: boolean;
}

export interface LineupEntry {
  name: string;
  title: string;
  kind: string;
  owner: string;
  context: number;
  cost: number;
}

export interface ListedPair {
  left: string;
  right: string;
  used: boolean;
  added: boolean;
}

export interface ListedRun {
  title: string;
  pairs: ListedPair[];
  path: ContestPath;
  pieces: string[];
  as_said: boolean;
}

export interface MarksBeside {
  after: string;
  before: string;
  here: WrittenMark[];
  there: WrittenMark[];
}

export interface OtherTokenizer {
  title: string;
  size: number;
  here: number;
  there: number;
}

export interface PublishedRow {
  tokenizer: string;
  algorithm: string;
  size: number;
  used_by: string;
  reason: string;
  ids: number;
  kind: string;
  traits: Traits | null;
  holds: boolean;
  finding: string;
}

export interface ReadSide {
  ids: number[];
  special: boolean[];
  next_ids: number[];
  /** "next" */
  next_p: Floats;
  text: number[];
  done: boolean;
}

export interface RemovedPiece {
  text: string;
  loss: number;
}

export interface SpecialToken {
  id: number;
  roles: string[];
  words: string;
  template: boolean;
  stops: boolean;
  lead: boolean;
  norm: number | null;
}

export interface SpecialTokensConversation {
  reason: string;
  turns: ChatTurn[];
  answer: boolean;
  pieces: TemplatePiece[];
  chunks: TemplateChunk[];
  ids: number[];
  special: boolean[];
  said: boolean[];
  lead: number[];
  names: string[];
  base: ConversationBeside | null;
}

export interface SpecialTokensInjection {
  reason: string;
  said: string;
  usual: string;
  tried: number[];
  first: number;
  start: number;
  after: number;
  text: ReadSide | null;
  token: ReadSide | null;
  kl: number | null;
  other: Floats | null;
}

export interface SpecialTokensTable {
  tokens: SpecialToken[];
  count: number;
  d_vocab: number;
  typical_norm: number;
  template: boolean;
}

export interface StepsBeside {
  title: string;
  same_tokenizer: boolean;
  same_text: boolean;
  n_bytes: number;
  n_pieces: number;
  n_tokens: number;
  n_alike: number;
  pieces: EncodedPiece[];
  first: number;
  here: number[];
  alike: boolean[];
  word: number;
  path: ContestPath | null;
}

export interface TemplateChunk {
  piece: number;
  turn: number;
  text: string;
  tokens: number[];
}

export interface TemplatePiece {
  kind: "text" | "value" | "statement";
  source: string;
  line: number;
  depth: number;
}

export interface TokenizersHabits {
  cases: WorkedCase[];
  missing: string[];
  total: number;
}

export interface TokenizersLanes {
  source: string;
  text: string;
  nbytes: number;
  characters: number;
  lineup: LineupEntry[];
  chosen: string[];
  lanes: ComparedLane[];
  alike: CutAlike | null;
  base: LanesBeside | null;
}

export interface TokenizersLanguages {
  title: string;
  languages: LanguageRow[];
  columns: LanguageColumn[];
  total: number;
}

export interface TokenizersPublished {
  rows: PublishedRow[];
  total: number;
}

export interface TrainerColumn {
  title: string;
  alphabet: number;
  pieces: string[];
  counts: number[];
  alone: boolean[];
}

export interface TrainingPruning {
  after: number;
  pieces: number;
  gone: number;
  nearly: RemovedPiece[];
  useless: string[];
  n_useless: number;
}

export interface TrainingRound {
  number: number;
  pieces: number;
  dropped: number;
  bits: number;
  tokens: number;
}

export interface Traits {
  tokens: number;
  bytes_alone: number;
  marked: number;
  named_bytes: number;
  continuing: number;
  longer: number;
  out_of_order: number;
}

export interface UnigramLatticeDraws {
  text: string;
  reason: string;
  alpha: number;
  draws: number;
  seed: number;
  library: string;
  cuts: DrawnCut[];
  others: DrawnCut | null;
  distinct: number;
  tokens: number;
  best_tokens: number;
}

export interface UnigramLatticeLattice {
  settings: UnigramSettings;
  n_tokens: number;
  typed: string;
  reason: string;
  note: string;
  letters: string[];
  pieces: LatticePiece[];
  best: (number | null)[];
  cuts: LatticeCut[];
  n_cuts: number;
  others: number;
}

export interface UnigramLatticeTraining {
  settings: UnigramSettings;
  characters: number;
  words: number;
  seeds: number;
  singles: number;
  rounds: TrainingRound[];
  prunings: TrainingPruning[];
  done: boolean;
  reason: string;
  bits: number | null;
  library_bits: number | null;
  learned: string[];
}

export interface UnigramSettings {
  vocabulary: "xlmr" | "trained";
  published: string;
  passage: string;
  size: number;
  least: number;
}

export interface WordpieceBefore {
  text: string;
  reason: string;
  stages: WordpieceStage[];
  decoded: string;
  same: boolean;
  unknown: string[];
  base: BeforeBeside | null;
}

export interface WordpieceBeside {
  shortened: boolean;
  words: WordpieceWord[];
  here: number[];
  alike: boolean[];
  word: number;
  steps: WordpieceStep[];
  tries: number;
  n_tokens: number;
}

export interface WordpieceGreedy {
  typed: boolean;
  text: string;
  shortened: boolean;
  instead: boolean;
  reason: string;
  words: WordpieceWord[];
  word: number;
  steps: WordpieceStep[];
  tries: number;
  missing: string;
  n_vocabulary: number;
  n_tokens: number;
  max_characters: number;
  base: WordpieceBeside | null;
}

export interface WordpiecePart {
  text: string;
  before: string;
}

export interface WordpieceStage {
  name: string;
  about: string;
  changed: number;
  parts: WordpiecePart[];
}

export interface WordpieceStep {
  start: number;
  tries: WordpieceTry[];
  left_out: number;
  id: number;
}

export interface WordpieceTry {
  text: string;
  found: boolean;
}

export interface WordpieceWord {
  text: string;
  source: string;
  tokens: string[];
  ids: number[];
  why: string;
  better: string[];
}

export interface WorkedCase {
  name: string;
  title: string;
  texts: string[];
  fact: string;
  rows: WorkedRow[];
}

export interface WorkedRow {
  name: string;
  title: string;
  texts: WorkedText[];
}

export interface WorkedText {
  pieces: string[];
  ids: number[];
  hexes: string[];
  lost: boolean;
}

export interface WrittenMark {
  id: number;
  text: string;
  special: boolean;
}
