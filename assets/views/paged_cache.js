// Paged cache: block tables and the pool, action by action as the cache recorded them; bytes against reserving and against not sharing.
import { drawn } from "../js/drawn.js";
import * as blocks from "./inference/paged_cache/blocks.js";

export const views = { blocks: drawn(blocks, "blocks") };
