// @ts-check
/**
 * The tables that the page shares with the server, from the page's own head.
 *
 * @import { Tables } from "../protocol"
 */

/** @type {Tables} */
export const TABLES = JSON.parse(document.getElementById("explorer-tables")?.textContent ?? "{}");

/** In the order of the sidebar's sliders. */
export const SETTINGS = TABLES.settings;
/** The sampler's steps in the order in which transformers takes them. */
export const STAGES = TABLES.stages;
/** Orders of those that have a name. */
export const ORDERS = TABLES.orders;
export const SELECTION = TABLES.selection;
/** Where a view's numbers come from. */
export const TAGS = TABLES.tags ?? [];
export const EXAMPLES = TABLES.examples ?? [];
/** What can be chosen, as their cards say. */
export const MODELS = TABLES.models ?? [];
