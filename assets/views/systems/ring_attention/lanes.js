// @ts-check
/**
 * What each rank did when: a lane a rank, computing, handing over and waiting as the processes noted it.
 *
 * @import { RingMoment } from "../../../types/systems"
 * @import { At } from "./ring"
 */

import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { max } from "../../../vendor/d3.js";
import { passOf } from "./ring.js";

const LANE = 26;
/** Pixels of each doing's bar, and the least that is seen of it. */
const BARS = {
  compute: { thick: 14, least: 0.6, color: "river-deep" },
  send: { thick: 14, least: 2, color: "ink" },
  wait: { thick: 6, least: 0.6, color: "line2" },
};

/** @param {At} at */
export function lanes(at) {
  const { recording, step, choose, width } = at;
  const { ranks, moments } = recording;
  const { phase: shown, turn } = passOf(at);
  const end = max(moments.flat(), (each) => each.end) ?? 1;
  const did = moments.flatMap((list, rank) => list.map((moment) => ({ ...moment, rank })));
  const middle = (/** @type {number} */ rank) => 4 + (rank + 0.5) * LANE;
  return picture({
    label: `What ${ranks} ranks did in ${timed(end)}: computing, sending, waiting; arrow keys step`,
    width,
    height: 4 + ranks * LANE + 24,
    className: "lanes",
    margin: { left: 56, right: 8, top: 4, bottom: 24 },
    x: [0, end],
    bottom: { count: width > 600 ? 8 : 4, grid: true },
    walk: { at: step, count: 2 * ranks, choose },
    marks: [
      text({
        data: moments,
        x: 0,
        dx: -7,
        y: (_, rank) => middle(rank),
        text: (_, rank) => `rank ${rank}`,
        anchor: "end",
      }),
      items({
        data: did,
        told: (moment) => ({
          title: `Rank ${moment.rank}, ${moment.phase} step ${moment.step + 1}`,
          lines: [doing(moment), ["time", timed(moment.end - moment.start)]],
        }),
        press: (moment) => choose(moment.step + (moment.phase === "backward" ? ranks : 0)),
        marks({ does, phase, step, start, end, rank }) {
          const now = does === "compute" && phase === shown && step === turn;
          return bar({ ...BARS[does], x: [start, end], y: middle(rank), rx: 0, ...(now ? { color: "prob" } : {}) });
        },
      }),
    ],
  });
}

/** @param {RingMoment} moment @returns {[string, string]} */
function doing({ does, name, owner, bytes }) {
  if (does === "wait") return ["waits", ""];
  if (does === "send") return [`sends ${name} of`, `rank ${owner}, ${memory(bytes)}`];
  return ["computes with K, V of", `rank ${owner}`];
}
