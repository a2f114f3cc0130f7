// KV cache: what a step writes and reads, bytes and time, and what is lost when the cache is made smaller.
import { drawn } from "../js/drawn.js";
import * as blocks from "./inference/kv_cache/blocks.js";
import * as growth from "./inference/kv_cache/growth.js";
import * as policies from "./inference/kv_cache/policies.js";

export const views = {
  blocks: drawn(blocks, "blocks"),
  growth: drawn(growth, "growth"),
  policies: drawn(policies, "policies"),
};
