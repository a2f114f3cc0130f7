// @ts-check
/**
 * Where somebody wants to go, from what they type: a head, a block, a token of the text, a panel, a term.
 *
 * @import { Focus } from "../kit/view"
 * @import { Term } from "../kit/glossary"
 * @import { PanelSpec } from "./protocol"
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
 * @property {string} [link] of a run of this browser
 *
 * @typedef {object} Known what is on the page
 * @property {Panel[]} panels
 * @property {Term[]} terms
 * @property {{ layers: number, heads: number, tokens: string[] } | null} run sizes of the model, and the text's tokens
 *   as they are written on the page
 */
import { headName } from "../kit/format.js";

const MOST = 40;
/** At most so many places of one token. */
const TOKENS = 8;
const NOTHING = 9;

/** L12.H3, l12h3, 12.3, head 3 of layer 12, block 12 head 3. */
const HEADS = [
  /^l?(\d{1,3})\s*[.,:]\s*h?(\d{1,3})$/,
  /^l(\d{1,3})\s*h(\d{1,3})$/,
  /^(?:block|layer)\s*(\d{1,3})[\s,]*head\s*(\d{1,3})$/,
];
const HEAD_OF = /^head\s*(\d{1,3})\s*(?:of|in|,)?\s*(?:block|layer)\s*(\d{1,3})$/;
const BLOCK = /^(?:block|layer|l)\s*(\d{1,3})$/;
const TOKEN = /^(?:token|position|pos)\s*(\d{1,4})$/;

/**
 * The places that a search may mean, the likeliest first.
 * @param {string} typed
 * @param {Known} known
 * @returns {Place[]}
 */
export function places(typed, known) {
  const sought = typed.trim().toLowerCase();
  const parts = [
    ...partsOfModel(sought, known.run),
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
 * @param {Known["run"]} run
 */
function partsOfModel(sought, run) {
  if (!run) return [];
  const head = headOf(sought);
  if (head && head.layer < run.layers && head.head < run.heads) {
    const title = headName(head.layer, head.head);
    return [
      {
        title,
        text: "How this head reads, what it writes, what it changes",
        kind: "head",
        panel: "head_card",
        focus: head,
        far: -1,
      },
    ];
  }
  const layer = numberIn(BLOCK, sought);
  if (layer !== null && layer < run.layers) {
    const text = "What its heads and neurons did at this position";
    return [{ title: `Block ${layer}`, text, kind: "block", panel: "walk", view: "block", focus: { layer }, far: -1 }];
  }
  const position = numberIn(TOKEN, sought);
  if (position !== null && position < run.tokens.length) return [{ ...tokenPlace(run, position), far: -1 }];
  return [];
}

/** @param {string} sought */
function headOf(sought) {
  for (const way of HEADS) {
    const found = way.exec(sought);
    if (found) return { layer: Number(found[1]), head: Number(found[2]) };
  }
  const found = HEAD_OF.exec(sought);
  return found && { layer: Number(found[2]), head: Number(found[1]) };
}

/** @param {RegExp} way @param {string} sought */
function numberIn(way, sought) {
  const found = way.exec(sought);
  return found && Number(found[1]);
}

/** @param {NonNullable<Known["run"]>} run @param {number} position */
const tokenPlace = (run, position) => ({
  title: run.tokens[position],
  text: `Position ${position}: its walk through the model`,
  kind: "token",
  panel: "walk",
  focus: { position },
});

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
  const own = [title, ...also].map((word) => word.toLowerCase());
  if (own.includes(sought)) return 1;
  if (own.some((word) => word.startsWith(sought))) return 1.5;
  if (own.some((word) => word.includes(sought) || (sought.length > 3 && sought.includes(word)))) return 2;
  return `${about} ${views.map((view) => view.title).join(" ")}`.toLowerCase().includes(sought) ? 3 : NOTHING;
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
