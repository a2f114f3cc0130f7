// Tokens: the text with its token boundaries and a table; the merges that built one token; the chat template off and on.
import { drawn } from "../js/drawn.js";
import * as chat from "./overview/tokens/chat.js";
import * as merges from "./overview/tokens/merges.js";
import * as table from "./overview/tokens/table.js";

export const views = { table: drawn(table, "table"), merges: drawn(merges, "merges"), chat: drawn(chat, "chat") };
