// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

export interface SftConversation {
  request: string;
  answer: string;
  ids: number[];
  template: boolean;
  /** "token" */
  mark: Bools;
  /** "token" */
  learnt: Bools;
  /** "token" */
  loss: Floats;
  first: number;
  by_length: number;
}

export interface SftStep {
  request: string;
  answer: string;
  other: string;
  ids: number[];
  /** "token" */
  learnt: Bools;
  /** "token" */
  before: Floats;
  /** "token" */
  after: Floats;
  other_ids: number[];
  /** "other" */
  other_before: Floats;
  /** "other" */
  other_after: Floats;
  trained: number;
  gradient: number;
  length: number;
  /** "layer" */
  by_layer: Floats;
}
