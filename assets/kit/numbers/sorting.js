// @ts-check
/**
 * A table that is sorted by pressing a heading: falling first, pressed again rising. The control `sort` remembers it.
 *
 * @import { ViewContext } from "../view"
 */

/**
 * @param {ViewContext<any>} ctx
 * @param {string[]} names of the columns that sort
 */
export function sorting(ctx, names) {
  const [name, down] = String(ctx.controls.sort).split(" ");
  const now = names.includes(name) ? { name, down: down === "down" } : null;
  return {
    /**
     * What a column of the kit's table takes.
     * @param {string} name
     * @returns {{ sort: () => void, sorted?: "ascending" | "descending" }}
     */
    by(name) {
      const own = now?.name === name ? now : null;
      const sort = () => ctx.control("sort", own?.down ? name : `${name} down`);
      return own ? { sort, sorted: own.down ? "descending" : "ascending" } : { sort };
    },
    /**
     * @template Item
     * @param {Item[]} items
     * @param {(item: Item, name: string) => number} value
     */
    ordered(items, value) {
      if (!now) return items;
      return items.toSorted((one, other) => (now.down ? -1 : 1) * (value(one, now.name) - value(other, now.name)));
    },
  };
}
