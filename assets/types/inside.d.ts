// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
import type { Floats, Ints } from "./shared";

export interface AutoencoderCurves {
  /** "point" */
  step: Ints;
  /** "point" */
  explained: Floats;
  /** "point" */
  l0: Floats;
  /** "point" */
  dead: Ints;
  /** "smooth" */
  loss_step: Floats;
  losses: Record<string, Floats>;
}

export interface TrainingSae {
  layer: number;
  kind: string;
  width: number;
  k: number;
  steps: number;
  batch: number;
  tokens: number;
  held: number;
  d_model: number;
  dead_after: number;
  trained: AutoencoderCurves;
  placebo: AutoencoderCurves;
}
