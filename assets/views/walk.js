// Walk: one position's stream as a river through the blocks with the five stages of its way, and one block opened.
import { drawn } from "../js/drawn.js";
import * as block from "./overview/walk/block.js";
import * as river from "./overview/walk/river.js";

export const views = { river: drawn(river, "river"), block: drawn(block, "block") };
