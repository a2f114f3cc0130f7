// @ts-check
/**
 * Bytes in use after each action, against not sharing and against reserving; and the story in other block sizes.
 *
 * @import { BlockSizeTotals, PagedStory } from "../../../types/inference"
 * @import { BesideWords } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { counted } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { max, range } from "../../../vendor/d3.js";

const HEIGHT = 230;
const MEGA = 1e6;

/**
 * @param {PagedStory} data
 * @param {PagedStory | null} other
 * @param {number} at the action that is shown
 * @param {{ choose: (at: number) => void, beside: BesideWords }} options
 */
export function bytesInUse({ frames, most }, other, at, { choose, beside }) {
  const x = range(1, frames.length + 1);
  const there = (other?.frames ?? []).map(({ bytes }) => bytes);
  const highest = max([...frames.flatMap(({ reserved, unshared }) => [reserved, unshared]), ...there]) ?? 0;
  /**
   * @type {{ of: "reserved" | "unshared" | "bytes", name: string, color?: string, dash?: string, width?: number }[]}
   */
  const lines = [
    { of: "reserved", name: `reserved, ${most} tokens each`, dash: "dash" },
    { of: "unshared", name: "no sharing" },
    { of: "bytes", name: "shared blocks", color: "prob", width: 2.2 },
  ];
  return plot({
    label: "Bytes in use after each action: paged, without sharing, and reserved",
    height: HEIGHT,
    traces: [
      ...lines.map(({ of, name, color = "river-deep", dash, width = 1.5 }) => ({
        x,
        y: frames.map((frame) => frame[of] / MEGA),
        name,
        color,
        dash,
        width,
        line: { shape: "hv" },
        hover: `%{y:.3f} MB<extra>${name}</extra>`,
      })),
      ...(there.length
        ? [
            {
              x: range(1, there.length + 1),
              y: there.map((bytes) => bytes / MEGA),
              name: beside.name,
              color: "ink",
              dash: "dot",
              line: { shape: "hv" },
              hover: `%{y:.3f} MB<extra>shared blocks, ${beside.name}</extra>`,
            },
          ]
        : []),
    ],
    x: { title: "action", range: [0.7, frames.length + 0.4], nticks: 9 },
    y: { range: [0, (1.06 * highest) / MEGA], nticks: 5 },
    marks: [{ x: at + 1, color: "prob" }],
    margin: { t: 28 },
    onClick: (point) => point && choose(Math.min(frames.length - 1, Math.max(0, Math.round(Number(point.x)) - 1))),
  });
}

/**
 * @param {PagedStory} data
 * @param {PagedStory | null} there
 * @param {{ choose: (size: string) => void, beside: BesideWords }} options
 */
export function blockSizes({ sizes, block_size }, there, { choose, beside }) {
  const number = true;
  /** @param {(each: BlockSizeTotals) => string} said */
  const both = (said) => (/** @type {BlockSizeTotals} */ each) => {
    const other = there?.sizes.find((one) => one.block_size === each.block_size);
    return under(said(each), beside, other && said(other));
  };
  return table({
    label: "The same requests with other block sizes",
    columns: [
      { name: "Size", cell: (/** @type {BlockSizeTotals} */ each) => String(each.block_size) },
      { name: "blocks", cell: both(({ blocks }) => String(blocks)), number },
      {
        name: "empty slots",
        cell: both(({ empty, slots }) => `${empty} of ${slots}`),
        number,
      },
      { name: "table entries", cell: both(({ entries }) => String(entries)), number },
      { name: "found", cell: both(({ found }) => counted(found, "token")), number },
      { name: "copies", cell: both(({ copies }) => String(copies)), number },
    ],
    rows: sizes,
    selected: (each) => each.block_size === block_size,
    select: (each) => choose(String(each.block_size)),
    className: "block-sizes",
  });
}
