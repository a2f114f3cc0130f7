/** What a view is given besides its data, and what it is. */
import type { TemplateResult } from "lit-html";

/** What is selected on the page; null where nothing is. */
export interface Focus {
  position: number | null;
  layer: number | null;
  head: number | null;
  target: number | null;
  expert: number | null;
}

export interface ViewContext {
  readonly focus: Readonly<Focus>;
  /** Pixels that the view may fill. */
  readonly width: number;
  /** Whether interventions are on: payloads then hold the unmodified run as well, where it can be compared. */
  readonly changed: boolean;
  select(change: Partial<Focus>): void;
}

/** A picture is a function of its data and of what is selected; the page draws it again whenever one of them changes. */
export type View<Data> = (data: Data, ctx: ViewContext) => TemplateResult;
