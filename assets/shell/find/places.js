// @ts-check
/**
 * Where somebody wants to go, from what they type: a head, a block, a token of the text, a panel, a term; or what they
 * want to do.
 *
 * @import { Focus } from "../../kit/view"
 * @import { Term } from "../../kit/text/glossary"
 * @import { PanelSpec } from "../protocol"
 *
 * @typedef {Pick<PanelSpec, "name" | "title" | "about" | "chapterTitle" | "also" | "views">} Panel
 *
 * @typedef {object} Place
 * @property {string} title
 * @property {string} text
 * @property {string} kind what it is: a chapter, "head", "term"
 * @property {string} panel
 * @property {string} [view]
 * @property {Partial<Focus>} [focus]
 * @property {Record<string, string>} [controls] of the panel
 * @property {string} [link] of a run of this browser
 * @property {() => unknown} [act] what an action does
 *
 * @typedef {object} Act
 * @property {string} title
 * @property {string} text
 * @property {string[]} also by which further words it is looked for
 * @property {() => unknown} act
 *
 * @typedef {object} Known what is on the page
 * @property {Panel[]} panels
 * @property {Term[]} terms
 * @property {Act[]} [acts] what can be done here
 * @property {((layer: number, head: number) => unknown) | null} [ablate] switches a head off
 * @property {{ layers: number, heads: number, tokens: string[] } | null} run sizes of the model, and the text's tokens
 *   as they are written on the page
 */
import { cardOf, partsOfModel, tokenPlace } from "./model_places.js";

const MOST = 40;
/** At most so many places of one token. */
const TOKENS = 8;
const NOTHING = 9;
/** Of two that are named alike, the action stands first. */
const EARLIER = 0.1;

/**
 * The places that a search may mean, the likeliest first.
 * @param {string} typed
 * @param {Known} known
 * @returns {Place[]}
 */
export function places(typed, known) {
  const sought = typed.trim().toLowerCase();
  const parts = [
    ...partsOfModel(sought, known),
    ...cardOf(sought),
    ...actsOf(sought, known.acts ?? []),
    ...panelsOf(sought, known.panels),
    ...termsOf(sought, known.terms),
    ...tokensOf(typed, known.run),
  ];
  return parts
    .sort((one, other) => one.far - other.far)
    .slice(0, MOST)
    .map(({ far, ...place }) => place);
}

/**
 * @param {string} sought
 * @param {Act[]} acts
 */
const actsOf = (sought, acts) =>
  acts
    .map((each) => ({ each, far: farAct(each, sought) }))
    .filter(({ far }) => far < NOTHING)
    .map(({ each: { title, text, act }, far }) => ({ title, text, kind: "action", panel: "", act, far }));

/** One whose title begins so stands before a term of that name. @param {Act} act @param {string} sought */
function farAct(act, sought) {
  if (sought.length > 2 && act.title.toLowerCase().startsWith(sought)) return -EARLIER;
  const far = farNamed(act, sought);
  return far < NOTHING ? far - EARLIER : NOTHING;
}

/**
 * Tokens of the text that are, or begin with, what is typed; a space before it counts where one is typed.
 * @param {string} typed
 * @param {Known["run"]} run
 */
function tokensOf(typed, run) {
  const sought = typed.replace(/^ /, "·").trimEnd().toLowerCase();
  if (!run || !sought) return [];
  const bare = sought.replace(/^·/, "");
  return run.tokens
    .map((text, position) => ({ text: text.toLowerCase(), position }))
    .filter(({ text }) => bare && (sought === bare ? text.replace(/^·/, "") : text).startsWith(sought))
    .slice(0, TOKENS)
    .map(({ text, position }) => ({ ...tokenPlace(run, position), far: text === sought ? -0.5 : 2.5 }));
}

/**
 * @param {string} sought
 * @param {Panel[]} panels
 */
function panelsOf(sought, panels) {
  return panels
    .map((panel) => ({ panel, far: farPanel(panel, sought) }))
    .filter(({ far }) => far < NOTHING)
    .map(({ panel, far }) => ({
      title: panel.title,
      text: panel.about,
      kind: panel.chapterTitle,
      panel: panel.name,
      far,
    }));
}

/**
 * 1 its title or one of its further words, 2 it holds it, 3 a view of it or its sentence does.
 * @param {Panel} panel
 * @param {string} sought
 */
function farPanel({ title, about, also, views }, sought) {
  if (!sought) return 2;
  const far = farNamed({ title, also }, sought);
  if (far < NOTHING) return far;
  return `${about} ${views.map((view) => view.title).join(" ")}`.toLowerCase().includes(sought) ? 3 : NOTHING;
}

/** @param {{ title: string, also: readonly string[] }} named @param {string} sought */
function farNamed({ title, also }, sought) {
  if (!sought) return NOTHING;
  const own = [title, ...also].map((word) => word.toLowerCase());
  if (own.includes(sought)) return 1;
  if (own.some((word) => word.startsWith(sought))) return 1.5;
  return own.some((word) => word.includes(sought) || (sought.length > 3 && sought.includes(word))) ? 2 : NOTHING;
}

/**
 * @param {string} sought
 * @param {Term[]} terms
 */
function termsOf(sought, terms) {
  return terms
    .map((term) => ({ term, far: farTerm(term, sought) }))
    .filter(({ far }) => far < NOTHING)
    .map(({ term, far }) => ({ title: term.term, text: term.text, kind: "term", panel: term.panel, far }));
}

/**
 * 0 the term itself, 1.2 begins so, 2.2 holds it, 3.2 explains with it.
 * @param {Term} term
 * @param {string} sought
 */
function farTerm({ term, text }, sought) {
  const name = term.toLowerCase();
  if (!sought) return 4;
  if (name === sought) return 0;
  if (name.startsWith(sought)) return 1.2;
  if (name.includes(sought)) return 2.2;
  return sought.length > 2 && text.toLowerCase().includes(sought) ? 3.2 : NOTHING;
}
