// @ts-check
/**
 * What is written over slow memory: the grid of tiles, those that are skipped, which blocks move and how often each
 * did.
 *
 * @import { Box } from "./pointing.js"
 * @import { Layout } from "./slow.js"
 * @import { Move, Now } from "./run.js"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { bytes, tally, tilesOf } from "./run.js";

/** Pixels that a block needs to be told how often it moved. */
const ROOM = { across: 16, down: 12 };
/** What fast memory holds in each phase. */
const HELD = { scores: "QK", softmax: "", output: "VO", tile: "QKVO" };

/** @typedef {Record<"down" | "along", (block: number) => { at: number, size: number }>} Places */

/** @param {Now} now @param {Layout} g */
export function marksOver(now, g) {
  const { run, step, row } = now;
  const { square, Q, O } = g;
  const standard = run.algorithm === "standard";
  const { down, along } = placesOf(now, g);
  const met = tilesOf(run);
  const tileAt = (/** @type {number} */ i, /** @type {number} */ j) => ({
    x: [square.x + along(j).at, square.x + along(j).at + along(j).size],
    y: [square.y + down(i).at, square.y + down(i).at + down(i).size],
  });
  const moved = (/** @type {Move[]} */ moves, /** @type {string} */ color) =>
    moves.map(({ name, block }) => {
      const box = boxOf(name, block, g, { down, along });
      return box && bar({ ...around(box), color, hollow: true, stroke: 2.5, rx: 2 });
    });
  const grid = { color: "surface", stroke: 1.5 };
  const tile = step.j < 0 ? [square.x, square.x + square.width] : tileAt(step.i, step.j).x;
  return picture({
    width: g.width,
    height: g.height,
    className: "over",
    marks: [
      hatching(),
      range(run.below * run.across)
        .filter((tile) => !met.has(tile))
        .map((tile) => {
          const { x, y } = tileAt(Math.floor(tile / run.across), tile % run.across);
          return svg`<rect fill="url(#hatch)" x=${x[0]} y=${y[0]} width=${x[1] - x[0]} height=${y[1] - y[0]} />`;
        }),
      rule({ data: range(1, run.below), ...around(square), y: (b) => square.y + down(b).at, ...grid }),
      rule({ data: range(1, run.across), ...around(square), x: (b) => square.x + along(b).at, ...grid }),
      bar({ ...around(square), rx: 0, color: "ink3", hollow: true, dash: standard ? undefined : "3 3" }),
      titles(now, g),
      !standard && sums(now, g, down),
      absent(now, g, { down, along }),
      tallies(now, g, { down, along }),
      moved(step.reads, "river-deep"),
      moved(step.writes, "prob"),
      rule({
        ...{ x: [Q.x, O.x + O.width], y: square.y + (row + 0.5) * (square.height / run.n) },
        ...{ color: "ink", dash: "2 2", className: "rowline" },
      }),
      bar({ x: tile, y: tileAt(step.i, 0).y, color: "ink", hollow: true, stroke: 2, rx: 0 }),
    ],
  });
}

/** @param {Box} box @returns {{ x: [number, number], y: [number, number] }} */
const around = ({ x, y, width, height }) => ({ x: [x, x + width], y: [y, y + height] });

/** @param {Now} now @param {Layout} g @returns {Places} */
function placesOf({ run }, { square }) {
  const place = (/** @type {number} */ block, /** @type {number} */ size, /** @type {number} */ cell) => ({
    at: block * size * cell,
    size: (Math.min(run.n, (block + 1) * size) - block * size) * cell,
  });
  return {
    down: (block) => place(block, run.data.rows, square.height / run.n),
    along: (block) => place(block, run.data.columns, square.width / run.n),
  };
}

/** Of tiles that the loops leave out. */
const hatching = () => svg`
  <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect class="ground" width="6" height="6" /><line x1="0" y1="0" x2="0" y2="6" />
  </pattern></defs>`;

/** @param {Now} now @param {Layout} g */
function titles({ run }, { square, Q, O, K, V, lsums }) {
  const each = bytes(run.n * run.n * 4);
  const foot = run.algorithm === "standard" ? `S and P, ${each} each: stored` : "S and P: never stored";
  const above = { y: square.y - 12, anchor: /** @type {const} */ ("middle") };
  const beside = { x: square.x - 8, anchor: /** @type {const} */ ("end"), className: "h" };
  return [
    text({ ...beside, y: V.y + 9, text: "Vᵀ" }),
    text({ ...beside, y: K.y + 9, text: "Kᵀ" }),
    text({ ...above, x: Q.x + Q.width / 2, text: "Q", className: "h" }),
    text({ ...above, x: O.x + O.width / 2, text: "O", className: "h" }),
    text({ x: square.x, y: square.y + square.height + 12, text: foot, className: "dim" }),
    run.algorithm !== "standard" && text({ ...above, x: lsums.x + lsums.width / 2, text: sumsName(run.algorithm) }),
  ];
}

/** What is kept of each row. @param {string} algorithm */
const sumsName = (algorithm) => (algorithm === "fa1" ? "m, l" : "L");

/** @param {Now} now @param {Layout} g @param {Places["down"]} down */
function sums(now, { lsums }, down) {
  const count = tally(now);
  const { y } = lsums;
  return bar({
    ...{ data: range(now.run.below), x: around(lsums).x, rx: 0, least: 1 },
    y: (b) => [y + down(b).at + 0.5, y + down(b).at + down(b).size - 0.5],
    color: (b) => (count(sumsName(now.run.algorithm), b).written ? "river" : "sunken"),
  });
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
    const held = b === here && HELD[step.phase].includes(name);
    return box && !held && bar({ ...around(box), rx: 0, color: "surface", className: "absent" });
  });
}

/** How often each block was read and written. @param {Now} now @param {Layout} g @param {Places} places */
function tallies(now, g, { down, along }) {
  const { run } = now;
  const { square, Q, O } = g;
  const count = tally(now);
  const across = along(0).size >= ROOM.across || run.across === 1 ? range(run.across) : [];
  const rows = down(0).size >= ROOM.down || run.below === 1 ? range(run.below) : [];
  const y = (/** @type {number} */ b) => square.y + down(b).at + down(b).size / 2;
  const end = O.x + O.width + 6;
  const both = (/** @type {number} */ at, /** @type {unknown} */ read, /** @type {unknown} */ written) =>
    svg`<text class="tally" x=${end} y=${at + 4}>${read}<tspan class="w" dx="4">${written}</tspan></text>`;
  return [
    /** @type {const} */ (["K", "V"]).map((name) =>
      text({
        ...{ data: across, x: (b) => square.x + along(b).at + along(b).size / 2, y: g[name].y - 8, anchor: "middle" },
        ...{ text: (b) => count(name, b).read, className: "tally" },
      }),
    ),
    both(square.y - 12, "r", "w"),
    text({ data: rows, x: Q.x - 5, y, anchor: "end", text: (b) => count("Q", b).read, className: "tally" }),
    rows.map((b) => both(y(b), count("O", b).read, count("O", b).written)),
  ];
}
