/** How the page's own parts speak with each other, and what Gradio gives it. What the server says is in `protocol`. */

import type { Check, Row, View, ViewContext } from "../kit/view";
import type { Answer, BroughtAnswer, ErrorAnswer, FetchAnswer, Request, SourceAnswer, StatusAnswer } from "./protocol";

/** What is going on, for the line of status. */
export interface Status extends Omit<StatusAnswer, "kind"> {
  unit?: string;
  /** Said after the count. */
  after?: string;
}

/** What a named function of the server says; a message where it cannot. */
export type Said = Partial<
  SourceAnswer & Omit<BroughtAnswer, "kind"> & Omit<FetchAnswer, "kind"> & Pick<ErrorAnswer, "message" | "hint">
> & {
  kind?: string;
};

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
  address: import("./address/address").Address;
  panels: import("./view/panels").Panels;
  lessons(how: "list" | "linked" | "met" | "tour"): Promise<void>;
}

/** A view as the page draws it: of its module. */
export interface Drawable {
  view: View<unknown>;
  rows?(data: unknown, ctx: ViewContext): Row[];
  checks?(data: unknown, ctx: ViewContext): Check[];
  exported?(data: unknown, ctx: ViewContext): object;
  follows?: boolean;
}
