/** What a recording is made of: twin of explorer/shell/recorded/recording.py. */
import type { Controls } from "../kit/view";
import type { Entry, Focus, PanelSpec, RunSent, SourcePart } from "../shell/protocol";
import type { Piece } from "../kit/vocabulary";

/** A place that was recorded, as the list of them says it. */
export interface Step {
  /** What stands after the address: the link of the live page. */
  link: string;
  panel: string;
  /** The run that it was made of; where the panel needs none, what the link says of one. */
  query: string;
  /** Whether the panel needs a run. */
  runs: boolean;
  /** Its model's title. */
  model: string;
  title: string;
  text: string;
  /** The lesson of which it is a step. */
  lesson: string;
  /** Date on which it was made. */
  at: string;
  /** Where its answers lie. */
  file: string;
  /** Where its run lies, which other places show as well; nothing where it needs none. */
  run: string;
}

/** The answer of a place. */
export interface RecordedFile {
  run?: RunSent | null;
  strings: Record<string, Piece>;
  entries: Entry[];
  answers: RecordedAnswer[];
}

/** The answers of the selections near a place: their entries are its own, or follow those, in files of which each says
 * with which number it begins. */
export interface NearFile {
  answers: RecordedAnswer[];
  parts: [number, string][];
}

export interface RecordedAnswer {
  asked: Partial<Focus>;
  focus: Partial<Focus>;
  controls: Controls;
  /** Each view's place among the entries. */
  views: Record<string, number>;
}

export type Sources = Record<string, { parts: SourcePart[] }>;

/** What a page of recordings opens with. */
export interface Opened {
  steps: Step[];
  panels: PanelSpec[];
  /** A file's content. */
  read(file: string): Promise<any>;
  /** Address of a server that runs anything, if one is named. */
  live: string;
  /** The link with which it opens, where its address has none. */
  link: string;
  /** Where all recordings are listed, if anywhere. */
  list: string;
  /** Names of the lessons that were recorded whole. */
  lessons: string[];
  embed: boolean;
}
