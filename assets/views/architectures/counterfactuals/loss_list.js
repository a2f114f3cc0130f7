// @ts-check
/**
 * All forbidden experts as a list, sorted by any of its columns.
 *
 * @import { ForbiddenExperts } from "../../../types/architectures"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Place, Sort } from "./losses.js"
 * @import { Kept } from "./over_texts.js"
 */
import { firstFew } from "../../../kit/numbers/first_few.js";
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { addedOf, change, forbidLink, isSure, measured, worstOf } from "./losses.js";

const FEW = 8;
const NARROW = 560;

/** @param {{ data: ForbiddenExperts, ctx: ViewContext<Kept>, place: Place | null }} options */
export function lossList({ data, ctx, place }) {
  const { shown, more } = firstFew(sorted(data, ctx), {
    few: FEW,
    noun: "experts",
    all: ctx.kept.all,
    show: (all) => ctx.keep({ all }),
  });
  return html`
    ${table({
      label: "Experts forbidden, with the loss added",
      className: "changes losses",
      columns: columns(data, ctx),
      rows: shown,
      selected: (each) => each.block === place?.block && each.expert === place.expert,
      select: (each) => ctx.keep({ place: each }),
    })}
    ${more}`;
}

/** @param {ForbiddenExperts} data @param {ViewContext<Kept>} ctx */
function sorted(data, { kept }) {
  const { sort = "added", falling = true } = kept;
  const numberOf = {
    place: (/** @type {Place} */ { block, expert }) => block * data.n_experts + expert,
    added: (/** @type {Place} */ each) => addedOf(data, each),
    share: (/** @type {Place} */ each) => addedOf(data, each, data.share),
    kind: (/** @type {Place} */ each) => worstOf(data, each).value,
  }[sort];
  return measured(data).sort((one, other) => (numberOf(one) - numberOf(other)) * (falling ? -1 : 1));
}

/**
 * @param {ForbiddenExperts} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Column<Place>[]}
 */
function columns(data, ctx) {
  const { sort = "added", falling = true } = ctx.kept;
  /**
   * @param {Sort} key
   * @param {Partial<Column<Place>> & Pick<Column<Place>, "name" | "cell">} column
   * @returns {Column<Place>}
   */
  const sorting = (key, column) => ({
    ...column,
    sort: () => ctx.keep({ sort: key, falling: sort === key ? !falling : key !== "place" }),
    sorted: sort === key ? (falling ? "descending" : "ascending") : undefined,
  });
  const narrow = ctx.width < NARROW;
  const added = (/** @type {Place} */ each) =>
    html`<span class=${isSure(data, each) ? "sure" : "muted"}>${change(addedOf(data, each))}</span>`;
  const interval = (/** @type {Place} */ each) =>
    [data.low, data.high].map((bound) => change(addedOf(data, each, bound))).join(" to ");
  const worst = (/** @type {Place} */ each) => {
    const { name, value } = worstOf(data, each);
    return html`${name} <span class="num">${change(value)}</span>`;
  };
  /** @type {(Column<Place> | null)[]} */
  const all = [
    sorting("place", {
      name: narrow ? "Expert" : "Block, expert",
      cell: ({ block, expert }) =>
        narrow ? `${data.layers[block]}, e${expert}` : `block ${data.layers[block]}, e${expert}`,
    }),
    sorting("added", { name: "loss added", title: "Nats a token, mean over the texts", number: true, cell: added }),
    narrow ? null : { name: "95 % interval", number: true, cell: interval },
    sorting("share", {
      name: narrow ? "used by" : "tokens that use it",
      number: true,
      cell: (each) => percent(addedOf(data, each, data.share)),
    }),
    narrow ? null : sorting("kind", { name: "kind that loses most", cell: worst }),
    {
      name: html`<span class="unseen">Action</span>`,
      number: true,
      cell: (each) => forbidLink(data, ctx, each),
    },
  ];
  return all.filter((column) => column !== null);
}
