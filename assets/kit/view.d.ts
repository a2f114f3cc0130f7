/** What a view is given besides its data, and what it is. */
import type { TemplateResult } from "lit-html";
import type { Check, ControlSpec, Focus, OtherRun, RunModel, RunSent, Sampler } from "../shell/protocol";

export type { Check, Focus, RunModel, Sampler } from "../shell/protocol";

/** Values of a panel's controls; the link holds them. */
export type Controls = Record<string, string | number | undefined>;

/** The run on the page. */
export interface Run extends RunSent {
  /** The likeliest next token after each position, and its probability. */
  next: { id: number; p: number }[];
}

/** An entry of the intervention stack. */
export interface Intervention {
  text: string;
  label: string;
  on: boolean;
}

/** How the other run is called: "other run", "the other run", "In the other run" at the start of a sentence,
 * where there is little room, and in a table's columns. */
export interface BesideWords {
  name: string;
  the: string;
  The: string;
  start: string;
  short: string;
  /** At the heads of two columns, that run's and this one's. */
  before: string;
  now: string;
  column: string;
}

/** What a view remembers on the page only: a step that is played, a row that is open. The link does not hold it. */
export type State = object;

/** The other run: its tokens, where the view reads a run, and its model. */
export interface Other extends Partial<OtherRun> {
  model?: RunModel;
  /** The texts of its token ids, where another model's vocabulary has others. */
  strings?: Record<string, string | { hex: string }>;
}

export interface ViewContext<Kept extends State = State, Data = unknown> {
  readonly focus: Readonly<Focus>;
  /** Pixels that the view may fill. */
  readonly width: number;
  /** Whether the payload holds a second run as well, where it can be compared: the unchanged one while interventions
   * are on, or the one that was chosen. */
  readonly changed: boolean;
  /** How that run is called. */
  readonly beside: BesideWords;
  /** The view's data of that run, of the same type; null where there is none. A picture that does not look at it is
   * drawn for both runs. */
  readonly there: Data | null;
  readonly other: Other | null;
  /** Positions from the start that stand one beside the other in both runs. */
  readonly shared: number;
  /** That run's position for one of this run's; null where it has none. */
  align(position: number): number | null;
  /** The run on the page; a panel that needs none may have none. */
  readonly run: Run;
  /** Whether the run is a stored one, shown until the live one is there. */
  readonly recorded: boolean;
  readonly sampler: Sampler;
  readonly interventions: readonly Intervention[];
  /** The values of the panel's controls: what the link says, or what the panel declares; nothing where the view
   * decides. */
  readonly controls: Readonly<Controls>;
  /** What `keep` has kept: the view's own, gone with the panel. */
  readonly kept: Readonly<Partial<Kept>>;

  /** What the panel declares of one of its controls. */
  declared(name: string): ControlSpec;
  /** `show`: a view of the panel that this opens or changes, brought into sight where it is not. */
  select(change: Partial<Focus>, options?: { show?: string }): void;
  /** Remembers it on the page and draws the view again. */
  keep(change: Partial<Kept>): void;
  /** Sets a control of the panel, or of another. A view whose answer depends on it is asked for anew: a light one by
   * itself. */
  control(name: string, value: string | number | null, of?: string): void;
  /** The run whose query this is stands beside the page's in every panel that can show two; nothing takes it away. */
  compare(query: string): void;
  /** Measures a heavy view of the panel here and now; the view itself if none is named. */
  measure(view?: string): void;
  /** Ends what is measured now: what it has so far stays. */
  halt(): void;
  /** Whether this view is being measured, or waits for it. */
  busy(): boolean;
  /** Whether the whole answer for what is selected now is on the page. */
  measured(): boolean;
  /** The data of another view, of this panel or of a named one, if it is on the page. */
  payload<Data>(view: string, panel?: string): Data | undefined;
  /** A light view's data for another selection, which is not selected; null when it cannot be had now. */
  look<Data>(change: Partial<Focus>): Promise<Data | null>;
  /** Brings a file (base64) to a server of one's own, or a text to any: a name for a control, or what is wrong. */
  bring(what: { file: string } | { text: string } | { forget: string }): Promise<{ name: string } | { error: string }>;
  /** Opens another panel, at one of its views. */
  go(panel: string, view?: string): void;
  /** Runs the page's prompt with another model, in a panel. */
  open(model: string, panel: string): void;
  /** Puts an intervention on the stack, or takes it away. With another prompt, that one is run, changed by it alone. */
  intervene(text: string, prompt?: string): void;
  restore(text: string): void;
  /** Continues the text with this token after the position. */
  force(position: number, id: number): void;
  /** Draws arcs in the strip of tokens: a weight of 0 to 1 a token; null for none. */
  arcs(weights: ArrayLike<number> | null): void;
  setSampler(change: Partial<Sampler>): void;
  toast(text: string): void;
  /** Opens the runs of this browser, each to be put beside the one on the page. */
  runs(): void;
}

/**
 * A picture is a function of its data and of what is selected; the page draws it again whenever one of them changes.
 */
export type View<Data, Kept extends State = State> = (data: Data, ctx: ViewContext<Kept, Data>) => TemplateResult;

/** One line of a view's numbers, for CSV: flat, tokens as text. */
export type Row = Record<string, string | number | boolean | null | undefined>;

/** What a module of a view exports: a function of the view's own name, and these. */
export interface ViewModule<Data, Kept extends State = State> {
  /** The numbers that the picture shows, as a table. */
  rows?(data: Data, ctx: ViewContext<Kept, Data>): Row[];
  /** Data of a view that the page computes by itself, for its file; without it, those that the server sent. */
  exported?(data: Data, ctx: ViewContext<Kept, Data>): object;
  /** Checks of what the page itself computes. */
  checks?(data: Data, ctx: ViewContext<Kept, Data>): Check[];
  /** A heavy view that is quick: measured for each selection by itself, not by hand. */
  follows?: boolean;
}
