// @ts-check
/**
 * Where each colour of a gradient stands.
 *
 * @typedef {{ colour: string, alpha: number, at: number }} Stop
 */
import { parted, pixelsOf, plain } from "./colours.js";

/** Between two colours that are mixed in another space than SVG's. */
const STEPS = 8;

/**
 * Each colour at its pixel; what says no place lies evenly between those that do.
 * @param {string[]} parts
 * @param {number} length
 * @param {string} space
 * @returns {Stop[]}
 */
export function stopsOf(parts, length, space) {
  /** @type {{ css: string, at: number | null }[]} */
  const said = [];
  for (const part of parts) {
    const [css, ...places] = parted(part, " ");
    for (const each of places.length ? places : [null])
      said.push({ css, at: each === null ? null : pixelsOf(each, length) });
  }
  said[0].at ??= 0;
  said[said.length - 1].at ??= length;
  const placed = said.map(({ css, at }, place) => ({ css, at: at ?? between(said, place) }));
  return placed.flatMap((stop, place) => joined(placed[place - 1], stop, placed[place + 1], space));
}

/** @param {{ at: number | null }[]} stops @param {number} place */
function between(stops, place) {
  let [before, behind] = [place, place];
  while (stops[before].at === null) before -= 1;
  while (stops[behind].at === null) behind += 1;
  const [from, to] = [Number(stops[before].at), Number(stops[behind].at)];
  return from + ((to - from) * (place - before)) / (behind - before);
}

/**
 * A stop as SVG needs it. What is clear has its neighbours' colours: a file mixes colour and opacity apart.
 * @param {{ css: string, at: number } | undefined} before
 * @param {{ css: string, at: number }} stop
 * @param {{ css: string, at: number } | undefined} after
 * @param {string} space
 * @returns {Stop[]}
 */
function joined(before, stop, after, space) {
  const own = plain(stop.css);
  /** @type {Stop[]} */
  const stops = [];
  if (space && space !== "srgb" && before) {
    for (let step = 1; step < STEPS; step++) {
      const share = step / STEPS;
      const mixed = plain(`color-mix(in ${space}, ${before.css}, ${stop.css} ${100 * share}%)`);
      stops.push({ ...mixed, at: before.at + share * (stop.at - before.at) });
    }
  }
  if (own.alpha > 0) return [...stops, { ...own, at: stop.at }];
  for (const neighbour of [before, after]) {
    if (neighbour) stops.push({ colour: plain(neighbour.css).colour, alpha: 0, at: stop.at });
  }
  return stops;
}
