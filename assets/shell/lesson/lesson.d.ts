/** A lesson as explorer/shell/lessons.py sends it. */
import type { Focus } from "../protocol";

/** A stretch of text: of explorer/lessons/document.py. */
export interface Inline {
  kind: "text" | "code" | "strong" | "em" | "link" | "term" | "value";
  text: string;
  to: string;
  parts: Inline[];
}

export interface Block {
  kind: "paragraph" | "list";
  rows: Inline[][];
}

/** What a fact says, and how it is written. */
export interface Value {
  kind: "share" | "number" | "logit" | "count" | "bytes" | "token" | "head" | "layer" | "position" | "expert" | "yes";
  value: number | string | boolean | [number, number];
}

export interface Ask {
  question: Block[];
  choices: Block[][];
  pick: (keyof Focus)[];
  /** What is shown once there is an answer. */
  then: string | null;
  right: Block[];
  otherwise: Block[];
}

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

export interface Listed {
  name: string;
  title: string;
  chapter: string;
  chapterTitle: string;
  minutes: number;
  learn: string;
}

export interface Lesson extends Listed {
  steps: Step[];
}

/** What a step says of its run. */
export interface Told {
  values: Record<string, Value>;
  claims: { source: string; holds: boolean }[];
  right: number | null;
  picked: Record<string, number> | null;
}

export type Phase = "shown" | "then";

/** An answer that was given: the choice, or what was picked. */
export type Answer = number | Record<string, number | null>;

/** How far somebody is in a lesson. */
export interface Place {
  step: number;
  answers: Record<string, Answer>;
  done?: boolean;
}
