// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.

export interface ChainChange {
  kept_follows: number;
  kept_stays: number;
  anew_follows: number;
  anew_stays: number;
  anew_right: number;
}

export interface ChainOpened {
  refused: string;
  prompt: string;
  instructions: string[];
  answer: number;
  text: string;
  said: number;
  held_out: boolean;
  drawn: number;
  places: ChainPlace[];
  changes: ChainChange[];
  longer: number;
  swapped_prompt: string;
  swapped_answer: number;
  swapped_right: number;
}

export interface ChainPlace {
  step: number;
  follows: boolean;
  p: number;
  cut: number;
  value: number;
  sampled: number;
  worth: number;
  stops: number;
}

export interface ComputeAccuracy {
  prompts: number;
  of: number;
  parameters: Record<string, number>;
  methods: ComputeMethod[];
}

export interface ComputeMethod {
  model: string;
  kind: string;
  n: number;
  right: number;
  half: number;
  flops: number;
}

export interface OptimisedJudge {
  name: string;
  score: number[];
  right: number[];
  half: number[];
  kl: number[];
}

export interface OverOptimised {
  prompts: number;
  of: number;
  n: number[];
  judges: OptimisedJudge[];
}

export interface StepTree {
  refused: string;
  prompt: string;
  answer: number;
  found: number;
  text: string;
  nodes: TreeNode[];
  tokens_shared: number;
  tokens_apart: number;
  bytes_shared: number;
  bytes_apart: number;
  flops_shared: number;
  flops_apart: number;
}

export interface TreeNode {
  parent: number;
  sign: string;
  digit: number;
  right: boolean;
  p: number;
  total: number;
  score: number;
  fate: string;
  best: boolean;
}

export interface VotedAnswers {
  refused: string;
  prompt: string;
  answer: number;
  judges: string[];
  p: number[];
  rest: number;
  texts: number;
  samples: VotedSample[];
  counts: VotedCount[];
}

export interface VotedCount {
  k: number;
  passed: number;
  majority: number;
  best: number[];
  kl: number[];
  bound: number;
  sampled_passed: number;
  sampled_majority: number;
  sampled_best: number[];
}

export interface VotedSample {
  text: string;
  answer: number;
  right: boolean;
  scores: number[];
}
