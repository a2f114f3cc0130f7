// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Bools, Floats } from "./shared";

export interface AdapterDepth {
  adapter: string;
  offered: string[];
  r: number;
  blocks: number;
  sizes: AdapterSize[];
}

export interface AdapterHeads {
  adapter: string;
  offered: string[];
  task: string;
  tokens: number;
  /** "layer head" */
  moved: Floats;
}

export interface AdapterKept {
  kept: number[];
  losses: number[];
}

export interface AdapterMatrix {
  adapter: string;
  offered: string[];
  layer: string;
  block: number;
  blocks: number;
  r: number;
  scale: number;
  pictures: AdapterPicture[];
  /** "r" */
  values: Floats;
  /** "all" */
  base: Floats;
  /** "top" */
  tuned: Floats;
  effective_rank: number;
  /** "r top" */
  cosines: Floats;
  /** "top" */
  nearest: Floats;
  bound: number;
  chance: number;
}

export interface AdapterPicture {
  name: string;
  shape: [number, number];
  /** "row column" */
  cells: Floats;
  norm: number;
}

export interface AdapterRanks {
  adapter: string;
  offered: string[];
  task: string;
  r: number;
  first: AdapterKept[];
  without: AdapterKept[];
}

export interface AdapterSize {
  block: number;
  role: string;
  base: number;
  update: number;
  effective_rank: number;
}

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
