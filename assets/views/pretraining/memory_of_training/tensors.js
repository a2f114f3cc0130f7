// @ts-check
/**
 * Every tensor that a step keeps as a cell; those that are computed again are empty.
 *
 * @import { MemoryTensor, MemoryTensors } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ at: number }} Kept
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, text } from "../../../kit/drawing/marks.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { COLORS, POLICIES, shape } from "./named.js";

const ROW = 34;
const HIGH = 0.78;
/** Pixels beside a name in a cell. */
const ROOM = 8;

/** @type {View<MemoryTensors, Kept>} */
export function tensors(data, ctx) {
  const all = data.tensors.reduce((so, { bytes }) => so + bytes, 0);
  const gone = data.tensors.filter(({ kept }) => kept === 0);
  const chosen = data.tensors[ctx.kept.at ?? data.tensors.findIndex(({ kept, block }) => !kept && block === 0)];
  return html`
    ${shape(ctx, ["policy"])}
    <p class="readout lead">${
      gone.length
        ? html`${counted(gone.length, "tensor")} of ${data.tensors.length} vanish: <b>${memory(data.real)}</b> of
          ${memory(all)} are kept, ${percent(data.real / all, 0)}.`
        : html`All ${counted(data.tensors.length, "tensor")} are kept: <b>${memory(all)}</b>.`
    } Computed again: ${POLICIES[data.policy]}.</p>
    ${cells(data, ctx.width, chosen, (each) => ctx.keep({ at: data.tensors.indexOf(each) }))}
    ${legend([
      [{ color: "river", shape: "box" }, "norms"],
      [{ color: "prob", shape: "box" }, "attention"],
      [{ color: "neg", shape: "box" }, "feed-forward"],
      [{ color: "ink3", shape: "box" }, "embedding and loss"],
    ])}
    <p class="hint">An empty cell is computed again in the backward pass. A cell is as wide as its bytes.</p>
    <h3 class="sub3">${(chosen?.block ?? 0) < 0 ? "Outside the blocks" : `Block ${chosen?.block ?? 0}`}, tensor by
      tensor</h3>
    ${table({
      label: "Tensors of the chosen cell’s row",
      columns: [
        { name: "tensor", cell: ({ name }) => name },
        { name: "module", cell: ({ module }) => module },
        { name: "shape", cell: ({ shape: of }) => of.join(" × ") },
        { name: "bytes a number", number: true, cell: ({ item }) => item },
        { name: "size", number: true, cell: ({ bytes }) => memory(bytes) },
        { name: "kept", cell: ({ kept, bytes }) => (kept === bytes ? "yes" : kept ? memory(kept) : "computed again") },
      ],
      rows: data.tensors.filter(({ block }) => block === (chosen?.block ?? 0)),
      selected: (each) => each === chosen,
      select: (each) => ctx.keep({ at: data.tensors.indexOf(each) }),
    })}`;
}

/** @param {MemoryTensors} data @param {number} width @param {MemoryTensor} chosen
 * @param {(each: MemoryTensor) => void} choose */
function cells({ tensors: all }, width, chosen, choose) {
  const blocks = [...new Set(all.map(({ block }) => block))].sort((a, b) => (a < 0 ? 1 : b < 0 ? -1 : a - b));
  /** @type {Map<number, number>} */
  const ends = new Map();
  const placed = all.map((each) => {
    const from = ends.get(each.block) ?? 0;
    ends.set(each.block, from + each.bytes);
    return { ...each, from, to: from + each.bytes, row: blocks.indexOf(each.block), own: each };
  });
  const most = Math.max(...ends.values());
  const [left, right] = [66, 14];
  const pixels = (width - left - right) / most;
  return picture({
    label: `${all.length} tensors that a step keeps, a row a block; empty ones are computed again`,
    width,
    height: blocks.length * ROW + 34,
    margin: { left, right, top: 4, bottom: 30 },
    x: [0, most],
    y: [blocks.length, 0],
    bottom: { format: memory, count: width < 600 ? 3 : 6 },
    marks: [
      text({
        data: blocks,
        x: 0,
        dx: -8,
        y: (_, at) => at + HIGH / 2,
        anchor: "end",
        text: (block) => (block < 0 ? "others" : `block ${block}`),
      }),
      items({
        data: placed,
        key: ({ module, name }) => `${module} ${name}`,
        chosen: ({ own }) => own === chosen,
        press: ({ own }) => choose(own),
        className: ({ kept }) => (kept ? "" : "vanished"),
        hit: ({ from, to, row }) => ({ x: [from, to], y: [row, row + HIGH] }),
        told: (each) => ({
          title: each.name,
          lines: [
            ["module", each.module],
            ["shape", each.shape.join(" × ")],
            ["size", memory(each.bytes)],
            ["", each.kept ? "kept" : "computed again"],
          ],
        }),
        marks: ({ from, to, row, name, part, kept, bytes }) => [
          bar({
            ...{ x: [from, to], y: [row, row + HIGH], gap: 0.5, least: 0.5, color: COLORS[part] },
            ...(kept ? {} : { hollow: true, stroke: 1, dash: "3 2" }),
          }),
          bytes * pixels > textWidth(name) + ROOM &&
            text({
              ...{ x: (from + to) / 2, y: row + HIGH / 2, anchor: "middle", text: name },
              color: kept && COLORS[part] !== "river" ? "surface" : "ink",
            }),
        ],
      }),
    ],
  });
}

/** @param {MemoryTensors} data @returns {Row[]} */
export const rows = ({ tensors: all }) => all.map(({ shape: of, ...each }) => ({ ...each, shape: of.join("x") }));
