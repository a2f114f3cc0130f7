// @ts-check
/**
 * One document by five ways of cutting: a table of them, and the document with the passages of one.
 *
 * @import { ChunkedWay, ChunkingWays } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control, named } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { passages } from "./passages.js";

/** @type {View<ChunkingWays>} */
export function ways(data, ctx) {
  const names = named(ctx, "way");
  const shown = data.ways.find(({ way }) => way === (ctx.controls.way ?? "tokens")) ?? data.ways[1];
  const own = ctx.controls.document === "own";
  return html`
    <div class="settings-row">${control(ctx, "document")} ${control(ctx, "size", { as: "select" })}
      ${control(ctx, "overlap", { as: "segmented" })}</div>
    <div class="asked">
      ${typed(
        { name: "question", value: typedText("question", data.question, ctx), single: true, plain: true, named: true },
        ctx,
      )}
      ${
        own
          ? typed({ name: "own", value: typedText("own", "", ctx), lines: [4, 14], plain: true, named: true }, ctx)
          : nothing
      }
    </div>
    <p class="readout lead">${lead(data, names)}</p>
    ${listed(data, names)}
    <div class="settings-row ruled">${control(ctx, "way")}</div>
    ${passages(data, shown)}`;
}

/** @param {ChunkingWays} data @param {Record<string, { name: string }>} names */
function listed(data, names) {
  return table({
    label: "The ways to cut",
    className: "keeps-names",
    rows: data.ways,
    columns: [
      { name: "cut by", cell: ({ way }) => names[way].name },
      { name: "passages", number: true, cell: ({ passages: held }) => whole(held.length) },
      { name: "pieces, mean", number: true, cell: (each) => decimal(mean(each), 1) },
      { name: "end inside a sentence", number: true, cell: ({ torn }) => whole(torn) },
      { name: "pieces twice", number: true, cell: ({ twice }) => whole(twice) },
      {
        name: "pieces not read",
        number: true,
        title: "MiniLM reads 256 of a passage, with [CLS] and [SEP].",
        cell: ({ lost }) => (lost ? html`<b>${whole(lost)}</b>` : "0"),
      },
      { name: "best cosine", number: true, cell: (each) => decimal(each.passages[each.best].cosine, 3) },
      { name: "the question finds", className: "found", cell: (each) => beginning(data, each) },
    ],
  });
}

/** @param {ChunkedWay} way */
const mean = ({ passages: held }) => held.reduce((sum, { pieces }) => sum + pieces, 0) / held.length;

/** The found passage's first words. @param {ChunkingWays} data @param {ChunkedWay} way */
function beginning(data, { passages: held, best }) {
  const { start, end } = held[best];
  const all = data.text.filter((_, at) => data.places[at] >= start && data.places[at] < end).join("");
  const text = all.replace(/\s+/g, " ").trim();
  return html`<span dir="auto">${text.length > 90 ? `${text.slice(0, 90)}…` : text}</span>`;
}

/** @param {ChunkingWays} data @param {Record<string, { name: string }>} names */
function lead(data, names) {
  const cut = data.ways.slice(1);
  const first = cut.reduce((best, each) => (top(each) > top(best) ? each : best));
  const worst = data.ways.reduce((most, each) => (each.lost > most.lost ? each : most));
  const lost = worst.lost
    ? html`Cut by <b>${names[worst.way].name}</b>, ${counted(worst.lost, "of its pieces is", "of its pieces are")} never
      read.`
    : "Every passage is short enough to be read whole.";
  return html`The document has ${counted(data.pieces, "piece")}. The question’s best passage is found by
    <b>${names[first.way].name}</b> (cosine ${decimal(top(first), 3)}); the whole document as one passage has
    ${decimal(top(data.ways[0]), 3)}. ${lost}`;
}

/** @param {ChunkedWay} way */
const top = ({ passages: held, best }) => held[best].cosine;

/** @param {ChunkingWays} data @returns {Row[]} */
export const rows = ({ ways: all }) =>
  all.flatMap(({ way, passages: held, best }) =>
    held.map((each, at) => ({
      way,
      passage: at + 1,
      from: each.start,
      to: each.end,
      read_to: each.read,
      pieces: each.pieces,
      headings: each.headings.join(" > "),
      cosine: each.cosine,
      found: at === best,
    })),
  );
