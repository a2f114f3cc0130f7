// @ts-check
/**
 * A head, a block, a token by its number, a card of so much memory: places that are typed as numbers.
 *
 * @import { Known, Place } from "./places"
 */
import { headName } from "../../kit/numbers/format.js";

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
 * @param {string} sought
 * @param {Known} known
 * @returns {(Place & { far: number })[]}
 */
export function partsOfModel(sought, { run, ablate }) {
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
export function cardOf(sought) {
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
export const tokenPlace = (run, position) => ({
  title: run.tokens[position],
  text: `Position ${position}: its walk through the model`,
  kind: "token",
  panel: "walk",
  focus: { position },
});
