// @ts-check
/**
 * The lane of one request, in one way of serving: from its arrival to its answer.
 *
 * @import { BatchingContest } from "../../../types/inference"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Choice, Picture } from "./lanes"
 *
 * @typedef {BatchingContest["static"]["cells"][number]} Cell
 */

import { turned } from "../../../kit/drawing/turned.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { delivered, KINDS, seconds } from "./ways.js";

/** Pixels between a cell and the edge of its lane. */
const EDGE = { right: 4, down: 2 };
/** Half of the pixels between two cells. */
const GAP = 0.6;

/**
 * @param {Picture} picture
 * @param {Pick<Choice, "choose"> & { way: "static" | "continuous", request: number, chosen: boolean }} options
 */
export function lane(picture, { way, request, chosen, choose }) {
  const { data, down, width, height, time, lane: thick, first } = picture;
  const served = data[way];
  const { box, point } = turned(down);
  const from = first[way] + request * thick;
  const middle = from + thick / 2;
  const hit = box(down ? [20, height - 10] : [0, width], [from, from + thick]);
  const [start, end] = [time(data.requests[request].arrives), time(delivered(data, served, request))];
  const [waits, waited] = [point(start, middle), point(end, middle)];
  const [top, bottom] = [point(start, from + 3), point(start, from + thick - 3)];
  return svg`
    <g class="lane ${chosen ? "chosen" : ""}" data-request=${request} @click=${() => choose(request)}>
      <rect class="hit" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} />
      ${name(picture, request, middle, chosen)}
      <line class="wait" x1=${waits.x} y1=${waits.y} x2=${waited.x} y2=${waited.y} />
      <line class="arrival" x1=${top.x} y1=${top.y} x2=${bottom.x} y2=${bottom.y} />
      ${served.cells.filter(([of]) => of === request).map((each) => cell(picture, served, each, from))}
      ${served.preempted
        .filter(([of]) => of === request)
        .map(([, pass]) => preemption(picture, request, served.passes[pass][0], middle))}
      ${down || served.latency[request] === null ? nothing : latency(served.latency[request], end, middle, chosen)}
    </g>`;
}

/**
 * @param {Picture} picture
 * @param {number} request
 * @param {number} middle
 * @param {boolean} chosen
 */
function name({ data, down }, request, middle, chosen) {
  const number = String(request + 1);
  if (down)
    return svg`<text class=${chosen ? "ink b" : "dim"} x=${middle} y="30" text-anchor="middle">${number}</text>`;
  const { prompt, wants } = data.requests[request];
  return svg`
    <text class=${chosen ? "ink b" : ""} x="16" y=${middle + 4} text-anchor="end">${number}</text>
    <text class="dim" x="26" y=${middle + 4}>${prompt.length} + ${wants} tokens</text>`;
}

/**
 * @param {number} time
 * @param {number} x
 * @param {number} middle
 * @param {boolean} chosen
 */
const latency = (time, x, middle, chosen) =>
  svg`<text class="latency haloed ${chosen ? "ink b" : ""}" x=${x + 7} y=${middle + 4}>${seconds(time)}</text>`;

/**
 * @param {Picture} picture
 * @param {BatchingContest["static"]} served
 * @param {Cell} cell
 * @param {number} lane where it begins
 */
function cell({ down, time, lane: thick }, served, cell, lane) {
  const [request, pass, kind] = cell;
  const [from, to] = served.passes[pass];
  const edge = down ? EDGE.down : EDGE.right;
  const area = turned(down).box([time(from) + GAP, time(to) - GAP], [lane + edge, lane + thick - edge]);
  const tip = tooltip(`Request ${request + 1}, pass ${pass + 1}`, told(served, cell));
  return svg`
    <rect class="cell ${kind}" x=${area.x} y=${area.y} rx="1.5" width=${Math.max(0.5, area.width)}
          height=${Math.max(0.5, area.height)} @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
}

/**
 * @param {BatchingContest["static"]} served
 * @param {Cell} cell
 * @returns {Line[]}
 */
function told({ passes, cells, found }, [request, pass, kind, token, read]) {
  const [from, to] = passes[pass];
  const shared = found.find(([of, at]) => of === request && at === pass)?.[2];
  /** @type {Line[]} */
  const lines = [[KINDS[kind], token === null ? "" : tokenText(token)]];
  if (kind === "prefill") lines.push(["tokens read", String(read)]);
  if (shared) lines.push(["found in shared blocks", String(shared)]);
  const busy = cells.filter(([, at]) => at === pass).length;
  lines.push(["rows in the pass", String(busy)]);
  lines.push(["time", `${Math.round(1000 * from)} to ${Math.round(1000 * to)} ms`]);
  return lines;
}

/**
 * A wedge that points to where the request is stopped.
 * @param {Picture} picture
 * @param {number} request
 * @param {number} at seconds
 * @param {number} middle
 */
function preemption({ down, time }, request, at, middle) {
  const { x, y } = turned(down).point(time(at), middle);
  const path = down
    ? `M${x - 4} ${y + 5} ${x + 4} ${y + 5} ${x} ${y - 2}Z`
    : `M${x + 6} ${y - 5} ${x + 6} ${y + 5} ${x - 2} ${y}Z`;
  const tip = tooltip(`Request ${request + 1} is preempted`, [
    ["its blocks go to older requests", ""],
    ["later it reads its text again", ""],
  ]);
  return svg`<path class="preemption" d=${path} @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
}
