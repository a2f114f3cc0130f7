// @ts-check
/** How wide a part of a view is: layout.css lays it out. */

/** Two parts stand side by side from so many pixels of their view on, and so far apart. */
const BOTH = { from: 700, gap: 40 };

/** Pixels of each of two parts that stand side by side where there is room. @param {number} width of the view */
export const halfWidth = (width) => (width < BOTH.from ? width : Math.floor((width - BOTH.gap) / 2));
