// @ts-check
/**
 * All rounds together: where the time went, beside plain decoding, and how many drafted tokens the passes kept.
 *
 * @import { Part } from "../../../kit/drawing/stacks.js"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { SpeculationRounds } from "../../../types/inference"
 * @import { Context } from "./rounds_there.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { stacks } from "../../../kit/drawing/stacks.js";
import { counted } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { cumsum, max, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { passesBy } from "./rounds_there.js";

/** @type {{ key: "draft_ms" | "verify_ms" | "judge_ms", look: "quiet" | "solid" | "dark", name: string }[]} */
const PARTS = [
  { key: "draft_ms", look: "quiet", name: "draft" },
  { key: "verify_ms", look: "solid", name: "checking passes" },
  { key: "judge_ms", look: "dark", name: "sampling and judging" },
];

/**
 * @param {SpeculationRounds} data
 * @param {number} width in pixels
 * @param {Context} ctx
 */
export function totals(data, width, { there, beside }) {
  const repeats = `in turns with plain decoding, first of ${data.of_repeats} times`;
  const none = data.rounds.filter(({ ids }) => !ids.length).length;
  return html`
    <section class="total">
      <h3 class="sub3">Time <small>${counted(data.new_ids.length, "token")}, ${repeats}</small></h3>
      ${clock(data, width)}
    </section>
    <section class="total">
      <h3 class="sub3">Accepted in a pass <small>passes by number of accepted
          tokens${none ? `; hollow: ${none} had no draft` : ""}</small></h3>
      ${counts(data, width, none, there)}
      ${there ? legend([["tick", `passes of ${beside.the}`]]) : nothing}
    </section>`;
}

/**
 * @param {SpeculationRounds} data
 * @param {number} width
 */
function clock(data, width) {
  const took = PARTS.map(({ key }) => sum(data.rounds, (round) => round[key]));
  const ends = cumsum(took);
  const [mine, plain] = [sum(took), data.plain_seconds * 1e3];
  return html`
    ${stacks({
      rows: [
        {
          name: "speculative",
          title: "Speculative decoding",
          parts: PARTS.map(({ look }, at) => ({ from: at ? ends[at - 1] : 0, to: ends[at], look })),
          numbers: [timed(mine)],
          details: PARTS.map(({ name }, at) => /** @type {Line} */ ([name, timed(took[at])])),
        },
        {
          name: "plain",
          title: "Plain decoding",
          parts: [{ from: 0, to: plain, look: "hollow" }],
          numbers: [timed(plain)],
          details: [["model’s steps", timed(plain)]],
        },
      ],
      names: 76,
      numbers: 58,
      height: 26,
      width,
      most: Math.max(mine, plain),
      label: `Time: speculative ${timed(mine)}, plain ${timed(plain)}`,
    })}
    ${legend(PARTS.map(({ look, name }, at) => [look, `${name} ${timed(took[at])}`]))}`;
}

/**
 * @param {SpeculationRounds} data
 * @param {number} width
 * @param {number} none passes without a draft
 * @param {SpeculationRounds | null} other
 */
function counts({ rounds }, width, none, other) {
  const there = other ? passesBy(other) : [];
  const longest = Math.max(1, max(rounds, ({ ids }) => ids.length) ?? 1, there.length - 1);
  const drafted = rounds.filter(({ ids }) => ids.length);
  const rows = Array.from({ length: longest + 1 }, (_, kept) => {
    const passes = drafted.filter(({ accepted }) => accepted === kept).length;
    const hollow = kept ? 0 : none;
    /** @type {Part[]} */
    const parts = [
      { from: 0, to: hollow, look: "hollow" },
      { from: hollow, to: hollow + passes, look: kept ? "solid" : "quiet" },
    ];
    return { kept, parts, passes: passes + hollow };
  });
  return stacks({
    rows: rows.map(({ kept, parts, passes }) => ({
      name: String(kept),
      title: `${counted(kept, "drafted token")} accepted`,
      parts,
      tick: other ? (there[kept] ?? 0) : undefined,
      numbers: [String(passes)],
      details: [
        ["passes", String(passes)],
        ...(other ? [/** @type {Line} */ (["in the other run", String(there[kept] ?? 0)])] : []),
      ],
    })),
    names: 24,
    numbers: 28,
    height: 18,
    width,
    most: Math.max(max(rows, ({ passes }) => passes) ?? 1, max(there) ?? 1),
    label:
      "Passes by the number of tokens they accept: " +
      `${rows.map(({ kept, passes }) => `${kept}: ${passes}`).join(", ")}`,
  });
}
