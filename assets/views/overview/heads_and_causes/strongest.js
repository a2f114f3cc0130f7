// @ts-check
/**
 * The heads whose removal changes the distribution most, as a table: sorted by any column, each with its ablation.
 *
 * @import { HeadsAndCauses } from "../../../types/overview"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { Context, Sort } from "./causes.js"
 */
import { decimal, signed, tone, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { byChange, countOf, nameOf, placeOf, scoreText, selectedOf, shadeOf } from "./causes.js";

const LISTED = 14;

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 */
export function strongest(data, ctx) {
  const { sort, falling } = sorted(data, ctx);
  const value = numberOf(data, sort);
  const heads = byChange(data)
    .slice(0, LISTED)
    .sort((one, other) => (value(one) - value(other)) * (falling ? -1 : 1));
  const selected = selectedOf(data, ctx);
  return html`
    <div class="strongest">
      ${table({
        label: "Heads whose removal changes most",
        columns: columns(data, ctx),
        rows: heads,
        selected: (head) => head === selected,
        select: (head) => ctx.select(placeOf(data, head)),
        point: (head) => ctx.keep({ pointed: head }),
      })}
      <p class="hint">${shown(data)} The export holds them all. <button class="linkbtn" type="button"
        @click=${() => ctx.go("patch_map", "edges")}>Whom the selected head tells what it writes</button></p>
    </div>`;
}

/** @param {HeadsAndCauses} data */
function shown(data) {
  const [all, removed] = [countOf(data), byChange(data).length];
  const of = removed === all ? `${whole(all)} heads` : `${whole(removed)} heads removed so far (of ${whole(all)})`;
  return `The ${Math.min(LISTED, removed)} of ${of} whose removal changes the distribution most.`;
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @returns {{ sort: Sort, falling: boolean }}
 */
function sorted(data, ctx) {
  const { sort = "kl", falling = true } = ctx.kept;
  return sort === "before" && !data.base ? { sort: "kl", falling: true } : { sort, falling };
}

/**
 * @param {HeadsAndCauses} data
 * @param {Sort} sort
 * @returns {(head: number) => number}
 */
function numberOf(data, sort) {
  if (sort === "head") return (head) => head;
  const values = { direct: data.direct, before: data.base?.direct ?? data.direct, effect: data.effect, kl: data.kl };
  return (head) => values[sort].a[head];
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @returns {Column<number>[]}
 */
function columns(data, ctx) {
  const { base } = data;
  const shade = shadeOf(ctx);
  const share = (/** @type {number} */ value) => html`<span class=${tone(value)}>${signed(value)}</span>`;
  /** @type {(Column<number> | null)[]} */
  const all = [
    heading(data, ctx, "head", "Head", (head) => nameOf(data, head)),
    heading(data, ctx, "direct", "Direct", (head) => share(data.direct.a[head])),
    base && heading(data, ctx, "before", `Direct, ${ctx.beside.short}`, (head) => before(base.direct.a[head])),
    heading(data, ctx, "effect", "Removed", (head) => share(data.effect.a[head])),
    heading(data, ctx, "kl", "KL, nats", (head) => decimal(data.kl.a[head], 3)),
    shade.key === "none" ? null : score(data, shade.key, shade.name),
    { name: html`<span class="unseen">Action</span>`, number: true, cell: (head) => ablation(data, ctx, head) },
  ];
  return all.filter((column) => column !== null);
}

/** @param {number} value */
const before = (value) => html`<span class="was" data-before=${value}>${signed(value)}</span>`;

/**
 * @param {HeadsAndCauses} data
 * @param {import("./causes.js").Kind} kind
 * @param {string} name
 * @returns {Column<number>}
 */
const score = (data, kind, name) => ({ name, number: true, cell: (head) => scoreText(data, kind, head) });

/**
 * A column that sorts: pressed once more, the other way round.
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {Sort} key
 * @param {string} name
 * @param {Column<number>["cell"]} cell
 * @returns {Column<number>}
 */
function heading(data, ctx, key, name, cell) {
  const now = sorted(data, ctx);
  const isNow = now.sort === key;
  const turned = isNow ? !now.falling : key !== "head";
  return {
    name,
    cell,
    number: key !== "head",
    className: key,
    sort: () => ctx.keep({ sort: key, falling: turned }),
    sorted: isNow ? (now.falling ? "descending" : "ascending") : undefined,
  };
}

/**
 * @param {HeadsAndCauses} data
 * @param {Context} ctx
 * @param {number} number
 */
function ablation(data, ctx, number) {
  const { layer, head } = placeOf(data, number);
  const text = `ablate:${layer}.${head}`;
  if (ctx.interventions.some((each) => each.on && each.text === text)) return html`<span class="muted">ablated</span>`;
  const name = nameOf(data, number);
  const ablate = (/** @type {Event} */ event) => {
    event.stopPropagation();
    ctx.select({ layer, head });
    ctx.intervene(text);
    ctx.toast(`${name} is on the intervention stack`);
  };
  return html`<button class="linkbtn" type="button" aria-label="Ablate ${name}" @click=${ablate}>Ablate</button>`;
}
