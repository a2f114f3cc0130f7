/** A lesson, sent. `python -m explorer types` writes it from explorer/shell/envelope: do not edit. */
import type { FocusField } from "../protocol";

export type Kind = "share" | "number" | "logit" | "count" | "bytes" | "token" | "head" | "layer" | "position" |
  "expert" | "yes";
export type Phase = "shown" | "then";

/** A stretch of text. */
export interface Inline {
  kind: "text" | "code" | "strong" | "em" | "link" | "term" | "value";
  /** Of text and code; of a value its expression, as it is written. */
  text: string;
  /** Of a link the page's own link; of a term its name in the glossary. */
  to: string;
  /** What is emphasised, or leads somewhere. */
  parts: Inline[];
}

/** A paragraph, or a list with an item a row. */
export interface Block {
  kind: "paragraph" | "list";
  rows: Inline[][];
}

/** What a fact says, and how it is written. */
export interface Value {
  kind: Kind;
  value: number | string | boolean | [number, number];
}

/** A question: one of several answers, or something to pick in the picture. */
export interface Ask {
  question: Block[];
  choices: Block[][];
  pick: FocusField[];
  /** What is shown once there is an answer. */
  then: string | null;
  right: Block[];
  otherwise: Block[];
}

/** A step: what it shows, says and asks. */
export interface Step {
  title: string;
  link: string;
  panel: string;
  view: string;
  text: Block[];
  /** Whether it says anything of its run. */
  tells: boolean;
  ask: Ask | null;
}

/** A lesson's name, and what is said of it. */
export interface Titled {
  name: string;
  title: string;
  chapter: string;
  chapterTitle: string;
  minutes: number;
  /** One sentence: what one knows afterwards. */
  learn: string;
}

/** A lesson in the list of them. */
export interface Listed extends Titled {
  steps: number;
}

/** Lessons in an order, for one kind of reader. */
export interface Course {
  name: string;
  title: string;
  audience: string;
  /** One sentence: what one can do afterwards. */
  about: string;
  /** Their names. */
  lessons: string[];
}

/** What there is to read. */
export interface LessonList {
  lessons: Listed[];
  courses: Course[];
}

/** A lesson. */
export interface Lesson extends Titled {
  steps: Step[];
  /** That its sentences name. */
  terms: TermName[];
}

/** A claim, and whether the run bears it out. */
export interface Claimed {
  source: string;
  holds: boolean;
}

/** What a step says of its run. */
export interface Told {
  /** By the expression as the text has it. */
  values: Record<string, Value>;
  claims: Claimed[];
  /** Which choice is right. */
  right: number | null;
  /** What must be picked. */
  picked: Record<string, number> | null;
}

/** The lesson that was asked for. */
export interface LessonAnswer {
  kind: "lesson";
  lesson: Lesson;
}

/** What the step that was asked for says. */
export interface ToldAnswer {
  kind: "told";
  told: Told;
}
