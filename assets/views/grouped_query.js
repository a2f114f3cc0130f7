// Grouped queries: the cost of each number of key-value heads, how alike the heads of a group read, what pooling them does to the answers.
import { drawn } from "../js/drawn.js";
import * as cost from "./transformer/grouped_query/cost.js";
import * as groups from "./transformer/grouped_query/groups.js";
import * as pooled from "./transformer/grouped_query/pooled.js";

export const views = { cost: drawn(cost, "cost"), groups: drawn(groups, "groups"), pooled: drawn(pooled, "pooled") };
