// @ts-check
/**
 * The policies in a table: memory, time, divergence and what they say; and what is to be known of them.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { Column } from "../../../kit/numbers/table"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<object, CachePolicies>} Context
 */

import { percent, scientific, whole } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { verdicts } from "../../../kit/numbers/timing.js";
import { under } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { LINES } from "./steps.js";

/** Pixels that all columns need, and that all but the least needed ones do. */
const ROOM = { all: 560, most: 420 };
/** Nats that are written as a power of ten. */
const SMALL = 1e-4;

/**
 * @param {CachePolicies} data
 * @param {{ policy: PolicyCourse, step: number, width: number, ctx: Context,
 *   choose: (name: string) => void }} options
 */
export function costs(data, { policy, step, width, ctx, choose }) {
  return table({
    label: "The policies over all steps",
    columns: columns(data, step, ctx).filter(({ room }) => width >= room),
    rows: data.policies,
    selected: (each) => each === policy,
    select: (each) => choose(each.name),
    className: "costs",
  });
}

/**
 * @param {CachePolicies} data
 * @param {number} step
 * @param {Context} ctx
 * @returns {(Column<PolicyCourse> & { room: number })[]}
 */
function columns(data, step, ctx) {
  const [full] = data.policies;
  const last = (/** @type {PolicyCourse} */ { bytes }) => bytes[bytes.length - 1];
  const number = true;
  const there = (/** @type {PolicyCourse} */ each) => policyThere(ctx, each);
  const keptThere = (/** @type {PolicyCourse | undefined} */ policy) =>
    policy && ctx.there ? `${sameTop(ctx.there, policy)} of ${ctx.there.n_steps}` : undefined;
  const both = (/** @type {string} */ here, /** @type {string | undefined} */ other) => under(here, ctx.beside, other);
  /** @type {(Column<PolicyCourse> & { room: number })[]} */
  const always = [
    { name: "Policy", cell: ({ label }) => label, room: 0 },
    { name: "bytes a number", cell: (each) => each.bytes_each.toFixed(2), number, room: ROOM.most },
    { name: "held at the end", cell: (each) => memory(last(each)), number, room: 0 },
    {
      name: "of full",
      cell: (each) => percent(last(each) / last(full)),
      number,
      room: ROOM.most,
    },
    { name: "time a step, median", cell: ({ ms }) => timed(ms.ms), number, room: 0 },
    { name: "middle half", cell: ({ ms }) => spread(ms), number, room: ROOM.all },
    { name: "mean KL", cell: (each) => both(lost(each), there(each) && lost(there(each))), number, room: 0 },
    {
      name: "same top",
      cell: (each) => both(`${sameTop(data, each)} of ${each.top.length}`, keptThere(there(each))),
      number,
      room: 0,
    },
  ];
  if (step <= 0) return always;
  const says = (/** @type {PolicyCourse} */ { top }) =>
    token(top[step - 1], { className: `mono tokword ${top[step - 1] === full.top[step - 1] ? "" : "other"}` });
  return [
    ...always,
    { name: "next token", title: `the likeliest after position ${data.start + step - 1}`, cell: says, number, room: 0 },
  ];
}

/**
 * The same policy there.
 * @param {Context} ctx
 * @param {PolicyCourse} policy
 */
export const policyThere = ({ there }, { name }) => there?.policies.find((each) => each.name === name);

/** @param {CachePolicies} data @param {PolicyCourse} policy */
export const sameTop = ({ policies: [full] }, { top }) => top.filter((id, at) => id === full.top[at]).length;

/** @param {{ name: string, kl: number[] } | undefined} policy */
const lost = (policy) => (!policy || policy.name === "full" ? "0" : nats(mean(policy.kl) ?? 0));

/** @param {{ low: number, high: number }} time */
const spread = ({ low, high }) => `${timed(low).replace(" ms", "")} to ${timed(high)}`;

/** @param {number} value */
export const nats = (value) => (value > 0 && value < SMALL ? scientific(value) : value === 0 ? "0" : figures(value));

/** @param {CachePolicies} data */
export function notes(data) {
  const steps = data.policies[0].kl.length;
  const ends = steps < data.n_steps ? `${steps} of ${data.n_steps} steps so far.` : slower(data);
  return html`${[evicting(data), data.absent, codes(data)].filter(Boolean).join(" ")} ${ends}`;
}

/** @param {CachePolicies} data */
function evicting(data) {
  const { policies, evicts, budget } = data;
  if (!evicts) return "The budget holds the whole text, so nothing is evicted. Make it smaller.";
  const [full, window, heavy] = ["full", "window", "heavy"].map((name) => policies.find((each) => each.name === name));
  if (!full || !window || !heavy) return "";
  const same = `${sameTop(data, window)} of ${whole(full.kl.length)} steps`;
  const kept = `the window keeps the full cache’s top token in ${same}`;
  const other = `heavy hitters keep it in ${sameTop(data, heavy)}`;
  return `With ${budget} tokens each, ${kept} and ${other}. This is one run of one text.`;
}

/** @param {CachePolicies} data */
function codes({ policies, group, residual, q4_bytes_each }) {
  const four = policies.find(({ name }) => name === "int4");
  const shared = `Codes: ${group} tokens or channels share a 16-bit scale and a 16-bit zero`;
  const here = four ? `, so a 4-bit number takes ${four.bytes_each.toFixed(2)} bytes here` : "";
  const other = `In the memory calculator’s 4-bit format 32 numbers share a scale and take ${q4_bytes_each} bytes each`;
  return (
    `${shared}${here}. ${other}. The newest ${residual} to ${residual + group - 1} ` +
    "tokens stay in full precision, 4 bytes a number."
  );
}

/**
 * Which policies take longer than the full cache, where the steps agree on it.
 * @param {CachePolicies} data
 */
function slower({ policies }) {
  const others = policies.slice(1);
  const compared = others.flatMap(({ name, slower }) => (slower ? [{ on: LINES[name].name, times: slower }] : []));
  return verdicts(compared, (clear) => {
    const late = clear.filter(({ times }) => times.median > 1);
    const each = late.map(({ on, times }) => `${on} ${figures(times.median)} times`).join(", ");
    return late.length
      ? `A step takes longer than with the full cache: ${each}. The kernels that unpack codes and that sum ` +
          "attention for heavy hitters are not fused."
      : nothing;
  });
}
