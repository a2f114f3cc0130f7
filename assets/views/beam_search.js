// Beam search: the tree of one real search, a column a step; its texts against greedy decoding's.
import { drawn } from "../js/drawn.js";
import * as tree from "./inference/beam_search/tree.js";

export const views = { tree: drawn(tree, "tree") };
