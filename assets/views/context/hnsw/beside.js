// @ts-check
/**
 * Indexes of the same vectors in a table, and the plan for ten million.
 *
 * @import { HnswBeside, IndexKind, ManyVectors } from "../../../types/context"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, (setting: number) => string>} */
const NAMES = {
  exact: () => "every vector",
  hnsw: (ef) => `HNSW, ef ${ef}`,
  ivf: (cells) => `IVF, ${cells} ${cells === 1 ? "cell" : "cells"} read`,
  pq: () => "PQ, codes alone",
  "pq again": (n) => `PQ, the best ${n} compared once more`,
};
/** @type {Record<string, string>} */
const PARTS = {
  vectors: "the vectors themselves",
  hnsw: "HNSW’s links, beside them",
  ivf: "IVF’s lists, beside them",
  pq: "PQ’s codes, in place of them",
};

/** @param {number} bytes */
const megabytes = (bytes) => `${decimal(bytes / 1e6, 1)} MB`;

/** @type {View<HnswBeside>} */
export function beside(data, ctx) {
  const { kinds, plan, planned, cells, questions, count, m } = data;
  return html`
    <div class="settings-row">${control(ctx, "m", { as: "select" })} ${control(ctx, "build", { as: "select" })}
      ${control(ctx, "count", { as: "number" })}</div>
    <p class="readout lead">${lead(kinds)}</p>
    ${table({
      label: "Indexes of the same vectors",
      className: "keeps-names",
      rows: [...kinds],
      columns: [
        { name: "index", cell: ({ name, setting }) => NAMES[name](setting) },
        { name: "recall@10", number: true, cell: ({ recall }) => percent(recall) },
        { name: "95% interval", number: true, cell: ({ low, high }) => `${percent(low)} to ${percent(high)}` },
        { name: "distances a question", number: true, cell: ({ distances }) => whole(Math.round(distances)) },
        { name: "memory", number: true, cell: ({ bytes }) => megabytes(bytes) },
        {
          name: "ms a question",
          number: true,
          cell: ({ time }) => (time ? `${figures(time.ms)} (${figures(time.low)} to ${figures(time.high)})` : "…"),
        },
      ],
    })}
    <p class="hint">${whole(count)} articles, ${whole(questions)} questions, ${whole(cells)} cells. Distances are those
      computed from whole vectors and centres; PQ reads the others from a table. HNSW is compiled here, IVF and PQ are
      NumPy: the distances compare the methods, the times these programs.</p>
    ${million(data.many)}
    <h3 class="sub3">${whole(planned)} vectors on paper <small>384 numbers each, M ${m}</small></h3>
    ${table({
      label: "Memory for ten million vectors",
      className: "keeps-names",
      rows: [...plan],
      columns: [
        { name: "part", cell: ({ name }) => PARTS[name] },
        { name: "formula", cell: ({ how }) => how },
        { name: "memory", number: true, cell: ({ bytes }) => `${decimal(bytes / 1e9)} GB` },
      ],
    })}`;
}

/** @param {readonly ManyVectors[]} many */
function million(many) {
  const last = many[many.length - 1];
  return html`<h3 class="sub3">${whole(last.n)} vectors, built once
      <small>384 drawn numbers each, M ${last.m}, ef of the building ${last.build}</small></h3>
    ${table({
      label: "The graph as it grew to a million vectors",
      className: "keeps-names",
      rows: [...many],
      columns: [
        { name: "vectors", number: true, cell: ({ n }) => whole(n) },
        { name: "seconds of building", number: true, cell: ({ seconds }) => whole(Math.round(seconds)) },
        { name: "memory of vectors", number: true, cell: ({ vectors }) => megabytes(vectors) },
        { name: "of links", number: true, cell: ({ links }) => megabytes(links) },
        ...last.found.map(({ ef }, at) => ({
          name: `recall@10, ef ${ef}`,
          number: true,
          cell: (/** @type {ManyVectors} */ { found }) => percent(found[at].recall),
        })),
      ],
    })}
    <p class="hint">Recorded on two cores; seconds are one processor’s. The same list finds less in a larger graph:
      among ${whole(last.n)} an ef of ${last.found[2].ef} finds ${percent(last.found[2].recall)}, in
      ${decimal(last.found[2].ms, 1)} ms a question.</p>`;
}

/** @param {readonly IndexKind[]} kinds */
function lead(kinds) {
  const of = (/** @type {string} */ name) => kinds.filter((each) => each.name === name);
  const [graph, cells, codes] = [of("hnsw")[1], of("ivf")[1], of("pq")[0]];
  return html`HNSW finds <b>${percent(graph.recall)}</b> of the true ten with ${whole(Math.round(graph.distances))}
    distances, IVF <b>${percent(cells.recall)}</b> with ${whole(Math.round(cells.distances))}. PQ’s codes alone find
    <b>${percent(codes.recall)}</b> in ${megabytes(codes.bytes)} instead of ${megabytes(graph.bytes)}.`;
}

/** @param {HnswBeside} data @returns {Row[]} */
export const rows = ({ kinds }) =>
  kinds.map(({ name, setting, recall, low, high, distances, bytes, time }) => ({
    index: name,
    setting,
    recall,
    low,
    high,
    distances,
    bytes,
    ms: time?.ms ?? null,
  }));
