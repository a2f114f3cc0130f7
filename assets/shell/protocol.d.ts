/**
 * What server and page say to each other, and the tables that they share. `python -m explorer types` writes it from
 * explorer/shell/envelope: do not edit.
 */
import type { Controls } from "../kit/view";
import type { Piece } from "../kit/vocabulary";
import type { Floats, Ints } from "../types/shared";

export type Compares = "" | "all" | "weights" | "loaded" | "any" | "place" | "model" | "heads" | "tokens" | "words" |
  "parts" | "row" | "text";
export type FocusField = "position" | "layer" | "head" | "target" | "expert" | "over" | "rival";
export type Provenance = "MEASURED" | "DERIVED" | "FORMULA" | "QUOTED" | "RECORDED";
export type StageName = "penalty" | "presence" | "frequency" | "temperature" | "top_k" | "top_p" | "min_p" |
  "typical";

/** What is selected on the page; null where nothing is. */
export interface Focus {
  position: number | null;
  layer: number | null;
  head: number | null;
  target: number | null;
  expert: number | null;
  over: number | null;
  rival: number | null;
}

/** The sampler's settings, and the order of its steps. */
export interface Sampler {
  order: StageName[];
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number;
  repetition_penalty: number;
  typical_p: number;
  presence_penalty: number;
  frequency_penalty: number;
}

/** One field of the selection: a whole number from 0, below the size that bounds it. */
export interface SelectionField {
  name: FocusField;
  /** Its name in a link. */
  link: string;
  /** In a sentence. */
  label: string;
  size: "tokens" | "n_layers" | "n_heads" | "d_vocab" | "n_experts" | "references";
  /** Whether there is always one: where nothing is chosen, the first or the run's own best. */
  always: boolean;
  /** Whether it stays chosen when another text is run. */
  stays: boolean;
}

/** One number that a person may choose. */
export interface Setting {
  /** The field of `Sampler`, the slider's name and, with hyphens, the option of the command line. */
  name: string;
  /** Its name in a link. */
  link: string;
  /** The step that it sets. */
  stage: StageName;
  /** On a slider. */
  label: string;
  /** In a sentence. */
  term: string;
  /** What it does, in one short sentence. */
  meaning: string;
  low: number;
  /** What the sampler takes: `low` to `high`, or only above `low` where `low` itself keeps no token. */
  high: number;
  /** The value that changes nothing; a whole number where the setting counts. */
  neutral: number;
  least: number;
  most: number;
  /** The slider's ends and its step. */
  step: number;
  /** The page's first value, where it is not the neutral one: every step of its first run has something to show. */
  shown_first: number | null;
  /** Whether `low` itself is refused. */
  open_below: boolean;
  /** Whether an order may leave its step out, since links and callers name only the steps that were there before. */
  later: boolean;
  /** Whether its step moves the logits of tokens that are in the text already. */
  penalises: boolean;
  /** Whether the picture of the sampler has no column for its step while that changes nothing. */
  rare: boolean;
}

/** An order of the sampler's steps that has a name. */
export interface NamedOrder {
  name: string;
  meaning: string;
  stages: StageName[];
}

/** A kind of source. */
export interface Tag {
  name: Provenance;
  meaning: string;
}

/** A prompt that a visitor may take. */
export interface Example {
  name: string;
  text: string;
  /** What there is to see, for those with which one begins. */
  shows: string;
}

/** A term of the glossary, as it is found in a text. */
export interface TermName {
  term: string;
  /** Also an everyday word: not underlined of itself. */
  common?: boolean;
  /** In which it is written, where its name does not say them. */
  ways?: string[];
}

/** A term with what it means. */
export interface Term extends TermName {
  /** A sentence or two. */
  text: string;
  /** That shows it. */
  panel: string;
}

/** A view, as its panel declares it. */
export interface ViewSpec {
  name: string;
  title: string;
  about: string;
  provenance: Provenance[];
  depends: FocusField[];
  controls: string[];
  heavy: boolean;
  /** What it needs of a second run to show it; "all" where two runs are its subject, nothing where it shows one. */
  compares: Compares;
  /** Whether its answer has the unchanged run's data, too, while interventions are on. */
  unchanged: boolean;
  reads: "run" | "model" | "nothing";
}

/** A control, as its panel declares it (`panels.controls`). */
export interface ControlSpec {
  name: string;
  /** Nothing where the picture itself is pressed. */
  label: string;
  /** A sentence: what it changes. */
  meaning: string;
  kind: "choice" | "whole" | "real" | "text" | "open";
  /** Whether it takes any number between its bounds; else the nearest of its choices. */
  ranged: boolean;
  /** Nothing where the view decides. */
  default?: string | number;
  /** Values, what the page calls them, and what they mean. */
  choices?: ([string | number, string] | [string | number, string, string])[];
  low?: number | null;
  /** Nothing where the run bounds it. */
  high?: number | null;
  step?: number;
  /** Characters of a text. */
  longest?: number;
  unit?: string;
}

/** A panel with its views. */
export interface PanelSpec {
  name: string;
  title: string;
  chapter: string;
  chapterTitle: string;
  about: string;
  requires: string[];
  /** Further words by which somebody may look for it. */
  also: string[];
  views: ViewSpec[];
}

/** A panel with all that it takes to open it. */
export interface OpenPanel extends PanelSpec {
  controls: ControlSpec[];
  /** That its sentences may name. */
  terms: TermName[];
  /** Where the module of its views is; nothing where each view has its own. */
  script: string;
  /** Where its stylesheet is, if not beside its views. */
  sheet: string;
}

/** A panel, as the tabs name it. */
export interface PanelName {
  name: string;
  title: string;
}

/** A chapter's tab, and those of its panels. */
export interface Chapter {
  name: string;
  title: string;
  panels: PanelName[];
}

/** A chapter on the map; its title and its panels stand in the tabs. */
export interface MapChapter {
  name: string;
  about: string;
}

/** A part of the map of the stack. */
export interface MapPart {
  name: "writing" | "weights" | "around" | "questions";
  title: string;
  about: string;
  chapters: MapChapter[];
}

/** Panels with their words, and where their chapters stand on the map. */
export interface PanelsFile {
  panels: PanelSpec[];
  parts: MapPart[];
}

/** The tabs, and the panel that is seen first. */
export interface Opening {
  chapters: Chapter[];
  panels: OpenPanel[];
}

/** What the page opens with. */
export interface OpeningFile extends Opening {
  /** Where a run is that stands there until the live one comes. */
  stored: string;
  /** Where a panel is, NAME being its name. */
  each: string;
  /** Where the words of all panels are. */
  all: string;
}

/** A model of the shelf, before it is open. */
export interface ModelCard {
  name: string;
  title: string;
  parameters: number;
  note: string;
}

/** The tables in the page's head. */
export interface Tables {
  /** Of the sampler, in the order of the sidebar's sliders. */
  settings: Setting[];
  /** The sampler's steps, in the order in which transformers takes them. */
  stages: StageName[];
  orders: NamedOrder[];
  selection: SelectionField[];
  tags: Tag[];
  examples: Example[];
  models: ModelCard[];
}

/** The run's model: its name, and its sizes. */
export interface RunModel {
  name: string;
  title: string;
  parameters: number;
  note: string;
  licence: string;
  chat: boolean;
  kind: string;
  /** Blocks. */
  L: number;
  /** Query heads. */
  H: number;
  /** Key-value heads. */
  KV: number;
  /** d_model */
  D: number;
  /** d_head */
  dh: number;
  /** d_mlp */
  ff: number;
  /** d_vocab */
  V: number;
  /** Longest text, in tokens. */
  ctx: number;
  /** Experts a block, 0 in a dense model. */
  E: number;
  /** Experts that each token visits. */
  topk: number;
}

/** What the interventions changed, at each position that both runs read alike. */
export interface Effect {
  positions: number;
  kl: Floats;
  /** The unchanged run's likeliest token. */
  ids: Ints;
  before: Floats;
  now: Floats;
  /** Change of the likeliest token's, nats. */
  log_odds: Floats;
}

/** A step of the sampler. */
export interface GeneratedToken {
  position: number;
  chosen: number;
  u: number;
  forced: boolean;
}

/** An intervention of the run, as links write it, and in words. */
export interface NamedIntervention {
  text: string;
  label: string;
}

/** A run; the page's `store.run` is made of it. */
export interface RunSent {
  query: string;
  /** Token ids of prompt and generated text. */
  ids: number[];
  /** Of each token, in hexadecimal. */
  bytes: string[];
  special: boolean[];
  nPrompt: number;
  text: string;
  chat: boolean;
  /** "position rank" of the four likeliest next tokens. */
  nextIds: Ints;
  nextP: Floats;
  seed: number;
  newTokens: number;
  sampler: Sampler;
  /** (step, id) */
  forced: [number, number][];
  steps: GeneratedToken[];
  interventions: NamedIntervention[];
  seconds: Record<string, number>;
  /**
   * Made in one batch of so many runs; the largest difference from a run alone that was measured on this model, as a
   * part of the largest number. A run that was made alone has none.
   */
  batched?: [number, number];
  model: RunModel;
  effect: Effect | null;
}

/** Of the run beside the page's, what a picture of it names. */
export interface OtherRun {
  query: string;
  text: string;
  ids: number[];
  nPrompt: number;
}

/** A run, for a program. */
export interface Trace extends RunSent {
  strings: Record<string, Piece>;
}

/** A claim with the error that was measured, as it stands above the picture. */
export interface Check {
  statement: string;
  error: number | null;
  tolerance: number;
  /** What the number is called, where it is no error. */
  word?: string;
}

/** Why a view does not apply, and what to open instead. */
export interface Absent {
  message: string;
  hint: string;
  /** A model of the shelf to which it applies. */
  offer?: string;
  /** A model that is lacking, and that the page can fetch. */
  fetch?: string;
  /** The query of the run that a picture of this panel is kept of. */
  recorded?: string;
}

/** The run that was chosen to be compared with: what is other in it, and what of it can be shown. */
export interface Compared {
  title: string;
  text: string;
  fits: boolean;
}

/** The same view of the run beside this one: the chosen one, or the unchanged one while interventions are on. */
export interface OtherEntry {
  /** Of the type of this run's. */
  data: unknown;
  /** Positions that belong together, in blocks: from where on here, from where on there, how many. */
  places: [number, number, number][];
  /** Positions from the start that stand one beside the other. */
  shared: number;
  /** Nothing where the view reads none. */
  run?: OtherRun;
  model?: RunModel;
  /** The texts of its token ids, where another model's vocabulary has others. */
  strings?: Record<string, Piece>;
}

/** A view's answer, or why there is none. */
export interface Entry {
  data?: unknown;
  checks?: Check[];
  title?: string | null;
  about?: string | null;
  /** A part of a measurement that goes on. */
  partial?: boolean;
  absent?: Absent;
  compared?: Compared;
  there?: OtherEntry;
}

/** What a job has found: whole, or a part. */
export interface JobAnswer {
  entry: Entry;
  strings: Record<string, Piece>;
  partial: boolean;
  /** It holds at its moment alone, and is not kept. */
  passing?: boolean;
}

/** Views of a panel, drawn. */
export interface Views {
  panel: string;
  views: Record<string, Entry>;
  controls: Controls;
  /** Where there is a run, with what was left open filled in. */
  focus: Partial<Focus>;
  /** The selection as it was asked for. */
  asked?: Partial<Focus>;
  /** For programs: the token whose logit is explained; none where there is no run. */
  target?: number | null;
  strings: Record<string, Piece>;
}

/** What an answer of the queue has besides. */
export interface Queued {
  /** The page takes each once. */
  serial?: number;
  /** What was asked for. */
  action?: string;
}

/** What a stored run was made of. */
export interface Recorded {
  query: string;
  /** Whether no live one follows. */
  kept?: boolean;
}

/** A run, and the light views of the panel on screen. */
export interface RunAnswer extends Views, Queued {
  kind: "run";
  run: RunSent;
  /** Of a stored run only. */
  recorded?: Recorded;
}

/** Some views of a panel. */
export interface ViewsAnswer extends Views, Queued {
  kind: "views";
  query: string;
  /** Heavy views without their whole answer: they are jobs to watch. */
  pending?: string[];
}

/** What the views are drawn from is not at hand. */
export interface GoneAnswer {
  kind: "gone";
  query: string;
}

/** The panel that the link opens needs no run. */
export interface RestAnswer extends Queued {
  kind: "rest";
}

/** What is going on. */
export interface StatusAnswer extends Queued {
  kind: "status";
  stage: string;
  done: number;
  total: number;
}

/** Of an error's figures, those of which the page makes an offer. */
export interface Facts {
  tokens?: number;
  limit?: number;
  /** A text that can be run. */
  repaired?: string;
  /** What the button says that runs it. */
  repairs?: string;
}

/** What went wrong, and what to do. */
export interface Failure {
  name: string;
  message: string;
  hint: string;
  facts: Facts;
}

/** An answer that is an error. */
export interface ErrorAnswer extends Failure, Queued {
  kind: "error";
}

/** What there is to say of the job of a heavy view. */
export interface JobState {
  state: "waiting" | "running" | "done" | "failed";
  /** Of its answer: it rises with each part. */
  version: number;
  /** In the line. */
  place?: number;
  /** What is counted. */
  stage?: string;
  done?: number;
  total?: number;
  /** About how many seconds remain. */
  left?: number | null;
  error?: Failure;
}

/** News of the jobs that are watched, by view. */
export interface JobsAnswer extends Queued {
  kind: "jobs";
  /** The page's number for the watch. */
  watch: number;
  jobs: Record<string, JobState>;
}

/** One function or class of a view's source. */
export interface SourcePart {
  path: string;
  line: number;
  /** Pygments' short class of a piece, "" for none, and the piece. */
  tokens: [string, string][];
}

/** The source of a view, by parts and as a text. */
export interface SourceAnswer {
  text: string;
  parts: SourcePart[];
}

/** A file to take away. */
export interface FileAnswer {
  text: string;
}

/** A picture or a text is kept under this name. */
export interface BroughtAnswer {
  kind: "brought";
  name: string;
}

/** How far a model is that is fetched. */
export interface FetchAnswer {
  kind: "fetch";
  stage: string;
  done: number;
  total: number;
  over: boolean;
}

export type Answer = RunAnswer | ViewsAnswer | ErrorAnswer | StatusAnswer | JobsAnswer | RestAnswer | GoneAnswer;

/** A request of the page. */
export interface Request {
  action?: string;
  /** The run's text form; None takes the sidebar's values. */
  query?: string;
  panel?: string;
  views?: string[];
  focus?: Partial<Focus>;
  controls?: Controls;
  interventions?: string[];
  /** Tokens that are forced, as a link writes them. */
  forced?: string;
  /** Of the sampler's steps; empty is the usual one. */
  order?: string[];
  /** What is kept of heavy views is measured anew. */
  again?: boolean;
  /**
   * The page's number for its watch: news carry it, so that those of an older watch are told from the newer one's.
   */
  watch?: number;
  /** The same text and model again: the selection stays where it is. */
  keep?: boolean;
}
