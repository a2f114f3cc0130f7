// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats } from "./shared";

export interface DisguisesDetector {
  name: string;
  title: string;
}

export interface DisguisesForm {
  name: string;
  about: string;
  seen: DisguisesSeen[];
  inconclusive: RefusalRate;
  forbidden: DisguisesText[];
  harmless: DisguisesText[];
}

export interface DisguisesForms {
  taught: boolean;
  refuses: boolean;
  layer: number;
  n: number;
  total: number;
  detectors: DisguisesDetector[];
  forms: DisguisesForm[];
}

export interface DisguisesSeen {
  forbidden: RefusalRate;
  twins: RefusalRate;
}

export interface DisguisesText {
  text: string;
  answer: string;
  verdict: string;
  seen: boolean[];
}

export interface RefusalAnswer {
  condition: number;
  forbidden: string;
  forbidden_is: string;
  harmless: string;
  harmless_is: string;
}

export interface RefusalCandidate {
  layer: number;
  position: number;
  ablated: number;
  induced: number;
  kl: number;
  why: string;
}

export interface RefusalDirection {
  taught: boolean;
  pairs: number;
  held: number;
  tokens: number[];
  /** "layer position" */
  apart: Floats;
  /** "layer position" */
  length: Floats;
  forbidden_score: number;
  harmless_score: number;
  first: number[];
  probes: RefusalProbe[];
  tried: RefusalCandidate[];
  tried_on: number;
  recorded: boolean;
  best_layer: number;
  best_position: number;
  refuses: boolean;
}

export interface RefusalEffect {
  name: string;
  way: string;
  strength: number;
  forbidden: RefusalRate;
  twins: RefusalRate;
  inconclusive: RefusalRate;
  kl: number;
  kl_first: number;
  perplexity: number;
}

export interface RefusalEffects {
  taught: boolean;
  layer: number;
  position: number;
  strength: number;
  n: number;
  total: number;
  effects: RefusalEffect[];
  recorded: RefusalEffect[];
  recorded_layer: number;
  pairs: RefusalPair[];
  refuses: boolean;
  base: string;
}

export interface RefusalPair {
  forbidden: string;
  harmless: string;
  answers: RefusalAnswer[];
}

export interface RefusalProbe {
  layer: number;
  logistic: number;
  mass_mean: number;
  control_known: number;
  control: number;
}

export interface RefusalRate {
  count: number;
  n: number;
  mean: number;
  low: number;
  high: number;
}
