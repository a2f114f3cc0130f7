// @ts-check
/**
 * While no second run is chosen: a run that this one is naturally held against, and a button that opens it.
 *
 * @import { TwoWords } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { cut } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Characters of a prompt that stand on a button. */
const LONGEST = 120;

/**
 * A run's query with some parts changed; null removes.
 * @param {string} query
 * @param {Record<string, string | null>} changes
 */
export function changed(query, changes) {
  const parts = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parts.delete(name);
    else parts.set(name, value);
  }
  return parts.toString();
}

/** Whether a run has interventions. @param {string} query */
export const edited = (query) => new URLSearchParams(query).has("do");

/**
 * The run without its interventions; else with one word exchanged; else in another model.
 * @param {Pick<TwoWords, "first" | "models" | "pair">} data
 * @returns {{ what: string, name: string, query: string } | null}
 */
export function counterpart({ first: { query, text }, models, pair }) {
  if (edited(query)) {
    return { what: "The same run without its interventions", name: text, query: changed(query, { do: null }) };
  }
  if (pair !== null) {
    const exchanged = changed(query, { text: pair, force: null });
    return { what: "The same prompt with one word exchanged", name: pair, query: exchanged };
  }
  const here = new URLSearchParams(query).get("model");
  const other = models.find(({ name }) => name !== here);
  if (!other) return null;
  const there = changed(query, { model: other.name, force: null });
  return { what: "The same prompt in another model", name: other.title, query: there };
}

/**
 * @param {TwoWords | undefined} data of the first view
 * @param {ViewContext<any>} ctx
 * @param {string} shows what this view shows with a second run
 */
export function offer(data, ctx, shows) {
  const found = data && counterpart(data);
  const open = () => found && ctx.compare(found.query);
  const button = () =>
    html`<button class="btn primary" type="button" @click=${open}>${cut(found?.name ?? "", LONGEST)}</button>`;
  return html`
    <p class="hint">${shows}</p>
    ${found ? html`<p class="counterpart">${found.what}: ${button()}</p>` : nothing}`;
}
