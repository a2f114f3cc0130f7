// @ts-check
/**
 * The tables that the page shares with the server, from the page's own head: the sampler's settings and steps, the
 * fields of the selection, the examples, the shelf.
 *
 * @import { Example, ModelCard, SelectionField, Setting } from "./protocol"
 */
const tables = JSON.parse(document.getElementById("explorer-tables")?.textContent ?? "{}");

/** In the order of the sidebar's sliders. @type {Setting[]} */
export const SETTINGS = tables.settings;
/** The sampler's steps in the order in which transformers takes them. @type {string[]} */
export const STAGES = tables.stages;
/** @type {SelectionField[]} */
export const SELECTION = tables.selection;
/** @type {Example[]} */
export const EXAMPLES = tables.examples ?? [];
/** What can be chosen, as their cards say. @type {ModelCard[]} */
export const MODELS = tables.models ?? [];
