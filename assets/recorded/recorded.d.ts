/** Recordings. `python -m explorer types` writes it from explorer/shell/envelope: do not edit. */
import type { Controls } from "../kit/view";
import type { Piece } from "../kit/vocabulary";
import type { Lesson, Listed, Told } from "../shell/lesson/lesson";
import type { Entry, Focus, SourcePart } from "../shell/protocol";

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
  /** Of which it is a step. */
  lesson: string;
  text: string;
  /** Date on which it was made. */
  at: string;
  /** Where its answers lie. */
  file: string;
  /** Where its run lies, which other places show as well; nothing where it needs none. */
  run: string;
}

/** An answer of a place, or of a selection near it. */
export interface RecordedAnswer {
  asked: Partial<Focus>;
  focus: Partial<Focus>;
  controls: Controls;
  /** Each view's place among the entries. */
  views: Record<string, number>;
}

/** The answer of a place. Its run is a file of its own. */
export interface RecordedFile {
  strings: Record<string, Piece>;
  entries: Entry[];
  /** One: its own. */
  answers: RecordedAnswer[];
}

/** Entries that the places of one run and panel share. */
export interface PartFile {
  entries: Entry[];
}

/** The answers of the selections near a place: their entries are its own, or follow those. */
export interface NearFile {
  answers: RecordedAnswer[];
  /** Of each file of entries the number of its first, and its name. */
  parts: [number, string][];
}

/** The source of a view, by parts. */
export interface ViewSource {
  parts: SourcePart[];
}

/** A lesson that was recorded whole. */
export interface LessonFile {
  lesson: Lesson;
  /** By step and phase: "0 shown". */
  told: Record<string, Told>;
}

/** The same lesson in the list of all. */
export interface Taught extends Listed {
  /** The link that it begins with. */
  first: string;
}

/** How a page of recordings opens. */
export interface Place {
  /** Address of a server that runs anything, if one is named. */
  live: string;
  /** Names of the lessons that were recorded whole. */
  lessons: string[];
}

/** All places, for a page beside its files. */
export interface Listing extends Place {
  steps: Step[];
}

/** How a page of one file opens. */
export interface Options extends Place {
  /** The link with which it opens, where its address has none. */
  link: string;
  /** Where all recordings are listed, if anywhere. */
  list: string;
  embed: boolean;
}
