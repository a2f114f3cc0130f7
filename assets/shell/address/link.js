// @ts-check
/**
 * The page's link: what of its state stands in the address, and back. Nothing here touches the page.
 *
 * @import { Controls } from "../../kit/view"
 * @import { Focus, Sampler, Tables } from "../protocol"
 *
 * @typedef {object} Linked
 * @property {string} query the run's own part
 * @property {string} panel
 * @property {string | null} view the one that the link goes to
 * @property {string} second the query of the run that it is compared with
 * @property {Focus} focus
 * @property {Record<string, Controls>} controls of each panel
 * @property {Partial<Sampler>} sampler where it differs from the run's
 */

const WHOLE = /^\d{1,9}$/;
const NAME = /^[a-z0-9_]{1,60}$/;
const ORDER = /^[a-z_,]{1,80}$/;
const CONTROL = /^([a-z][a-z_]{0,39})\.([a-z][a-z_]{0,39})$/;
const LONGEST = 4000;
/** Before a sampler's setting that is tried on the page and not the run's. */
export const TRIED = "try";
/** Of a link, beside the selection: what is shown, and how. */
export const OWN = ["panel", "view", "with", "lesson", "course", "step", "embed", "__theme"];
/** The part that holds the second run's query; a panel's controls hold it under the same name. */
export const WITH = "with";
/** Parts as older links have them. @type {Record<string, string>} */
export const RENAMED = { "two_runs.with": WITH, "residual_stream.with": "residual_stream.source" };

/**
 * A run's query with some parts changed; null or nothing removes.
 * @param {string} query
 * @param {Record<string, string | number | null>} changes
 */
export function changed(query, changes) {
  const parts = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") parts.delete(name);
    else parts.set(name, String(value));
  }
  return parts.toString();
}

/**
 * The run's own query, written as the browser writes it.
 * @param {string} query
 */
export const settled = (query) => new URLSearchParams(query).toString();

/**
 * Forced tokens as links write them.
 * @param {[number, number][]} forced
 */
export const forcedText = (forced) => forced.map((each) => each.join(":")).join(",");

/**
 * @param {Omit<Linked, "sampler"> & { sampler: Partial<Sampler>, ran: Partial<Sampler> }} state
 * @param {Tables} tables
 */
export function linkOf(state, tables) {
  const parts = new URLSearchParams(state.query);
  parts.set("panel", state.panel);
  if (state.view) parts.set("view", state.view);
  if (state.second) parts.set(WITH, state.second);
  for (const { name, link } of tables.selection) {
    const value = state.focus[name];
    if (value !== null && value !== undefined) parts.set(link, String(value));
  }
  setTried(parts, state, tables);
  for (const [panel, controls] of Object.entries(state.controls)) {
    for (const [name, value] of Object.entries(controls))
      if (name !== WITH) parts.set(`${panel}.${name}`, String(value));
  }
  return `?${parts}`;
}

/**
 * @param {URLSearchParams} parts
 * @param {{ sampler: Partial<Sampler>, ran: Partial<Sampler> }} state
 * @param {Tables} tables
 */
function setTried(parts, { sampler, ran }, tables) {
  for (const { name, link } of tables.settings) {
    const value = numberOf(sampler, name);
    if (value !== undefined && value !== numberOf(ran, name)) parts.set(`${TRIED}.${link}`, String(value));
  }
  if (ran.order && sampler.order && sampler.order.join() !== ran.order.join()) {
    parts.set(`${TRIED}.order`, sampler.order.join());
  }
}

/**
 * A setting by the name that the server's table gives it.
 * @param {Partial<Sampler>} sampler
 * @param {string} name
 * @returns {number | undefined}
 */
export const numberOf = (sampler, name) => /** @type {Record<string, any>} */ (sampler)[name];

/**
 * The page's own parts of an address; the run's go to the server as they are.
 * @param {string} search
 * @param {Tables} tables
 * @returns {Linked}
 */
export function readLink(search, tables) {
  // of a part that stands there twice the last one counts, as it does for the server
  const parts = new URLSearchParams([
    ...new Map([...new URLSearchParams(search)].map(([name, value]) => [RENAMED[name] ?? name, value])),
  ]);
  const own = new Set([...tables.selection.map(({ link }) => link), ...OWN]);
  const run = [...parts].filter(([name]) => !own.has(name) && !name.includes("."));
  return {
    query: new URLSearchParams(run).toString(),
    panel: matching(parts.get("panel"), NAME) ?? "",
    view: matching(parts.get("view"), NAME),
    second: (parts.get(WITH) ?? "").slice(0, LONGEST),
    focus: focusOf(parts, tables.selection),
    controls: controlsOf(parts),
    sampler: triedOf(parts, tables),
  };
}

/**
 * @param {string | null} text
 * @param {RegExp} pattern
 */
const matching = (text, pattern) => (pattern.test(text ?? "") ? text : null);

/** @param {string | null} text */
const wholeOf = (text) => (WHOLE.test(text ?? "") ? Number(text) : null);

/** Nothing is selected. @param {Tables["selection"]} fields */
export function unselected(fields) {
  const focus = /** @type {Focus} */ ({});
  for (const { name } of fields) focus[name] = null;
  return focus;
}

/** @param {URLSearchParams} parts @param {Tables["selection"]} fields */
function focusOf(parts, fields) {
  const focus = unselected(fields);
  for (const { name, link } of fields) focus[name] = wholeOf(parts.get(link));
  return focus;
}

/** @param {URLSearchParams} parts */
function controlsOf(parts) {
  /** @type {Record<string, Controls>} */
  const controls = {};
  for (const [key, value] of parts) {
    const [, panel, name] = key.match(CONTROL) ?? [];
    if (!panel || panel === TRIED) continue;
    if (!Object.hasOwn(controls, panel)) controls[panel] = {}; // “constructor” is there, and not the link's
    controls[panel][name] = value.slice(0, LONGEST);
  }
  return controls;
}

/**
 * @param {URLSearchParams} parts
 * @param {Tables} tables
 * @returns {Partial<Sampler>}
 */
function triedOf(parts, tables) {
  const numbers = tables.settings
    .map(({ name, link }) => [name, Number.parseFloat(parts.get(`${TRIED}.${link}`) ?? "")])
    .filter(([, value]) => Number.isFinite(value));
  const order = matching(parts.get(`${TRIED}.order`), ORDER);
  return { ...Object.fromEntries(numbers), ...(order ? { order: order.split(",") } : {}) };
}
