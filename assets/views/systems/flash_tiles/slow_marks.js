// @ts-check
/**
 * What is written over slow memory: the grid of tiles, those that are skipped, which blocks move and how often each
 * did.
 *
 * @import { Box } from "./pointing.js"
 * @import { Layout } from "./slow.js"
 * @import { Move, Now } from "./run.js"
 */
import { range } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { bytes, tally, tilesOf } from "./run.js";

/** Pixels that a block needs to be told how often it moved. */
const ROOM = { across: 16, down: 12 };
/** What fast memory holds in each phase. */
const HELD = { scores: "QK", softmax: "", output: "VO", tile: "QKVO" };

/** @param {Now} now @param {Layout} g */
export function marksOver(now, g) {
  const { run, step, row } = now;
  const { square } = g;
  const [tall, broad] = [square.height / run.n, square.width / run.n];
  const cut = (/** @type {number} */ block, /** @type {number} */ size) =>
    Math.min(run.n, (block + 1) * size) - block * size;
  const down = (/** @type {number} */ b) => ({ at: b * run.data.rows * tall, size: cut(b, run.data.rows) * tall });
  const along = (/** @type {number} */ b) => ({
    at: b * run.data.columns * broad,
    size: cut(b, run.data.columns) * broad,
  });
  const places = { down, along };
  const y = square.y + (row + 0.5) * tall;
  return svg`
    <svg class="fig over" viewBox="0 0 ${g.width} ${g.height}" aria-hidden="true">
      ${hatching()}
      ${skipped(now, g, places)} ${grid(now, g, places)}
      <rect class=${run.algorithm === "standard" ? "kept" : "unkept"} x=${square.x} y=${square.y} width=${square.width}
        height=${square.height} />
      ${titles(now, g)} ${sums(now, g, places)} ${absent(now, g, places)} ${tallies(now, g, places)}
      ${step.reads.map((move) => outline(move, "read", g, places))}
      ${step.writes.map((move) => outline(move, "written", g, places))}
      <line class="rowline" x1=${g.Q.x} x2=${g.O.x + g.O.width} y1=${y} y2=${y} />
      ${tileNow(now, g, places)}
    </svg>`;
}

/** @typedef {Record<"down" | "along", (block: number) => { at: number, size: number }>} Places */

const hatching = () => svg`
  <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect class="ground" width="6" height="6" /><line x1="0" y1="0" x2="0" y2="6" />
  </pattern></defs>`;

/** Tiles that the loops leave out. @param {Now} now @param {Layout} g @param {Places} places */
function skipped({ run }, { square }, { down, along }) {
  const met = tilesOf(run);
  return range(run.below * run.across).map((tile) => {
    if (met.has(tile)) return nothing;
    const [i, j] = [down(Math.floor(tile / run.across)), along(tile % run.across)];
    return svg`<rect fill="url(#hatch)" x=${square.x + j.at} y=${square.y + i.at} width=${j.size} height=${i.size} />`;
  });
}

/** @param {Now} now @param {Layout} g @param {Places} places */
function grid({ run }, { square: { x, y, width, height } }, { down, along }) {
  return svg`
    ${range(1, run.below).map(
      (b) => svg`<line class="tilegrid" x1=${x} x2=${x + width} y1=${y + down(b).at} y2=${y + down(b).at} />`,
    )}
    ${range(1, run.across).map(
      (b) => svg`<line class="tilegrid" x1=${x + along(b).at} x2=${x + along(b).at} y1=${y} y2=${y + height} />`,
    )}`;
}

/** @param {Now} now @param {Layout} g */
function titles({ run }, g) {
  const { square, Q, O, lsums } = g;
  const each = bytes(run.n * run.n * 4);
  const foot = run.algorithm === "standard" ? `S and P, ${each} each: stored` : "S and P: never stored";
  return svg`
    <text class="h" x=${square.x - 8} y=${g.V.y + 13} text-anchor="end">Vᵀ</text>
    <text class="h" x=${square.x - 8} y=${g.K.y + 13} text-anchor="end">Kᵀ</text>
    <text class="h" x=${Q.x + Q.width / 2} y=${square.y - 8} text-anchor="middle">Q</text>
    <text class="h" x=${O.x + O.width / 2} y=${square.y - 8} text-anchor="middle">O</text>
    <text class="dim" x=${square.x} y=${square.y + square.height + 16}>${foot}</text>
    ${
      run.algorithm === "standard"
        ? nothing
        : svg`<text x=${lsums.x + lsums.width / 2} y=${square.y - 8}
          text-anchor="middle">${run.algorithm === "fa1" ? "m, l" : "L"}</text>`
    }`;
}

/** @param {Now} now @param {Layout} g @param {Places} places */
function sums(now, { lsums }, { down }) {
  if (now.run.algorithm === "standard") return nothing;
  const count = tally(now);
  const name = now.run.algorithm === "fa1" ? "m, l" : "L";
  return range(now.run.below).map(
    (b) => svg`<rect class="sums ${count(name, b).written ? "full" : ""}" x=${lsums.x} y=${lsums.y + down(b).at + 0.5}
      width=${lsums.width} height=${Math.max(1, down(b).size - 1)} />`,
  );
}

/** @param {string} name @param {number} block @param {Layout} g @param {Places} places @returns {Box | null} */
function boxOf(name, block, g, { down, along }) {
  if (name === "K" || name === "V") {
    const { at, size } = along(block);
    return { ...g[name], x: g[name].x + at, width: size };
  }
  if (name === "S" || name === "P") return null;
  const column = name === "Q" || name === "O" ? g[name] : g.lsums;
  const { at, size } = down(block);
  return { ...column, y: column.y + at, height: size };
}

/** What is not in fast memory now is pale. @param {Now} now @param {Layout} g @param {Places} places */
function absent({ run, step }, g, places) {
  const blocks = ["K", "V"].flatMap((name) => range(run.across).map((b) => ({ name, b, here: step.j })));
  const rows = ["Q", "O"].flatMap((name) => range(run.below).map((b) => ({ name, b, here: step.i })));
  return [...blocks, ...rows].map(({ name, b, here }) => {
    const box = boxOf(name, b, g, places);
    if (!box || (b === here && HELD[step.phase].includes(name))) return nothing;
    return svg`<rect class="absent" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />`;
  });
}

/** @param {Now} now @param {Layout} g @param {Places} places */
function tallies(now, g, { down, along }) {
  const { run } = now;
  const { square, O } = g;
  const count = tally(now);
  const wide = along(0).size >= ROOM.across || run.across === 1;
  const tall = down(0).size >= ROOM.down || run.below === 1;
  const middle = (/** @type {number} */ b) => square.y + down(b).at + down(b).size / 2 + 4;
  return svg`
    ${(wide ? range(run.across) : []).map((b) =>
      /** @type {const} */ (["K", "V"]).map(
        (name) => svg`<text class="tally" x=${square.x + along(b).at + along(b).size / 2} y=${g[name].y - 4}
          text-anchor="middle">${count(name, b).read}</text>`,
      ),
    )}
    <text class="tally" x=${O.x + O.width + 6} y=${square.y - 8}>r<tspan class="w" dx="4">w</tspan></text>
    ${(tall ? range(run.below) : []).map(
      (b) => svg`
        <text class="tally" x=${g.Q.x - 5} y=${middle(b)} text-anchor="end">${count("Q", b).read}</text>
        <text class="tally" x=${O.x + O.width + 6} y=${middle(b)}>${count("O", b).read}<tspan class="w"
            dx="4">${count("O", b).written}</tspan></text>`,
    )}`;
}

/** @param {Move} move @param {"read" | "written"} kind @param {Layout} g @param {Places} places */
function outline({ name, block }, kind, g, places) {
  const box = boxOf(name, block, g, places);
  if (!box) return nothing;
  return svg`<rect class="moves ${kind}" x=${box.x} y=${box.y} width=${box.width} height=${box.height} rx="2" />`;
}

/** @param {Now} now @param {Layout} g @param {Places} places */
function tileNow({ step }, { square }, { down, along }) {
  const [i, j] = [down(step.i), step.j < 0 ? { at: 0, size: square.width } : along(step.j)];
  return svg`<rect class="moves now" x=${square.x + j.at} y=${square.y + i.at} width=${j.size} height=${i.size} />`;
}
