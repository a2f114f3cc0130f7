// @ts-check
/**
 * What the answer reads, beside what it needs, and both as orders in which patches are taken away.
 *
 * @import { LookedAt } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 *
 * @typedef {{ patch: number | null, image: HTMLImageElement } & Brought & Drafts} Kept
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, headName, percent, signed } from "../../../kit/numbers/format.js";
import { answered, asking } from "../../../kit/pictures/asking.js";
import { loadedPicture } from "../../../kit/pictures/loaded.js";
import { cellOf, shadedPicture, shadedStill } from "../../../kit/pictures/shaded.js";
import { max, mean, range, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const LARGEST = 448;
const HEIGHT = 260;
const SMALL = { most: 132, gap: 10, few: 4 };

/** @type {View<LookedAt, Kept>} */
export function looking(data, ctx) {
  const { pictured } = data;
  const image = loadedPicture(pictured.image, ctx, { patch: null });
  const head = chosenHead(data, ctx);
  const word = chosenWord(data, ctx);
  const read = readBy(data, head, word);
  const patch = ctx.kept.patch ?? null;
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  const most = max(data.effect.a, Math.abs) || 1;
  const shared = {
    ...{ data: pictured, image, width, asked: patch, strength: 1 },
    select: (/** @type {{ row: number, column: number }} */ { row, column }) =>
      ctx.keep({ patch: row * pictured.grid[1] + column }),
    told: (/** @type {{ row: number, column: number }} */ { row, column }) =>
      told(data, read, row * pictured.grid[1] + column),
  };
  return html`
    ${asking(pictured, ctx)}
    <p class="readout lead">${answered(pictured)} ${said(data, read, word)}</p>
    ${reading(data, ctx, word)}
    <div class="pair-of-pictures">
      <figure>
        <figcaption class="sub3">What “${data.words[word]}” reads <small>${named(head)}</small></figcaption>
        ${shadedPicture({
          ...shared,
          share: (at) => read[at] / (max(read) || 1),
          by: head,
          colour: "prob",
          label: `Attention of “${data.words[word]}” on the patches; arrow keys choose one`,
        })}
      </figure>
      <figure>
        <figcaption class="sub3">What the answer needs <small>nats lost without the patch</small></figcaption>
        ${shadedPicture({
          ...shared,
          share: (at) => Math.max(0, data.effect.a[at]) / most,
          colour: "neg",
          label: "Effect of each patch on the answer; arrow keys choose one",
        })}
      </figure>
    </div>
    ${legend([
      [{ color: "prob" }, "read, relative to the strongest"],
      [{ color: "neg" }, `nats lost, up to ${decimal(most, 2)}`],
    ])}
    <h3 class="sub3">Patches taken away together</h3>
    <div class="settings-row">${control(ctx, "taken")}</div>
    <p class="readout">${without(data, ctx)}</p>
    ${curves(data, ctx)}
    ${heads(data, ctx, image, head, word)}`;
}

/**
 * @param {LookedAt} data
 * @param {ViewContext<any>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const read = readBy(data, chosenHead(data, ctx), chosenWord(data, ctx));
  return range(data.effect.a.length).map((at) => ({
    row: Math.floor(at / data.pictured.grid[1]) + 1,
    column: (at % data.pictured.grid[1]) + 1,
    attention: read[at],
    nats_lost: data.effect.a[at],
  }));
}

/**
 * The head that the link names; none stands for the mean of all.
 * @param {LookedAt} data
 * @param {ViewContext<any>} ctx
 */
function chosenHead(data, ctx) {
  const [layer, head] = String(ctx.controls.head ?? "")
    .split(".")
    .map(Number);
  const [, layers, heads] = data.attention.shape;
  return layer >= 0 && layer < layers && head >= 0 && head < heads ? { layer, head } : null;
}

/** @param {{ layer: number, head: number } | null} head */
const named = (head) => (head ? headName(head.layer, head.head) : "mean of all heads");

/** The place of the word that the link names; else of the last. @param {LookedAt} data @param {ViewContext<any>} ctx */
function chosenWord(data, ctx) {
  const named_ = Number(ctx.controls.word ?? 0);
  return named_ >= 1 && named_ <= data.words.length ? named_ - 1 : data.words.length - 1;
}

/** @param {LookedAt} data @param {{ layer: number, head: number } | null} chosen @param {number} word */
function readBy(data, chosen, word) {
  const [, layers, heads, tokens] = data.attention.shape;
  const first = word * layers * heads;
  const picked = chosen ? [first + chosen.layer * heads + chosen.head] : range(first, first + layers * heads);
  return range(tokens).map((token) => mean(picked, (at) => data.attention.a[at * tokens + token]) ?? 0);
}

/** The question's words, to choose the one that reads. @param {LookedAt} data @param {ViewContext<any>} ctx
 * @param {number} chosen */
function reading({ words }, ctx, chosen) {
  return html`<div class="chips" role="group" aria-label="The word that reads">
    <span class="label">Read at</span>
    ${words.map(
      (word, at) => html`<button class="chip" type="button" aria-pressed=${at === chosen}
        @click=${() => ctx.control("word", at === words.length - 1 ? null : at + 1)}>${word}</button>`,
    )}
  </div>`;
}

/** @param {LookedAt} data @param {number[]} read @param {number} word */
function said(data, read, word) {
  const on = new Set(data.pictured.things.flatMap(({ patches }) => patches));
  const where = on.size
    ? html` Of that, <b>${percent(sum([...on], (at) => read[at]) / (sum(read) || 1), 0)}</b> lies on things, which
        cover ${percent(on.size / read.length, 0)} of the patches.`
    : "";
  const from = word === data.words.length - 1 ? "Where it writes the answer" : `At “${data.words[word]}”`;
  return html`${from}, <b>${percent(sum(read), 0)}</b> of the attention goes to the picture.${where}
    The order of the patches by the answer’s attention (mean of all heads) and by effect agree by
    <b>${signed(data.agreement, 2)}</b> (rank correlation, Spearman; 1 is the same order).`;
}

/** @param {LookedAt} data @param {number[]} read @param {number} at */
function told(data, read, at) {
  const { row, column } = cellOf(data.pictured, at);
  return {
    title: `row ${row + 1}, column ${column + 1}`,
    details: /** @type {[string, string][]} */ ([
      ["attention", percent(read[at])],
      ["without it", `${signed(-data.effect.a[at], 3)} nats`],
    ]),
  };
}

/** @param {LookedAt} data @param {ViewContext<any>} ctx */
function without(data, ctx) {
  const at = Math.max(1, data.counts.indexOf(Number(ctx.controls.taken)));
  const count = data.counts[at];
  const random = `${percent(data.random_low[at])} to ${percent(data.random_high[at])}`;
  return html`“${data.pictured.answer}” has ${percent(data.by_attention[0])} with the whole picture. Without the
    ${count} most read: <b>${percent(data.by_attention[at])}</b>. Without the ${count} of largest effect:
    <b>${percent(data.by_effect[at])}</b>. Without ${count} at random: ${percent(data.at_random[at])} in the mean of
    ${data.draws} draws, nine in ten from ${random}.`;
}

/** @param {LookedAt} data @param {ViewContext<any>} ctx */
function curves(data, ctx) {
  const x = data.counts.map(String);
  return plot({
    label: "Probability of the answer over the number of patches taken away, in three orders",
    height: HEIGHT,
    traces: [
      { name: "random: nine in ten lie between", x, y: data.random_high, color: "ink3", dash: "2px,3px", width: 1 },
      { legend: false, x, y: data.random_low, color: "ink3", dash: "2px,3px", width: 1 },
      { name: "random, mean", x, y: data.at_random, color: "ink3" },
      { name: "most read first", x, y: data.by_attention, color: "prob" },
      { name: "largest effect first", x, y: data.by_effect, color: "neg" },
    ],
    x: { title: "patches taken away", type: "category" },
    y: { title: `probability of “${data.pictured.answer}”`, range: [0, 1.02], tickformat: ".0%" },
    onClick: (point) => point?.index && ctx.control("taken", data.counts[point.index]),
  });
}

/**
 * @param {LookedAt} data
 * @param {ViewContext<any>} ctx
 * @param {HTMLImageElement | null} image
 * @param {{ layer: number, head: number } | null} chosen
 * @param {number} word
 */
function heads(data, ctx, image, chosen, word) {
  const [, layers, count] = data.attention.shape;
  const width = Math.min(SMALL.most, Math.floor((ctx.width - SMALL.gap * SMALL.few) / SMALL.few) - 8);
  return html`
    <h3 class="sub3">All heads <small>each relative to its strongest patch; percent of its attention on the
      picture</small></h3>
    <div class="heads-on-picture" role="group" aria-label="All heads">
      ${range(layers * count).map((at) => {
        const head = { layer: Math.floor(at / count), head: at % count };
        const on = chosen?.layer === head.layer && chosen.head === head.head;
        const read = readBy(data, head, word);
        const name = headName(head.layer, head.head);
        return html`
          <button class="one-head" type="button" aria-pressed=${on}
            @click=${() => ctx.control("head", on ? "" : `${head.layer}.${head.head}`)}>
            ${small({ data, image, width, read })}
            <span>${name}, ${percent(sum(read), 0)}</span>
          </button>`;
      })}
    </div>`;
}

/**
 * A head's picture, to be looked at.
 * @param {{ data: LookedAt, image: HTMLImageElement | null, width: number, read: number[] }} options
 */
function small({ data, image, width, read }) {
  const most = max(read) || 1;
  return shadedStill({
    data: data.pictured,
    image,
    width,
    strength: 1,
    share: (at) => read[at] / most,
    colour: "prob",
  });
}
