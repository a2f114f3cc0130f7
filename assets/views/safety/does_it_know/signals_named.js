// @ts-check
/** What the signals are called, and how a number of each is written. */
import { decimal, percent } from "../../../kit/numbers/format.js";

/** @type {Record<string, { name: string, about: string, unit: "nats" | "part" | "log odds" }>} */
export const SIGNALS = {
  predictive: { name: "Predictive entropy", about: "of the drawn texts, whatever they mean", unit: "nats" },
  semantic: { name: "Semantic entropy", about: "of meanings, by the probabilities of their texts", unit: "nats" },
  discrete: { name: "Semantic entropy, counted", about: "of meanings, by how often each was drawn", unit: "nats" },
  inconsistency: { name: "Inconsistency", about: "1 − the largest part of answers of one meaning", unit: "part" },
  surprise: { name: "Highest token entropy", about: "along the likeliest answer", unit: "nats" },
  lens: {
    name: "Lens, read early",
    about: "the answer’s probability at depths before the last, the mean",
    unit: "part",
  },
  probe: { name: "Probe", about: "fitted on people known to be read or not", unit: "log odds" },
  "entropy probe": {
    name: "Semantic entropy probe",
    about: "fitted on whether the entropy over samples is high",
    unit: "log odds",
  },
  shuffled: { name: "Probe, shuffled labels", about: "the placebo", unit: "log odds" },
};

/** @param {string} signal @param {number} value */
export const written = (signal, value) =>
  SIGNALS[signal].unit === "part" ? percent(value, 0) : `${decimal(value)} ${SIGNALS[signal].unit}`;
