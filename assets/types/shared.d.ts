// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.

export interface Floats { a: Float32Array; shape: number[]; }
export interface Ints { a: Int32Array | Int16Array | Int8Array | Uint16Array | Uint8Array; shape: number[]; }
export interface Bools { a: Uint8Array; shape: number[]; }

export interface MachineRate {
  best: number;
  median: number;
  low: number;
  high: number;
}

export interface MachineSpeed {
  flops: MachineRate;
  bandwidth: MachineRate;
  rounds: number;
  threads: number;
  cores: number;
  load: number | null;
  at: number;
}

export interface Milliseconds {
  ms: number;
  low: number;
  high: number;
}

export interface TimesAsLong {
  median: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface Timing {
  median: number;
  low: number;
  high: number;
  rounds: number;
}

export interface TrainedCheckpoint {
  arm: string;
  step: number;
  model: string;
}
