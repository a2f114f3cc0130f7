// @ts-check
/**
 * Where somebody wants to go, from what they type: a head, a block, a token of the text, a panel, a term; or what they
 * want to do.
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
import { headName } from "../kit/format.js";

const MOST = 40;
/** At most so many places of one token. */
const TOKENS = 8;
const NOTHING = 9;
/** Of two that are named alike, the action stands first. */
const EARLIER = 0.1;

/** L12.H3, l12h3, 12.3, head 3 of layer 12, block 12 head 3. */
const HEADS = [
  /^l?(\d{1,3})\s*[.,:]\s*h?(\d{1,3})$/,
  /^l(\d{1,3})\s*h(\d{1,3})$/,
  /^(?:block|layer)\s*(\d{1,3})[\s,]*head\s*(\d{1,3})$/,
  /^ablate\s+(?:head\s+)?l?(\d{1,3})\s*[.,:]\s*h?(\d{1,3})$/,
];
const HEAD_OF = /^head\s*(\d{1,3})\s*(?:of|in|,)?\s*(?:block|layer)\s*(\d{1,3})$/;
const BLOCK = /^(?:block|layer|l)\s*(\d{1,3})$/;
const MEMORY = /^(\d{1,4})\s*(?:gb|gib|gigabytes?)\b/;
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
 * @param {Known} known
 * @returns {(Place & { far: number })[]}
 */
function partsOfModel(sought, { run, ablate }) {
  if (!run) return [];
  const head = headOf(sought);
  if (head && head.layer < run.layers && head.head < run.heads) {
    const title = headName(head.layer, head.head);
    const off = () => ablate?.(head.layer, head.head);
    const without = {
      title: `Ablate ${title}`,
      text: "It writes nothing, and the model runs again",
      kind: "action",
      panel: "",
    };
    return [
      ...(ablate ? [{ ...without, act: off, far: sought.startsWith("ablate") ? -1.1 : -0.9 }] : []),
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

/** A card of so much memory. @param {string} sought @returns {(Place & { far: number })[]} */
function cardOf(sought) {
  const memory = MEMORY.exec(sought)?.[1];
  if (!memory) return [];
  const text = "What fits on it, and how fast it writes: the memory calculator";
  const controls = { card: "own", memory };
  return [
    {
      title: `A card with ${memory} GB`,
      text,
      kind: "Inference",
      panel: "memory_calculator",
      view: "fit",
      controls,
      far: -1,
    },
  ];
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
