// @ts-check
// The tables that the page shares with the server, from the page's own head: the sampler's settings, the selection's fields.
const tables = JSON.parse(document.getElementById("explorer-tables")?.textContent ?? "{}");

/**
 * A slider of the sampler.
 * @typedef {object} Setting
 * @property {string} name
 * @property {string} link
 * @property {string} stage the step that it sets
 * @property {string} label
 * @property {string} term in a sentence
 * @property {string} meaning
 * @property {number} neutral
 * @property {number} least
 * @property {number} most
 * @property {number} step
 * @property {boolean} whole
 * @property {boolean} [later] whether older links leave its step out
 */

/** In the order of the sidebar's sliders. @type {Setting[]} */
export const SETTINGS = tables.settings;
/** The sampler's steps in the order in which transformers takes them. @type {string[]} */
export const STAGES = tables.stages;
// [{ name, link, label, size }]
export const SELECTION = tables.selection;
