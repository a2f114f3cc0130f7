// @ts-check
/**
 * An opened node: what is known of it, what it reads and feeds, and what a person may do with it.
 *
 * @import { AttributionGraph } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { contexts } from "../../../kit/text/contexts.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { ERROR, FEATURE, groupsOf, keyOf, LOGIT, nameOf, written } from "./shown.js";

/** Edges listed either way. */
const LISTED = 6;

/** @param {AttributionGraph} data @param {ViewContext} ctx */
export function card(data, ctx) {
  const key = String(ctx.controls.node ?? "");
  const groups = groupsOf(data, String(ctx.controls.groups ?? ""));
  const members = /^s\d+$/.test(key) ? (groups[Number(key.slice(1))] ?? []) : [];
  if (members.length) return supernode(data, Number(key.slice(1)), groups, ctx);
  const at = data.kinds.a.findIndex((_, node) => keyOf(data, node) === key);
  if (at < 0) {
    return html`<p class="hint">Press a node: what it reads and feeds, where it fires in other texts, and what the run
      does without it. Arrow keys walk the nodes.</p>`;
  }
  return html`
    <section class="node-card">
      <h3 class="sub3">${nameOf(data, at)}</h3>
      <p class="readout">${effect(data, at)}</p>
      ${data.kinds.a[at] === FEATURE ? known(data, at) : nothing}
      ${data.kinds.a[at] <= ERROR ? grouping(data, at, groups, ctx) : nothing}
      ${data.kinds.a[at] === FEATURE ? out(data, at, ctx) : nothing}
      <div class="side-by-side">
        <div>${edges(data, at, "reads from", data.targets.a, data.sources.a, ctx)}</div>
        <div>${edges(data, at, "feeds", data.sources.a, data.targets.a, ctx)}</div>
      </div>
    </section>`;
}

/** @param {AttributionGraph} data @param {number} at */
function effect(data, at) {
  if (data.kinds.a[at] === LOGIT) return html`Probability ${percent(data.acts.a[at])}.`;
  const said = (/** @type {number} */ value) => (Number.isFinite(value) ? signed(value) : "–");
  return html`Without it the logit of ${token(data.answer)} should change by <b>${said(data.predicted.a[at])}</b>. In
    the real run it changes by <b>${said(data.live.a[at])}</b>, with attention and norms held by
    ${said(data.frozen.a[at])}. Influence ${decimal(data.influence.a[at], 3)}.`;
}

/** What is known of a feature. @param {AttributionGraph} data @param {number} at */
function known(data, at) {
  const own = data.texts.find(({ node }) => node === at);
  const names = data.raises.shape[1];
  return html`
    <p class="readout">Its direction raises ${Array.from(
      { length: names },
      (_, nth) => html`${nth ? ", " : nothing}${token(data.raises.a[at * names + nth])}`,
    )}.</p>
    ${
      own
        ? html`<h3 class="sub3">Where it fires most <small>${percent(own.density)} of the passages’ tokens</small></h3>
          ${contexts(own.contexts, own.most)}`
        : nothing
    }`;
}

/** Take it out of the whole run. @param {AttributionGraph} data @param {number} at @param {ViewContext} ctx */
function out(data, at, ctx) {
  const [layer, position] = [data.first + data.layers.a[at], data.positions.a[at]];
  const amount = Number((-data.acts.a[at]).toPrecision(4));
  const change = `steer:mlp-${layer}-${data.numbers.a[at]}:${layer}:${position}:${amount}`;
  const on = ctx.interventions.some((each) => each.on && each.text === change);
  return html`
    <div class="rowbtns">
      <button class="btn ${on ? "on" : ""}" type="button"
        @click=${() => (on ? ctx.restore(change) : ctx.intervene(change))}>
        ${on ? "Put it back into the run" : "Take it out of the whole run"}
      </button>
    </div>`;
}

/** @param {AttributionGraph} data @param {number} at @param {number[][]} groups @param {ViewContext} ctx */
function grouping(data, at, groups, ctx) {
  const full = groups.filter((group) => group.length);
  const set = (/** @type {number[][]} */ to) => ctx.control("groups", written(data, to));
  const inside = full.findIndex((group) => group.includes(at));
  if (inside >= 0) {
    const rest = full.map((group) => group.filter((each) => each !== at));
    return html`<div class="rowbtns"><button class="btn" type="button" @click=${() => set(rest)}>
      Take it out of supernode ${inside + 1}</button></div>`;
  }
  return html`
    <div class="rowbtns">
      ${full.map(
        (group, number) =>
          html`<button class="btn" type="button" @click=${() =>
            set(full.map((each) => (each === group ? [...each, at] : each)))}>Add to supernode ${number + 1}</button>`,
      )}
      <button class="btn" type="button" @click=${() => set([...full, [at]])}>New supernode</button>
    </div>`;
}

/** @param {AttributionGraph} data @param {number} number @param {number[][]} groups @param {ViewContext} ctx */
function supernode(data, number, groups, ctx) {
  return html`
    <section class="node-card">
      <h3 class="sub3">Supernode ${number + 1}</h3>
      <p class="hint">Its bars are the sums over its members; each member was taken out by itself.</p>
      ${table({
        label: `Members of supernode ${number + 1}`,
        rows: groups[number],
        select: (at) => ctx.control("node", keyOf(data, at)),
        columns: [
          { name: "member", cell: (at) => nameOf(data, at) },
          { name: "predicted", number: true, cell: (at) => signed(data.predicted.a[at]) },
          { name: "live", number: true, cell: (at) => measured(data.live.a[at]) },
        ],
      })}
      <div class="rowbtns"><button class="btn" type="button" @click=${() =>
        ctx.control(
          "groups",
          written(
            data,
            groups.filter((_, at) => at !== number),
          ),
        )}>Take it apart</button></div>
    </section>`;
}

/** @param {number} value */
const measured = (value) => (Number.isFinite(value) ? signed(value) : "–");

/**
 * @param {AttributionGraph} data @param {number} at @param {string} name
 * @param {ArrayLike<number>} own the ends that must be this node @param {ArrayLike<number>} others
 * @param {ViewContext} ctx
 */
function edges(data, at, name, own, others, ctx) {
  const found = Array.from(own, (_, edge) => edge)
    .filter((edge) => own[edge] === at)
    .sort((one, other) => Math.abs(data.effects.a[other]) - Math.abs(data.effects.a[one]))
    .slice(0, LISTED);
  if (!found.length) return nothing;
  return table({
    label: `What it ${name}`,
    rows: found,
    select: (edge) => ctx.control("node", keyOf(data, others[edge])),
    columns: [
      { name, cell: (edge) => nameOf(data, others[edge]) },
      { name: "effect", number: true, cell: (edge) => signed(data.effects.a[edge]), title: "on the target’s number" },
      {
        name: "live",
        number: true,
        cell: (edge) => {
          const measuredPart = data.edge_live.a[edge] / data.edge_predicted.a[edge];
          return Number.isFinite(measuredPart) ? signed(measuredPart * data.effects.a[edge]) : "–";
        },
        title: "What the target loses in a run with live attention and norms.",
      },
    ],
  });
}
