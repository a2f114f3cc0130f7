// @ts-check
/** Brings what was opened into sight, below the pinned strip. */
const GAP = 12;

/** Whether the visitor asks for less motion. */
export const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The height that the strip covers at the top of the window: none where it scrolls away with the page. */
function covered() {
  const pinned = document.getElementById("pinned");
  return pinned && getComputedStyle(pinned).position === "sticky" ? pinned.offsetHeight : 0;
}

/**
 * Whether one sees what it is: its head and a good part of what follows.
 * @param {Element} element
 */
export function inSight(element) {
  const { top, height } = element.getBoundingClientRect();
  const shown = Math.min(height, 0.4 * innerHeight);
  return top >= covered() - 1 && top + shown <= innerHeight;
}

/**
 * @param {Element} element
 * @param {{ smooth?: boolean }} [options]
 */
export function bringIntoView(element, { smooth = true } = {}) {
  const top = element.getBoundingClientRect().top + scrollY - covered() - GAP;
  scrollTo({ top: Math.max(0, top), behavior: smooth && !reduced() ? "smooth" : "instant" });
}

/** Milliseconds after which the page stays as it is, whatever is still measured. */
const PATIENCE = 20_000;
/** What ends the aim: from then on the visitor scrolls. */
const MOVES = ["wheel", "touchmove", "keydown", "pointerdown"];

/** A view that is to come into sight: what stands above it may still grow while answers arrive. */
export class Aim {
  /** @type {string | null} */
  id = null;
  #reached = false;
  #timer = 0;

  constructor() {
    for (const name of MOVES) addEventListener(name, () => this.drop(), { passive: true, capture: true });
  }

  /**
   * @param {string} id of the view's section
   * @param {{ lazily?: boolean }} [options] `lazily`: only where it is out of sight
   */
  at(id, { lazily = false } = {}) {
    const element = document.getElementById(id);
    if (lazily && element && inSight(element)) return;
    this.id = id;
    this.#reached = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drop(), PATIENCE);
    this.follow(false);
  }

  drop() {
    this.id = null;
  }

  /** Something was drawn. @param {boolean} complete whether all that stands above it is there */
  follow(complete) {
    const element = this.id && document.getElementById(this.id);
    if (!element) return;
    bringIntoView(element, { smooth: !this.#reached });
    this.#reached = true;
    if (complete) this.drop();
  }
}
