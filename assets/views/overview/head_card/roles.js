// @ts-check
/**
 * What kind of reader a head is among all heads, what it reads from the selected position, what it writes there.
 *
 * @import { HeadRoles, Role } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { slider } from "../../../kit/controls/controls.js";
import { decimal, headName, signed, tone } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { strongestHead } from "../../../kit/strongest_head.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { extent, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { reading } from "./role_reading.js";
import { sentence } from "./sentence.js";
import { writing } from "./writing.js";

/** What each score is, in a visitor's words. @type {Record<string, { name: string, says: string, unit: string }>} */
const SCORES = {
  previous: { name: "Previous token", says: "mean weight on the token just before", unit: "" },
  sink: { name: "Sink", says: "mean weight on the first token", unit: "" },
  induction: {
    name: "Induction",
    says: "mean weight on the token that followed last time, in random tokens said twice",
    unit: "",
  },
  entropy: { name: "Entropy", says: "mean spread of its weights over the tokens", unit: " bits" },
};
const STRIP = { height: 34, margin: 8 };

/** @type {View<HeadRoles>} */
export function roles(data, ctx) {
  return html`
    ${choice(data, ctx)}
    ${sentence(data, ctx)}
    ${strongestHead(ctx, data)}
    ${baseNote(ctx, data.base, data.base ? before(data, data.base, ctx) : nothing)}
    <div class="card">
      <section>
        <h3 class="sub3">Among ${data.n_layers * data.n_heads} heads</h3>
        ${data.roles.map((role) => scored(data, role, ctx))}
      </section>
      <section>
        <h3 class="sub3">What it reads from position ${data.position}</h3>
        ${reading(data, ctx)}
        <h3 class="sub3">Which tokens its output raises and lowers here</h3>
        ${writing(data, ctx)}
      </section>
    </div>`;
}

/**
 * The same head in the other run, in words.
 * @param {HeadRoles} data
 * @param {NonNullable<HeadRoles["base"]>} base
 * @param {ViewContext} ctx
 */
function before({ off, target, share, size }, base, { beside }) {
  const writes = html`${beside.start}, it writes a vector of length <b>${decimal(base.size)}</b> (here
    ${decimal(size)}); its push for ${token(target)} is
    <b class=${tone(base.share)} data-before=${base.share}>${signed(base.share)}</b> logits (here ${signed(share)}).`;
  return html`
    ${off === "zero" ? nothing : writes} Rings and second numbers belong to ${beside.the}.
    ${base.read ? nothing : "The texts differ before this position, so only this run’s weights are shown."}`;
}

/**
 * @param {HeadRoles} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows({ base, roles, ...data }, { beside }) {
  const was = (/** @type {number | null | undefined} */ value) => ({ [beside.column]: value });
  const pushed = (/** @type {"up" | "down"} */ what) =>
    Array.from(data[what].a, (value, at) => ({
      what,
      token: tokenText(data[`${what}_ids`].a[at]),
      value,
      ...was(base?.[what].a[at]),
    }));
  return [
    ...roles.map((role) => ({ what: role.name, value: role.value, ...was(role.before), heads_above: role.larger })),
    { what: "share", token: tokenText(data.target), value: data.share, ...was(base?.share) },
    ...pushed("up"),
    ...pushed("down"),
  ];
}

/**
 * Which head: two sliders, since there are hundreds.
 * @param {HeadRoles} data
 * @param {ViewContext} ctx
 */
function choice(data, ctx) {
  return html`
    <div class="bar which">
      ${slider({
        label: "Block",
        value: data.layer,
        least: 0,
        most: data.n_layers - 1,
        choose: (layer) => ctx.select({ layer }),
      })}
      ${slider({
        label: "Head",
        value: data.head,
        least: 0,
        most: data.n_heads - 1,
        choose: (head) => ctx.select({ head }),
      })}
      <p class="readout">
        <b>${headName(data.layer, data.head)}</b> uses key/value head ${data.kv} of ${data.n_kv_heads}.
        <button class="linkbtn" type="button" @click=${() => ctx.go("attention", "head")}>Its attention map</button>
      </p>
    </div>`;
}

/**
 * A score of this head as a dot over the ticks of all, and as a ring in the other run.
 * @param {HeadRoles} data
 * @param {Role} role
 * @param {ViewContext} ctx
 */
function scored(data, role, ctx) {
  const { name, says, unit } = SCORES[role.name];
  const width = Math.min(ctx.width, 460);
  const moved = role.before !== null && decimal(role.before, 3) !== decimal(role.value, 3);
  const was = moved ? Number(role.before) : null;
  const heads = data.n_layers * data.n_heads;
  if (role.larger === null) return html`<p class="hint">${name}: this text is too short to measure it.</p>`;
  const [least, most] = extent([...role.all.a, ...(was === null ? [] : [was])]);
  const x = scaleLinear([Math.min(0, least ?? 0), most || 1], [STRIP.margin, width - STRIP.margin]);
  const below = heads - 1 - role.larger;
  const tip = tooltip(`${name}: ${says}`, [
    ["this head", decimal(role.value, 3) + unit],
    ...(role.before === null ? [] : [/** @type {Line} */ ([ctx.beside.name, decimal(role.before, 3) + unit])]),
    ["heads that score more", String(role.larger)],
    ["largest", decimal(most ?? 0, 3) + unit],
  ]);
  return html`
    <div class="score">
      <p><b>${name}</b> <span class="num">${decimal(role.value)}${unit}</span>${
        was === null ? nothing : html` (${ctx.beside.short} <span class="num" data-was=${was}>${decimal(was)}</span>)`
      }, more than ${below} of the ${heads - 1} other heads <span class="hint">(${says})</span></p>
      <svg class="fig" width=${width} height=${STRIP.height} role="img"
        aria-label="${name} ${decimal(role.value)}${unit}, more than ${below} of ${heads - 1} other heads"
        @pointermove=${tip.show} @pointerleave=${tip.hide}>
        <line class="zero" x1=${x.range()[0]} x2=${x.range()[1]} y1="20" y2="20" />
        ${Array.from(role.all.a, (value) => svg`<line class="each" x1=${x(value)} x2=${x(value)} y1="14" y2="26" />`)}
        ${was === null ? nothing : svg`<circle class="other" cx=${x(was)} cy="20" r="4.5" />`}
        <circle class="own" cx=${x(role.value)} cy="20" r="5" />
        <text class="dim" x=${x.range()[0]} y="10">${decimal(x.domain()[0], 1)}</text>
        <text class="dim" x=${x.range()[1]} y="10" text-anchor="end">${decimal(most ?? 0)}${unit}</text>
      </svg>
    </div>`;
}
