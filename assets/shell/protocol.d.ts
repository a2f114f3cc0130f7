/** What server and page say to each other, and what Gradio gives the page. */

import type { Piece } from "../kit/tokens";
import type { Check, Effect, Focus, Intervention, Row, Run, RunModel, Sampler, View, ViewContext } from "../kit/view";
import type { Floats, Ints } from "../types";

/** Values of a panel's controls; the link holds them. */
export type Controls = Record<string, string | number | undefined>;

/** A view as explorer/shell/manifest.py declares it. */
export interface ViewSpec {
  name: string;
  title: string;
  about: string;
  provenance: string[];
  depends: (keyof Focus)[];
  controls: string[];
  heavy: boolean;
  /** What it needs of a second run to show it; "all" where two runs are its subject, nothing where it shows one. */
  compares: string;
  reads: "run" | "model" | "nothing";
}

/** A chapter's tab, and those of its panels. */
export interface Chapter {
  name: string;
  title: string;
  panels: { name: string; title: string }[];
}

export interface PanelSpec {
  name: string;
  title: string;
  chapter: string;
  chapterTitle: string;
  about: string;
  /** Further words by which somebody may look for it. */
  also: string[];
  requires: string[];
  views: ViewSpec[];
}

/** Why a view does not apply, and what to open instead. */
export interface Absent {
  message: string;
  hint: string;
  offer?: string;
}

/** A view's answer: of explorer/shell/rendering.py. */
export interface Entry {
  data?: unknown;
  checks?: Check[];
  title?: string | null;
  about?: string | null;
  /** A part of a measurement that goes on. */
  partial?: boolean;
  absent?: Absent;
  /** The run that was chosen to be compared with: what is other in it, and what of it can be shown. */
  compared?: { title: string; text: string; fits: boolean };
}

export interface Views {
  panel: string;
  views: Record<string, Entry>;
  focus: Partial<Focus>;
  /** The selection as it was asked for; `focus` has what was left open filled in. */
  asked?: Partial<Focus>;
  controls: Controls;
  strings: Record<string, Piece>;
}

/** A run as it is sent: the page adds `next`. */
export type RunSent = Omit<Run, "next">;

export interface RunAnswer extends Views {
  kind: "run";
  run: RunSent;
  /** Of a stored run only. */
  recorded?: Recorded;
}

/** What a stored run was made of; `kept` where no live one follows. */
export interface Recorded {
  query: string;
  kept?: boolean;
}

export interface ViewsAnswer extends Views {
  kind: "views";
  query: string;
}

export interface ErrorAnswer {
  kind: "error";
  name: string;
  message: string;
  hint?: string;
  action?: string;
  facts?: { tokens?: number; limit?: number; repaired?: string; repairs?: string };
}

export interface StatusAnswer extends Status {
  kind: "status";
}

/** What is going on, for the line of status. */
export interface Status {
  stage: string;
  done: number;
  total: number;
  unit?: string;
  /** Said after the count. */
  after?: string;
  action?: string;
}

export type Answer =
  | RunAnswer
  | ViewsAnswer
  | ErrorAnswer
  | StatusAnswer
  | { kind: "jobs"; watch: number; jobs: Record<string, import("./jobs").State> }
  | { kind: "gone" }
  | { kind: "rest" };

/** What the page asks of the server: `Wish` in explorer/shell/wish.py. */
export interface Request {
  action?: string;
  query?: string;
  panel?: string;
  views?: string[];
  focus?: Focus;
  controls?: Controls;
  interventions?: string[];
  order?: string[];
  forced?: string;
  keep?: boolean;
  watch?: number;
  again?: boolean;
}

/** A named part of a source text. */
export interface SourcePart {
  path: string;
  line: number;
  /** Pygments' short class of each piece, and the piece. */
  tokens: [kind: string, text: string][];
}

/** What a named function of the server says; a message where it cannot. */
export interface Said {
  parts?: SourcePart[];
  text?: string;
  message?: string;
  hint?: string;
  /** "brought": a file is kept under this name. */
  kind?: string;
  name?: string;
}

/** Who answers the page: the live server (`server.js`), or what was recorded of one (`recorded/recording.js`). */
export interface Service {
  /** A named function of the server: a view's source, the panel as a file. */
  call(name: string, request: object): Promise<Said>;
  /** Views, for a selection and controls. */
  render(request: Request, wanted?: () => boolean, refused?: (answer: Answer) => boolean): Promise<Answer>;
}

/**
 * What Gradio gives the script of its HTML view. What is asked in the queue is taken by the buttons `work` and `look`
 * of the document, with `window.explorer.take`; the answer is a value of `props`, which `watch` tells of.
 */
export interface Gradio {
  element: HTMLElement;
  props: { value: unknown };
  server: Record<string, (request: string) => Promise<unknown>>;
  watch(name: string, changed: () => void): void;
}

/** What a recorded page gives in its place (`recorded/host.js`). */
export interface RecordedHost extends Omit<Gradio, "server"> {
  service: Service;
  /** Before the page opens. */
  prepare(page: RecordedPage): void;
}

/** The parts of the page that a recording reaches. */
export interface RecordedPage {
  store: import("./store").Store;
  address: import("./address").Address;
  panels: import("./panels").Panels;
  lessons(how: "list" | "linked" | "met", bare?: boolean): Promise<void>;
}

/** A slider of the sampler. */
export interface Setting {
  name: string;
  link: string;
  /** The step that it sets. */
  stage: string;
  label: string;
  /** Its name in a sentence. */
  term: string;
  meaning: string;
  neutral: number;
  least: number;
  most: number;
  step: number;
  whole: boolean;
  shown_first: number | null;
  /** Whether older links leave its step out. */
  later: boolean;
}

export interface SelectionField {
  name: keyof Focus;
  link: string;
  label: string;
  size: string;
}

export interface Example {
  name: string;
  text: string;
  shows: string;
}

export interface ModelCard {
  name: string;
  title: string;
  parameters: number;
  note: string;
}

/** The tables that the server puts into the page's head. */
export interface Tables {
  settings: Setting[];
  selection: SelectionField[];
}

/** A view as the page draws it: of its module. */
export interface Drawable {
  view: View<unknown>;
  rows?(data: unknown, ctx: ViewContext): Row[];
  checks?(data: unknown, ctx: ViewContext): Check[];
  follows?: boolean;
}

export type { Check, Effect, Floats, Focus, Intervention, Ints, Row, Run, RunModel, Sampler, ViewContext };
