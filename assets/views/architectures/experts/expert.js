// @ts-check
/**
 * One expert: tokens that go to it more than elsewhere, tokens that are most of its work, and where it weighs most.
 *
 * @import { OneExpert } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Chosen } from "./selection.js"
 * @import { Opened } from "./contexts.js"
 */
import { segmented } from "../../../kit/controls/controls.js";
import { select } from "../../../kit/controls/select.js";
import { legend } from "../../../kit/drawing/legend.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { contexts } from "./contexts.js";
import { against, cell, chosenOf, hundredths, load, ownRouting, times } from "./selection.js";
import { shares } from "./shares.js";
import { tokensOf, tokensTable } from "./tokens_table.js";

/** So many can stand side by side; more are a list to open. */
const SIDE_BY_SIDE = 16;
/** From these widths on, three columns and two. */
const THREE = 1000;
const TWO = 620;
const GAP = 32;
/** The part of the last column of three. */
const LAST = 0.31;

/** @type {View<OneExpert, Opened>} */
export function expert(data, ctx) {
  const chosen = chosenOf(data, ctx, data.by_kind);
  const columns = ctx.width >= THREE ? 3 : ctx.width >= TWO ? 2 : 1;
  return html`
    <div class="experts">
      ${choosers(data, ctx, chosen)}
      <p class="readout said" aria-live="polite">${said(data, ctx, chosen)}</p>
      ${legend([
        ["quiet", "more than the token’s passages explain"],
        ["hollow", "no more than they explain"],
        ["whisker", "shuffled labels, 95 %"],
      ])}
      <div class="one-expert columns-${columns}">
        ${tokensTable({ data, chosen, list: "lift" })}
        ${tokensTable({ data, chosen, list: "often" })}
        <div class="takes">${takes(data, chosen, ctx.width, columns)}</div>
      </div>
      ${contexts(data, ctx, chosen)}
    </div>`;
}

/**
 * @param {OneExpert} data
 * @param {ViewContext<Opened>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const chosen = chosenOf(data, ctx, data.by_kind);
  const where = { block: data.layers[chosen.block], expert: chosen.expert };
  return /** @type {const} */ (["lift", "often"]).flatMap((list) =>
    tokensOf(data, chosen, list).map(({ id, value, low, high, lift, work, count }) => ({
      ...where,
      list: list === "lift" ? "more than elsewhere" : "most of its work",
      token: tokenText(id),
      id,
      share_of_its_choices: value,
      shuffled_low: low,
      shuffled_high: high,
      lift,
      of_its_work: work,
      seen: count,
    })),
  );
}

/** @param {OneExpert} data @param {ViewContext<Opened>} ctx @param {Chosen} chosen */
function choosers(data, ctx, { block, expert }) {
  return html`
    <div class="choosers">
      ${chooser("Block", data.layers.map(String), block, (at) => ctx.select({ layer: data.layers[at], expert }))}
      ${chooser("Expert", range(data.n_experts).map(String), expert, (at) =>
        ctx.select({ layer: data.layers[block], expert: at }),
      )}
    </div>`;
}

/**
 * @param {string} label
 * @param {string[]} names
 * @param {number} chosen
 * @param {(at: number) => void} choose
 */
function chooser(label, names, chosen, choose) {
  if (names.length > SIDE_BY_SIDE) {
    return select({ label, choices: names.map((name, at) => [at, name]), chosen, choose });
  }
  return html`
    <div class="setting">
      <span>${label}</span>
      ${segmented({ label, choices: names.map((name, at) => [at, name, `${label} ${name}`]), chosen, choose })}
    </div>`;
}

/** @param {OneExpert} data @param {ViewContext<Opened>} ctx @param {Chosen} chosen */
function said(data, ctx, chosen) {
  const all = load(data, chosen);
  const even = all * data.n_experts;
  const size = even >= 1.1 ? "more than" : even <= 0.9 ? "less than" : "about";
  const order = (/** @type {string[]} */ names, /** @type {OneExpert["by_kind"]} */ shares) =>
    names
      .map((name, label) => ({ name, factor: against(cell(shares, chosen, label), all) }))
      .sort((one, other) => other.factor - one.factor);
  const kinds = order(data.kinds, data.by_kind);
  const [favoured, avoided] = [kinds[0], kinds[kinds.length - 1]];
  const [favouredClass] = order(data.classes, data.by_class);
  return html`
    Expert <b>${chosen.expert}</b> of block <b>${data.layers[chosen.block]}</b> takes <b>${hundredths(all)} %</b> of all
    choices, ${size} an even share (${hundredths(1 / data.n_experts)} %). Relative to that it takes most of
    <b>${favoured.name}</b> (${times(favoured.factor)}) and least of ${avoided.name} (${times(avoided.factor)}). Among
    token classes it takes most of <b>${favouredClass.name}</b>
    (${times(favouredClass.factor)}).${atMost(data)}${ownRouting(ctx)}`;
}

/** All shares of the card are of choices: a token that always comes here has one of k. @param {OneExpert} data */
const atMost = ({ count, k }) =>
  count === "pairs" && k > 1
    ? ` All shares here are shares of choices: each token makes ${k}, so a token that always comes here has ` +
      `${hundredths(1 / k)} %.`
    : "";

/**
 * @param {OneExpert} data
 * @param {Chosen} chosen
 * @param {number} room
 * @param {number} columns
 */
function takes(data, chosen, room, columns) {
  const width = Math.floor(columns === 3 ? (room - 2 * GAP) * LAST : columns === 2 ? (room - GAP) / 2 : room);
  const { kinds, by_kind, kind_low, kind_high, classes, by_class, class_low, class_high } = data;
  const all = load(data, chosen);
  return [
    shares({ of: "text kind", names: kinds, share: by_kind, low: kind_low, high: kind_high, all, chosen, width }),
    shares({
      of: "token class",
      names: classes,
      share: by_class,
      low: class_low,
      high: class_high,
      all,
      chosen,
      width,
    }),
  ];
}
