// Feed-forward: the gates of one position, one neuron over the text and in the vocabulary, and how few do the writing.
import { drawn } from "../js/drawn.js";
import * as gates from "./transformer/feed_forward/gates.js";
import * as neuron from "./transformer/feed_forward/neuron.js";
import * as sparsity from "./transformer/feed_forward/sparsity.js";

export const views = {
  gates: drawn(gates, "gates"),
  neuron: drawn(neuron, "neuron"),
  sparsity: drawn(sparsity, "sparsity"),
};
