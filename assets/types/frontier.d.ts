// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface AnswerWord {
  word: string;
  share: number;
  blank: number;
}

export interface Compared {
  arm: string;
  image_tokens: number;
  parameters: number;
  sequence: number;
  seconds: number;
  right: number[];
  mean: number;
  half: number;
  difference: number;
  difference_half: number;
  by_kind: number[];
}

export interface Confused {
  kind: string;
  answer: string;
  said: string;
  count: number;
  example: string;
  seed: number;
}

export interface Connectors {
  kinds: string[];
  seeds: number;
  steps: number;
  arms: Compared[];
}

export interface CurvePoint {
  step: number;
  loss: number;
  right: number;
}

export interface LookedAt {
  pictured: Pictured;
  /** "layer head token" */
  attention: Floats;
  /** "token" */
  effect: Floats;
  counts: number[];
  by_attention: number[];
  by_effect: number[];
  at_random: number[];
  random_low: number[];
  random_high: number[];
  draws: number;
  agreement: number;
}

export interface Mistakes {
  by: Record<string, Sorted[]>;
  unseen: Sorted;
  seen: Sorted;
  confused: Confused[];
  scenes: number;
  captions_right: number;
  captions_of: number;
  parameters: number;
  steps: number;
  machine: string;
  seconds: number;
  curve: CurvePoint[];
}

export interface PatchNorms {
  pictures: string[];
  picture: string;
  takes: boolean;
  title: string;
  image: string;
  grid: [number, number];
  /** "depth pos" */
  norms: Floats;
  depth: number;
}

export interface PatchesRemoved {
  pictures: string[];
  picture: string;
  takes: boolean;
  image: string;
  grid: [number, number];
  depth: number;
  n_layers: number;
  chosen: number[];
  /** "patch" */
  norms: Floats;
  cls: number;
  others: number;
  placebo_cls: number[];
  placebo_others: number[];
  example: number[];
}

export interface PictureAnswer {
  pictured: Pictured;
  answers: AnswerWord[];
  caption: string;
  true_caption: string;
}

export interface Pictured {
  picture: string;
  takes: boolean;
  image: string;
  grid: [number, number];
  things: ShownThing[];
  question: string;
  offered: string[];
  answer: string;
  truth: string;
}

export interface ShownThing {
  colour: string;
  shape: string;
  patches: number[];
}

export interface Sorted {
  name: string;
  n: number;
  right: number;
  low: number;
  high: number;
  blind: number;
  usual: number;
}

export interface TokenWords {
  pictured: Pictured;
  words: string[];
  /** "depth token rank" */
  nearest: Ints;
  /** "depth token rank" */
  share: Floats;
  /** "rows what" */
  named: Floats;
}
